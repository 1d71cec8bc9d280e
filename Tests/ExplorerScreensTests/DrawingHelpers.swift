import ExplorerModel
import Foundation
import OODDetection
import TerminalRendering

@testable import ExplorerScreens

/// The size of a screen in terminals of common sizes.
enum ScreenSize {
  static let large = Size(width: 118, height: 36)
  static let usual = Size(width: 78, height: 20)
  static let least = Size(width: 58, height: 13)
}

extension ScreenView {
  static func picture(
    of state: ExplorerState, size: Size, capabilities: TerminalCapabilities = Fixture.unicode
  ) -> Canvas {
    var canvas = Canvas(size: size, unicode: capabilities.unicode)
    draw(state, on: &canvas, appearance: Appearance(capabilities))
    return canvas
  }

  static func actions(
    _ kind: MouseEvent.Kind, x: Int, y: Int, in state: ExplorerState, size: Size
  ) -> [Action] {
    actions(
      for: MouseEvent(kind, at: Point(x: x, y: y)), in: state, size: size,
      appearance: Appearance(Fixture.unicode))
  }

  /// Widths and heights up to beyond the largest layout, in steps that reach the limits of every layout.
  static func drawAtManySizes(_ state: ExplorerState) -> [Canvas] {
    let widths = Array(0...12) + stride(from: 13, through: 205, by: 8) + [75, 76, 95, 96, 99, 100]
    let heights = [0, 1, 2, 3, 5, 8, 11, 12, 13, 14, 15, 16, 20, 36, 60]
    return widths.flatMap { width in
      heights.map { picture(of: state, size: Size(width: width, height: $0)) }
    }
  }
}

extension ExplorerState {
  /// The state after an action, before its work reports back.
  func awaiting(_ actions: Action...) -> ExplorerState { awaiting(actions) }

  func awaiting(_ actions: [Action]) -> ExplorerState {
    var state = self
    for action in actions { _ = state.apply(action) }
    return state
  }
}

extension ExplorerState {
  /// The help that is open.
  var help: HelpView? {
    if case .help(let help) = overlay { help } else { nil }
  }
}

/// The terminal that tests type into.
let terminalSize = Size(width: 100, height: 30)

/// Presses keys one after the other, each in the state that the previous key left.
func pressing(
  _ keys: [KeyPress], in state: ExplorerState, size: Size = terminalSize
) -> ExplorerState {
  sending(keys.map(TerminalInput.key), to: state, size: size)
}

func sending(
  _ inputs: [TerminalInput], to state: ExplorerState, size: Size = terminalSize
) -> ExplorerState {
  var state = state
  for input in inputs {
    for action in Explorer.actions(for: input, in: state, size: size, capabilities: Fixture.unicode) {
      _ = state.apply(action)
    }
  }
  return state
}

/// Where a text stands on the screen.
func position(of text: String, in state: ExplorerState, size: Size = terminalSize) -> Point? {
  let lines = Explorer.draw(state, size: size, capabilities: Fixture.unicode).lines
  for (y, line) in lines.enumerated() {
    if let range = line.range(of: text) {
      return Point(x: DisplayText.width(String(line[..<range.lowerBound])), y: y)
    }
  }
  return nil
}

func click(_ point: Point, _ kind: MouseEvent.Kind = .press) -> TerminalInput {
  .mouse(MouseEvent(kind, at: point))
}
