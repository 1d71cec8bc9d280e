import Foundation
import LinearAlgebra
import OODData
import OODDetection
import TerminalRendering
import Testing

@testable import ExplorerModel
@testable import ExplorerScreens

@MainActor @Suite struct ClassesScreenTests {
  private nonisolated static let sizes = [
    ScreenSize.large, ScreenSize.usual, ScreenSize.least, Size(width: 198, height: 56),
  ]

  private func text(_ canvas: Canvas) -> String {
    canvas.plainText().split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(
      separator: " ")
  }

  /// What is wrong with a class and the λ that cures it stand on every screen, whatever else there is room for.
  @Test(arguments: [Fixture.unicode, Fixture.ascii], sizes)
  func reasonAndCureAreNeverCutOff(capabilities: TerminalCapabilities, size: Size) async throws {
    var state = await Fixture.state()
    let index = try #require(state.classes.healths.firstIndex(of: .fewSamples))
    while state.classes.selected != index { state = state.awaiting(.move(.toStart), .move(.lines(index))) }
    let cure = state.classes.cure(of: index, at: state.setting.regularization)
    guard case .regularization(let remedy, _)? = cure else {
      Issue.record("no cure")
      return
    }
    for state in [state, state.awaiting(.enter)] {
      let found = text(ClassesScreen.picture(of: state, size: size, capabilities: capabilities))
      #expect(found.contains("few samples:"))
      #expect(found.contains("\(capabilities.unicode ? "λ" : "reg") \(shortText(remedy)), which"), "\(found)")
    }
  }

  /// While numbers of many classes are computed for another λ, those of the earlier one stand there as a whole, and the
  /// screen says of which λ they are.
  @Test(arguments: [Fixture.unicode, Fixture.ascii])
  func numbersOfAnEarlierLambdaSaySo(capabilities: TerminalCapabilities) async throws {
    var before = await Fixture.state(after: [.toggleMark, .toggleMark])
    before.immediateWork = 0
    let detector = try #require(before.classes.detector)
    let mark = "still at \(capabilities.unicode ? "λ" : "reg") \(shortText(before.setting.regularization))"
    for (screen, actions) in [
      (Screen.classes, []), (.classes, [Action.enter]), (.classes, [.compareClasses]), (.distances, []),
    ] {
      let shown = before.awaiting(.show(screen)).awaiting(actions)
      let stepped = shown.awaiting(.stepRegularization(tenths: 10))
      #expect(!stepped.classNumbersAreCurrent)
      func rows(_ state: ExplorerState) -> [String] {
        let view: any ScreenView.Type = screen == .classes ? ClassesScreen.self : DistancesScreen.self
        return view.picture(of: state, size: ScreenSize.large, capabilities: capabilities).lines
      }
      let (old, new) = (rows(shown), rows(stepped))
      #expect(!old.joined().contains("still at"))
      #expect(new.joined().contains(mark), "\(screen), \(actions): \(new.joined(separator: "\n"))")
      // Whatever else is drawn, no number of another λ is.
      func numbers(_ lines: [String]) -> Set<Substring> {
        Set(
          lines.joined(separator: " ").split { !($0.isNumber || ".eE+−-".contains($0)) }
            .filter { $0.contains { $0.isNumber } })
      }
      let numbered = try ClassNumbers(detector, at: stepped.setting.regularization)
      let later = numbers(rows(stepped.awaiting(.numberedClasses(numbered)))).subtracting(numbers(old))
      #expect(!later.isEmpty && numbers(new).isDisjoint(with: later), "\(numbers(new).intersection(later))")
    }
  }

  /// Numbers end with a digit or a unit, never with an ellipsis, and no line is cut without one.
  @Test func countsAreNotCut() async {
    let state = await Fixture.state()
    for width in stride(from: 40, through: 120, by: 1) {
      let canvas = ClassesScreen.picture(of: state, size: Size(width: width, height: 13))
      let counts = canvas.lines.first { $0.contains(" classes") } ?? ""
      #expect(counts.range(of: #"\d[.\d]*…"#, options: .regularExpression) == nil, "\(counts)")
      #expect(counts.contains("5 classes"))
    }
  }

  @Test(arguments: sizes) func twoClassesStandSideBySide(size: Size) async {
    let state = await Fixture.state(after: [.toggleMark, .toggleMark, .compareClasses])
    let found = text(ClassesScreen.picture(of: state, size: size))
    for name in ["Mahalanobis", "difference", "samples", "condition"] {
      #expect(found.contains(name), "\(found)")
    }
    let separation =
      state.distances.separations?[
        state.classes.marked[0], state.classes.marked[1]] ?? 0
    #expect(found.contains(NumberFormat(unicode: true).significant(separation, digits: 4)))
    #expect(ClassesScreen.drawAtManySizes(state).count > 100)
  }

  @Test func theUnusualDimensionsAreNamed() async throws {
    let state = await Fixture.state(after: [.enter])
    let profile = try #require(
      state.classes.profile(of: state.classes.selected, at: state.setting.current))
    let first = try #require(profile.unusualDimensions(1).first)
    let found = text(ClassesScreen.picture(of: state, size: ScreenSize.large))
    #expect(found.contains("unusual   \(first) "))
    #expect(found.contains("dimension \(first) "), "the cursor starts there")
    for level in ["held out", "50 %", "most"] { #expect(found.contains(level)) }
  }

  @Test func theMeanZoomsAroundItsCursor() async {
    let state = await Fixture.state(after: [.enter, .zoomDimensions(inwards: true), .moveDimension(20)])
    let setting = state.setting.current
    #expect(state.classes.shownDimensions(of: state.classes.selected, at: setting) == 4..<12)
    let found = text(ClassesScreen.picture(of: state, size: ScreenSize.large))
    #expect(found.contains("mean 4-11") && found.contains("dimension 11 "))
  }
}
