import ExplorerModel
import TerminalRendering

/// The input of a binding when its key is pressed.
struct KeyContext {
  var state: ExplorerState
  /// The size of the screen's canvas.
  var screenSize: Size

  /// The number of rows of a page.
  var pageHeight: Int { max(1, state.view.pageHeight(in: state, size: screenSize)) }

  /// A move to the picture above or below, or to the last one if the row below is shorter.
  private func moveByRows(_ count: Int, of sheet: ContactSheetView) -> Action? {
    let (place, last) = (state.outliers.selectedRow, state.outliers.rows.count - 1)
    let target = place + count * sheet.columns
    if target < 0 || target > last, target / sheet.columns != last / sheet.columns || place == last {
      return nil
    }
    return .move(.lines(min(target, last) - place))
  }

  /// A move to another picture of the same row; `nil` without pictures.
  func moveOnSheet(_ offset: Int) -> Action? { state.showsSheet ? .move(.lines(offset)) : nil }

  /// The number of OOD sets of a page on the compare screen.
  var columnPage: Int { max(1, CompareScreen.shownColumns(in: state, size: screenSize).count - 1) }

  /// Scrolls the columns of the compare screen, from the first one that is shown. They stop where the last one is
  /// visible.
  func scrollColumns(_ offset: Int) -> Action? {
    let shown = CompareScreen.shownColumns(in: state, size: screenSize)
    if offset > 0, shown.upperBound == state.compare.scrolledColumns.count { return nil }
    let target = max(0, shown.lowerBound + offset)
    return target == state.compare.firstColumn ? nil : .moveColumn(target - state.compare.firstColumn)
  }

  /// A move through the list of the screen. Text scrolls only until its last line is visible.
  func move(_ motion: Motion) -> Action? {
    if state.showsPlane {
      switch motion {
      case .lines(let count):
        return PlaneView.step(
          0, -count.signum(), of: state, size: screenSize, cells: Double(max(1, abs(count))))
      case .page(let count): return .plane(.pan(x: 0, y: count > 0 ? -0.25 : 0.25))
      case .toStart, .toEnd: return nil
      }
    }
    if let sheet = OutliersScreen.sheet(in: state, size: screenSize), case .lines(let count) = motion {
      return moveByRows(count, of: sheet)
    }
    guard state.screen == .data, !state.choosing.isOpen else { return .move(motion) }
    let last = DataScreen.lastScroll(in: state, size: screenSize)
    let shown = min(state.data.scroll, last)
    let target =
      switch motion {
      case .lines(let count), .page(let count): min(max(shown + count, 0), last)
      case .toStart: 0
      case .toEnd: last
      }
    let offset = target - state.data.scroll
    return offset == 0 ? nil : .move(.lines(offset))
  }
}
