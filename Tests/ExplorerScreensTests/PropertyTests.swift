import OODDetection
import TestData
import Testing
import TerminalRendering

@testable import ExplorerModel
@testable import ExplorerScreens

/// Properties that hold at every size and in every state.
@MainActor @Suite struct PropertyTests {
  private func states() async throws -> [ExplorerState] {
    let early = try await Fixture.stateBeforeSpectra()
    let computed = await Fixture.state()
    let many = await Fixture.state(Fixture.manyClasses(100))
    let single = await Fixture.state(Fixture.manyClasses(1))
    let overlays: [ExplorerModel.Overlay] = [
      .help(scroll: 5), .palette(query: "λ", selected: 2),
      .prompt(Prompt(purpose: .export, text: "a", problem: "b")),
    ]
    return [ExplorerState(), single]
      + overlays.map { computed.awaiting(.openOverlay($0)) }
      + Screen.allCases.flatMap {
        [computed.awaiting(.show($0)), many.awaiting(.show($0)), single.awaiting(.show($0))]
      }
      + Screen.allCases.map { early.awaiting(.show($0)) }
      + [computed, many].map { $0.awaiting(.toggleMark, .toggleMark, .compareClasses) }
      + [early.awaiting(.enter), computed.awaiting(.enter), computed.awaiting(.show(.outliers), .enter)]
      + [computed.awaiting(.show(.outliers), .togglePictures)]
      + Screen.allCases.map { computed.awaiting(.show($0), .reload, .failed(.load, Failure("no such file"))) }
  }

  @Test func everySizeIsFilledExactly() async throws {
    let sizes = stride(from: 0, through: 140, by: 10).flatMap { width in
      [0, 1, 7, 15, 16, 17, 20, 24, 33, 50].map { Size(width: width, height: $0) }
    }
    for state in try await states() {
      for size in sizes {
        let canvas = Explorer.draw(state, size: size, capabilities: Fixture.unicode)
        #expect(canvas.size == size && canvas.cells.count == size.width * size.height)
      }
    }
  }

  @Test func asciiTerminalsGetAsciiOnly() async throws {
    for state in try await states() {
      for size in [Size(width: 60, height: 16), Size(width: 120, height: 40)] {
        let text = Explorer.draw(state, size: size, capabilities: Fixture.ascii).plainText()
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
        #expect(!text.contains("?????"), "a character without an ASCII spelling:\n\(text)")
      }
    }
  }

  @Test func inputAnywhereIsHarmless() async throws {
    for state in try await states() {
      for kind in [MouseEvent.Kind.press, .doubleClick, .drag, .release, .wheelUp, .wheelDown] {
        for y in stride(from: -1, through: 31, by: 4) {
          for x in stride(from: -1, through: 101, by: 9) {
            let after = sending([click(Point(x: x, y: y), kind)], to: state)
            // Only a click on a tuning curve changes λ.
            #expect(after.setting.regularization == state.setting.regularization || state.screen == .tuning)
            #expect(after.isFinished == state.isFinished)
          }
        }
      }
    }
  }

  @Test func everyScreenCanBeDrawnAfterEveryKey() async {
    let size = Size(width: 80, height: 24)
    let computed = await Fixture.state()
    for screen in Screen.allCases {
      let state = computed.awaiting(.show(screen))
      for binding in KeyBindings.bindings(on: screen) {
        for key in binding.keys {
          let after = pressing([key], in: state, size: size)
          #expect(Explorer.draw(after, size: size, capabilities: Fixture.unicode).size == size)
        }
      }
    }
  }
}
