import ExplorerModel
import Foundation
import LinearAlgebra
import OODDetection
import TerminalRendering

/// The visible part of the class-by-class map: the whole map, or a window around the selected pair.
struct DistanceMap {
  var rows: Range<Int>
  var columns: Range<Int>
  private let state: ExplorerState
  private let separations: Matrix
  private let whole: DistanceOverview

  /// Returns `nil` until the distances are computed.
  init?(state: ExplorerState, size: Size) {
    guard let separations = state.distances.separations, separations.rowCount > 0,
      let whole = state.distances.overview
    else { return nil }
    let count = separations.rowCount
    let gutter = Self.labelWidth(state, size: size) + 1
    // An element is two cells wide, so that the beginning of a name fits above it.
    let rowsInView = max(1, size.height - 2)
    let columnsInView = max(1, (size.width - gutter) / 2)
    rows = Self.window(around: state.distances.row, length: rowsInView, count: count)
    columns = Self.window(around: state.distances.column, length: columnsInView, count: count)
    self.state = state
    self.separations = separations
    self.whole = whole
  }

  var showsAll: Bool { rows.count == separations.rowCount && columns.count == separations.columnCount }

  func heatMap() -> HeatMap {
    let (rows, columns, separations) = (rows, columns, separations)
    let farthest = range?.upperBound ?? 0
    return HeatMap(
      rowCount: rows.count, columnCount: columns.count, ramp: .descending, isLogarithmic: true, range: range,
      rowLabels: rows.map(state.classes.name(of:)),
      columnLabels: shortNames(of: columns),
      cursor: (state.distances.row - rows.lowerBound, state.distances.column - columns.lowerBound)
    ) { row, column in
      // A class is no close neighbor of its own.
      let (row, column) = (rows.lowerBound + row, columns.lowerBound + column)
      return row == column ? farthest : separations[row, column]
    }
  }

  /// A small map of all classes. Each element shows the smallest distance in a block, so that no close pair
  /// is lost.
  func overview(fitting size: Size) -> HeatMap {
    let (blocks, count) = (whole.blocks, whole.blocks.rowCount)
    let room = max(1, min(size.width - 2, size.height * 2 - 2))
    let step = (count + room - 1) / room
    let sideCount = (count + step - 1) / step
    let block = step * whole.blockSize
    let farthest = range?.upperBound ?? 0
    return HeatMap(
      rowCount: sideCount, columnCount: sideCount, ramp: .descending, isLogarithmic: true, range: range,
      cursor: (state.distances.row / block, state.distances.column / block), showsScale: false
    ) { row, column in
      var closest = Double.infinity
      for first in row * step..<min(count, (row + 1) * step) {
        for second in column * step..<min(count, (column + 1) * step) {
          closest = min(closest, blocks[first, second])
        }
      }
      return closest.isFinite ? closest : farthest
    }
  }

  /// Column labels of two cells: class names without their common prefix.
  private func shortNames(of columns: Range<Int>) -> [String] {
    let names = columns.map(state.classes.name(of:))
    guard let first = names.first, names.count > 1 else { return names }
    var common = first
    for name in names { common = common.commonPrefix(with: name) }
    let short = names.map { String($0.dropFirst(common.count)) }
    // Adjacent labels of two cells would run together, so only every second one and the selected one are
    // shown.
    guard columns.count > 12, short.contains(where: { DisplayText.width($0) > 1 }) else { return short }
    return zip(columns, short).map { $0.isMultiple(of: 2) || $0 == state.distances.column ? $1 : "" }
  }

  /// The range of distances between different classes. The zeros on the diagonal would take up half of the
  /// ramp.
  private var range: ClosedRange<Double>? { whole.range }

  private static func labelWidth(_ state: ExplorerState, size: Size) -> Int {
    let longest = state.classes.outlines.indices.map { DisplayText.width(state.classes.name(of: $0)) }.max()
    return min(longest ?? 1, size.width / 4)
  }

  private static func window(around place: Int, length: Int, count: Int) -> Range<Int> {
    let length = min(length, count)
    let first = max(0, min(place - length / 2, count - length))
    return first..<first + length
  }
}
