import ExplorerModel
import LinearAlgebra
import OODData
import OODDetection
import TerminalRendering

/// The numbers of the selected pair, and the closest pairs of all classes.
struct PairPane: StyledPart {
  var state: ExplorerState
  var appearance: Appearance

  private var first: Int { state.distances.row }
  private var second: Int { state.distances.column }

  func draw(on canvas: inout Canvas, rect: Rect, map: DistanceMap) {
    guard let separations = state.distances.separations, separations.rowCount > max(1, first, second) else {
      canvas.write(
        paragraph: [StyledText("Distances need at least two classes, but there is only one.")], in: rect)
      return
    }
    canvas.draw(in: rect) { canvas in
      drawNames(on: &canvas)
      let distance = separations[first, second]
      write(
        "Mahalanobis", value: numbers.significant(distance, digits: 4), note: "means, pooled covariance",
        row: 2, on: &canvas)
      write("Bhattacharyya", value: bhattacharyya, note: "0 if identical", row: 3, on: &canvas)
      let tableEnd = drawComparison(from: 5, on: &canvas)
      let overviewHeight = Self.overviewHeight(map, room: canvas.size.height - tableEnd)
      drawClosestPairs(on: &canvas, rect: canvas.bounds.inset(top: tableEnd + 1, bottom: overviewHeight + 1))
      guard overviewHeight > 0 else { return }
      let area = canvas.bounds.inset(top: canvas.size.height - overviewHeight)
      canvas.write("all classes, smallest distance per block", at: area.origin, style: theme.tableHeader)
      let plot = area.inset(top: 1)
      map.overview(fitting: plot.size).draw(into: &canvas, rect: plot, appearance: appearance)
    }
  }

  /// The row below the numbers of both classes.
  private static let numbersEnd = 11
  private static let pairWidth = 44

  /// If the map shows only a window, a small map of all classes is drawn below.
  private static func overviewHeight(_ map: DistanceMap, room: Int) -> Int {
    !map.showsAll && room >= 20 ? room / 2 : 0
  }

  /// The pair in the list of closest pairs at a place of the pane.
  func pair(at point: Point, in rect: Rect, map: DistanceMap) -> ClassPair? {
    guard let separations = state.distances.separations, separations.rowCount > max(1, first, second) else {
      return nil
    }
    let overviewHeight = Self.overviewHeight(map, room: rect.height - Self.numbersEnd)
    let list = rect.inset(top: Self.numbersEnd + 1, bottom: overviewHeight + 1)
    guard list.height >= 3, list.inset(top: 1).contains(point), point.x - list.x < Self.pairWidth else {
      return nil
    }
    let pairs = state.distances.overview?.closestPairs.prefix(list.height - 1) ?? []
    let row = point.y - list.y - 1
    return pairs.indices.contains(row) ? pairs[row] : nil
  }

  private func drawNames(on canvas: inout Canvas) {
    let room = (canvas.size.width - 4) / 2
    func short(_ index: Int) -> String {
      DisplayText.truncated(state.classes.name(of: index), to: room, ellipsis: appearance.glyphs.ellipsis)
    }
    canvas.write(
      [
        StyledText(short(first), style: theme.title), StyledText(" to ", style: theme.muted),
        StyledText(short(second), style: theme.title),
      ], at: .zero)
    if first == second {
      canvas.write(
        "same class", at: .zero, style: theme.muted, maxWidth: canvas.size.width, alignment: .trailing)
    }
  }

  /// The distance of this pair at the current λ, or a placeholder.
  private var bhattacharyya: String {
    guard let pair = state.distances.comparison, pair.regularization == state.classes.numberedAt,
      ClassPair(first: pair.first, second: pair.second, distance: 0).joins(first, second)
    else {
      return state.tasks[.comparePair] != nil || !state.classNumbersAreCurrent
        ? appearance.glyphs.ellipsis : "-"
    }
    return numbers.significant(pair.bhattacharyyaDistance, digits: 4)
  }

  private func write(_ name: String, value: String, note: String, row: Int, on canvas: inout Canvas) {
    var x = canvas.write(DisplayText.padded(name, to: 14), at: Point(x: 0, y: row), style: theme.muted)
    x += canvas.write(value, at: Point(x: x, y: row), style: theme.emphasis)
    if x + 2 + note.count <= canvas.size.width {
      canvas.write(
        note, at: Point(x: 0, y: row), style: theme.muted, maxWidth: canvas.size.width, alignment: .trailing)
    }
  }

  /// Draws the numbers of both classes side by side.
  ///
  /// - Returns: The row below the numbers.
  private func drawComparison(from start: Int, on canvas: inout Canvas) -> Int {
    let pair = [first, second].map { state.classes.summaries[$0] }
    let width = min(17, (canvas.size.width - 10) / 2)
    func line(_ name: String, _ values: [StyledText], row: Int) {
      canvas.write(name, at: Point(x: 0, y: row), style: theme.muted, maxWidth: 10)
      for (column, value) in values.enumerated() {
        canvas.write(
          value.text, at: Point(x: 10 + column * width, y: row), style: value.style, maxWidth: width - 1,
          alignment: .trailing, ellipsis: appearance.glyphs.ellipsis)
      }
    }
    line(
      "", [first, second].map { StyledText(state.classes.name(of: $0), style: theme.tableHeader) }, row: start
    )
    let rows: [(String, (ClassSummary) -> String)] = [
      ("n", { numbers.grouped($0.count) }), ("rank", { numbers.grouped($0.rank) }),
      ("condition", { numbers.scientific($0.conditionNumber) }),
      ("log det", { numbers.grouped($0.logDeterminant) }),
    ]
    for (row, (name, value)) in rows.enumerated() {
      line(name, pair.map { StyledText(value($0)) }, row: start + 1 + row)
    }
    let health = pair.map { ClassHealth($0) }
    line(
      "health", health.map { StyledText($0.rawValue, style: theme.style(of: $0)) },
      row: start + 1 + rows.count)
    return start + 2 + rows.count
  }

  private func drawClosestPairs(on canvas: inout Canvas, rect: Rect) {
    guard let overview = state.distances.overview, rect.height >= 3 else { return }
    let pairs = overview.closestPairs.prefix(rect.height - 1)
    canvas.write("closest pairs", at: rect.origin, style: theme.tableHeader)
    let width = min(rect.width, Self.pairWidth)
    for (row, pair) in pairs.enumerated() {
      let line = Rect(x: rect.x, y: rect.y + 1 + row, width: width, height: 1)
      let value = numbers.significant(pair.distance)
      let names =
        "\(state.classes.name(of: pair.first)) \(appearance.glyphs.separator) \(state.classes.name(of: pair.second))"
      canvas.write(
        names, at: line.origin, maxWidth: width - value.count - 2, alignment: .leading,
        ellipsis: appearance.glyphs.ellipsis)
      canvas.write(value, at: line.origin, maxWidth: width, alignment: .trailing)
      if pair.joins(first, second) { canvas.restyle(line) { _ in theme.selection } }
    }
  }
}
