import ExplorerModel
import TerminalRendering

enum DataScreen: ScreenView {
  static func draw(_ state: ExplorerState, on canvas: inout Canvas, appearance: Appearance) {}

  static func actions(
    for mouse: MouseEvent, in state: ExplorerState, size: Size, appearance: Appearance
  ) -> [Action] {
    []
  }

  static func lastScroll(in state: ExplorerState, size: Size) -> Int { 0 }
}
