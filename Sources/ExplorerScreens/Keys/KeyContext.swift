import ExplorerModel
import TerminalRendering

/// What a binding sees when its key is pressed.
struct KeyContext {
  var state: ExplorerState
  /// Of the screen's own canvas.
  var screenSize: Size

  /// How many rows a page has.
  var pageHeight: Int { max(1, state.view.pageHeight(in: state, size: screenSize)) }

  /// A move through the screen's list. Text scrolls no further than its last line comes into view.
  func move(_ motion: Motion) -> Action? {
    guard state.screen == .data, !state.isChoosing else { return .move(motion) }
    let last = DataScreen.lastScroll(in: state, size: screenSize)
    let shown = min(state.dataView.scroll, last)
    let target =
      switch motion {
      case .lines(let count), .page(let count): min(max(shown + count, 0), last)
      case .toStart: 0
      case .toEnd: last
      }
    let offset = target - state.dataView.scroll
    return offset == 0 ? nil : .move(.lines(offset))
  }
}
