import ExplorerModel
import Foundation
import LinearAlgebra
import OODData
import OODDetection
import TerminalRendering

/// Answers whether classes lie apart: samples in the plane that separates their classes best, with the ellipses of the
/// fitted Gaussians, and what is known about the sample under the cursor.
struct PlaneView: StyledPart {
  let state: ExplorerState
  let appearance: Appearance

  private var view: PlaneState { state.distances.plane }

  /// The standard normal deviates of the ellipses in two dimensions: 1σ, which holds 39.3 % of a Gaussian in a plane, and
  /// √χ²₂ of 95 %.
  private static let ellipses: [(radius: Double, isDashed: Bool)] = [(1, false), (2.447746830680816, true)]

  /// The number of classes up to which each has its name and its ellipses.
  private static let namedCount = 24

  // MARK: Layout

  private struct Layout {
    var caption: Rect
    var chart: Rect
    /// The lines below the chart on a narrow screen.
    var notes: Rect
    var border: Rect
    var pane: Rect
    var hasPane: Bool { pane.width > 0 }

    init(_ size: Size) {
      let all = Rect(size: size)
      if size.width >= 76 {
        let width = min(44, max(26, size.width * 3 / 10))
        let columns = all.split(columns: [.fill, .fixed(3), .fixed(width)])
        let rows = columns[0].split(rows: [.fixed(1), .fill])
        (caption, chart, pane) = (rows[0], rows[1], columns[2])
        notes = Rect(size: .zero)
        border = Rect(x: columns[1].x + 1, y: 0, width: 1, height: size.height)
      } else {
        let rows = all.split(rows: [.fixed(1), .fill, .fixed(2)])
        (caption, chart, notes) = (rows[0], rows[1], rows[2])
        (border, pane) = (Rect(size: .zero), Rect(size: .zero))
      }
    }
  }

  func draw(on canvas: inout Canvas) {
    let layout = Layout(canvas.size)
    canvas.write(caption, at: layout.caption.origin, maxWidth: layout.caption.width)
    guard let chart else {
      let text =
        state.tasks[.plane] != nil
        ? appearance.glyphs.spelled("Computing the plane …")
        : "The plane was not computed. Press v twice to start over."
      canvas.write(
        text, at: Point(x: layout.chart.x, y: layout.chart.y + layout.chart.height / 2), style: theme.muted,
        maxWidth: layout.chart.width, alignment: .center)
      return
    }
    chart.draw(into: &canvas, rect: layout.chart, appearance: appearance)
    if layout.hasPane {
      canvas.verticalLine(
        from: layout.border.origin, length: layout.border.height, glyph: appearance.glyphs.vertical,
        style: theme.border)
      var column = TextColumn(layout.pane)
      drawPane(on: &canvas, column: &column)
    } else {
      var column = TextColumn(layout.notes)
      column.line(sampleLine, on: &canvas)
      column.line(axisTexts.joined(separator: "; "), style: theme.muted, on: &canvas)
    }
  }

  /// The actions of a mouse event.
  func actions(for mouse: MouseEvent, size: Size) -> [Action] {
    switch mouse.kind {
    case .wheelUp: return [.plane(.zoom(0.8))]
    case .wheelDown: return [.plane(.zoom(1.25))]
    case .doubleClick: return [.plane(.openSample)]
    case .release: return []
    case .press, .drag: break
    }
    guard
      let place = chart?.coordinates(at: mouse.position, in: Layout(size).chart, appearance: appearance)
    else { return [] }
    return [.plane(.placeCursor(x: place.x, y: place.y))]
  }

  /// Moves the cursor by at least one cell, or by ten.
  static func step(_ x: Int, _ y: Int, of state: ExplorerState, size: Size, cells: Double = 1) -> Action {
    let chart = Layout(size).chart.size
    return .plane(
      .moveCursor(
        x: x, y: y, stepX: cells / Double(max(8, chart.width)), stepY: cells / Double(max(4, chart.height))))
  }

  // MARK: The chart

  /// The classes as drawn: the style of each and the mark that stands for it without colors.
  private func look(_ place: Int) -> (style: Style, mark: Character) {
    let styles = theme.classes
    let name = place < classIndices.count ? state.classes.name(of: classIndices[place]) : ""
    let letters = "abcdefghijklmnopqrstuvwxyz"
    let own = DisplayText.sanitized(name).first { $0.isASCII && ($0.isLetter || $0.isNumber) }
    // Names that begin alike are told apart by letters in order.
    let initials = Set(classIndices.map { DisplayText.sanitized(state.classes.name(of: $0)).first })
    let mark = initials.count == classIndices.count ? own : nil
    return (
      styles[place % styles.count],
      mark ?? letters[letters.index(letters.startIndex, offsetBy: place % letters.count)]
    )
  }

  private var classIndices: [Int] { view.found?.plane.classIndices ?? [] }

  /// Whether there is only one direction, so that classes lie above each other.
  private var isStrip: Bool { view.found?.plane.directions.rowCount == 1 }

  private var chart: ScatterChart? {
    guard let found = view.found, let range = view.range else { return nil }
    let plane = found.plane
    let named = plane.classIndices.count <= Self.namedCount ? plane.classIndices.indices : 0..<0
    var chart = ScatterChart(
      series(found), outlines: named.flatMap(outlines), spots: named.map(label) + spots(found),
      xAxis: Axis(range: range.x),
      yAxis: Axis(range: isStrip ? -1...Double(plane.classIndices.count) : range.y, showsLabels: !isStrip))
    if isStrip { chart.outlines = [] }
    return chart
  }

  private func height(_ sample: ClassPlane.Sample) -> Double {
    isStrip ? Double(sample.place ?? classIndices.count - 1) + (sample.place == nil ? 0.5 : 0) : sample.y
  }

  /// The training samples by class, then the other samples.
  private func series(_ found: ClassPlane) -> [ScatterChart.Series] {
    var members = [[ClassPlane.Sample]](repeating: [], count: found.plane.classIndices.count)
    for sample in found.train.kept { if let place = sample.place { members[place].append(sample) } }
    var series = members.enumerated().map { place, samples in
      let look = look(place)
      return ScatterChart.Series(
        "", xs: samples.map(\.x), ys: samples.map(height), style: look.style, mark: look.mark)
    }
    func add(_ samples: [ClassPlane.Sample], _ style: Style, _ mark: Character) {
      guard !samples.isEmpty else { return }
      series.append(.init("", xs: samples.map(\.x), ys: samples.map(height), style: style, mark: mark))
    }
    if view.layers.showsHeldOut { add(found.heldOut.kept, theme.emphasis, heldOutMark) }
    if view.layers.showsOutOfDistribution {
      add(found.outOfDistribution.kept, theme.outOfDistribution.adding(.bold), outMark)
    }
    return series
  }

  private var heldOutMark: Character { appearance.glyphs.isUnicode ? "∘" : "." }
  private var outMark: Character { appearance.glyphs.isUnicode ? "×" : "x" }

  /// The ellipses of the class's regularized Gaussian in the plane.
  private func outlines(_ place: Int) -> [ScatterChart.Outline] {
    guard let plane = view.found?.plane else { return [] }
    let covariance = plane.covariances[place]
    // Cholesky: the unit circle is mapped onto the ellipse.
    let first = max(0, covariance.xx).squareRoot()
    let mixed = first > 0 ? covariance.xy / first : 0
    let second = max(0, covariance.yy - mixed * mixed).squareRoot()
    return Self.ellipses.map { ellipse in
      let angles = (0...240).map { Double($0) * .pi / 120 }
      return ScatterChart.Outline(
        xs: angles.map { plane.means[place, 0] + ellipse.radius * first * cos($0) },
        ys: angles.map {
          plane.means[place, 1] + ellipse.radius * (mixed * cos($0) + second * sin($0))
        }, style: look(place).style, isDashed: ellipse.isDashed)
    }
  }

  /// The name of a class at its mean.
  private func label(_ place: Int) -> ScatterChart.Spot {
    let name = DisplayText.truncated(
      state.classes.name(of: classIndices[place]), to: 12, ellipsis: appearance.glyphs.ellipsis)
    let means = view.found?.plane.means
    return ScatterChart.Spot(
      x: means?[place, 0] ?? 0, y: isStrip ? Double(place) + 0.4 : means?[place, 1] ?? 0, label: " \(name) ",
      style: look(place).style.adding([.bold, .reverse]))
  }

  /// The marked samples and the cursor.
  private func spots(_ found: ClassPlane) -> [ScatterChart.Spot] {
    let marks = state.outliers.marks
    var spots: [ScatterChart.Spot] = []
    if !marks.isEmpty {
      spots = view.samples.filter { marks[$0.reference] != nil }.map {
        ScatterChart.Spot(
          x: $0.x, y: height($0), glyph: appearance.glyphs.isUnicode ? "◆" : "#", style: theme.mark)
      }
    }
    if let cursor = view.cursor {
      spots.append(
        ScatterChart.Spot(
          x: cursor.x, y: height(cursor), glyph: appearance.glyphs.isUnicode ? "◎" : "@",
          style: theme.selection))
    }
    return spots
  }

  // MARK: Words

  private var caption: [StyledText] {
    let count = classIndices.count
    let what =
      switch state.distances.plane.choice(of: state.classes.outlines.count) {
      case .pair: "the pair"
      case .neighbors: "\(state.classes.name(of: state.distances.row)) and its \(max(0, count - 1)) closest"
      case .all where count == 1: state.classes.name(of: state.distances.row)
      case .all: "all \(count) classes"
      case .single: state.classes.name(of: state.distances.row)
      }
    let kind = count == 1 ? "principal components" : "best separating plane"
    var runs = [StyledText("plane of \(what)", style: theme.tableHeader)]
    if !state.planeIsCurrent, view.found != nil {
      let text =
        state.tasks[.plane] != nil ? "computing \(appearance.glyphs.ellipsis)" : "of an earlier setting"
      runs.append(StyledText(" \(appearance.glyphs.separator) \(text)", style: theme.warning))
    } else if view.isZoomed {
      runs.append(StyledText(" \(appearance.glyphs.separator) zoomed", style: theme.warning))
    }
    runs.append(StyledText(" \(appearance.glyphs.separator) \(kind)", style: theme.muted))
    return runs
  }

  /// What the axes are.
  private var axisTexts: [String] {
    guard let axes = view.found?.plane.axes else { return [] }
    return zip([appearance.glyphs.toTheRight, appearance.glyphs.arrowUp], axes).map { arrow, axis in
      switch axis {
      case .discriminant(let ratio):
        "\(arrow) between/within \(numbers.significant(ratio))"
      case .variance(let share): "\(arrow) \(numbers.percent(share)) of variance"
      }
    }
  }

  private func drawPane(on canvas: inout Canvas, column: inout TextColumn) {
    guard let found = view.found else { return }
    drawSample(on: &canvas, column: &column)
    column.gap()
    for text in axisTexts { column.line(text, style: theme.muted, on: &canvas) }
    column.line("unit: within-class \(sigma)", style: theme.muted, on: &canvas)
    column.line(
      isStrip
        ? "one dimension: a line per class"
        : classIndices.count <= Self.namedCount
          ? "ellipses: 1 \(sigma) (39 %), 95 %" : "no ellipses: over \(Self.namedCount) classes",
      style: theme.muted, on: &canvas)
    column.gap()
    drawKinds(found, on: &canvas, column: &column)
    column.gap()
    drawClasses(found, on: &canvas, column: &column)
  }

  private var sigma: String { appearance.glyphs.isUnicode ? "σ" : "sd" }

  /// What the dots are, how many, and how many are left out.
  private func drawKinds(_ found: ClassPlane, on canvas: inout Canvas, column: inout TextColumn) {
    func line(_ name: String, _ samples: ClassPlane.Samples, _ style: Style, mark: Character, isShown: Bool) {
      guard samples.count > 0 else { return }
      let all = numbers.grouped(samples.count)
      let part =
        samples.kept.count < samples.count ? "\(numbers.grouped(samples.kept.count)) of \(all)" : all
      column.line(
        [
          StyledText("\(appearance.capabilities.colorDepth == .none ? mark : dot) ", style: style),
          StyledText(name, style: isShown ? theme.text : theme.muted),
          StyledText("  \(isShown ? part : "hidden")", style: theme.muted),
        ], on: &canvas)
    }
    line("train, by class", found.train, theme.muted, mark: "a", isShown: true)
    line(
      state.data.dataSet?.test?.labels == nil ? "test" : "held-out ID", found.heldOut, theme.emphasis,
      mark: heldOutMark, isShown: view.layers.showsHeldOut)
    line(
      "OOD", found.outOfDistribution, theme.outOfDistribution.adding(.bold), mark: outMark,
      isShown: view.layers.showsOutOfDistribution)
    let outside = view.samples.count { sample in
      view.range.map { !($0.x.contains(sample.x) && (isStrip || $0.y.contains(sample.y))) } ?? false
    }
    if outside > 0 {
      column.line("\(numbers.grouped(outside)) outside the view", style: theme.muted, on: &canvas)
    }
  }

  private var dot: Character { appearance.glyphs.isUnicode ? "⣿" : "*" }

  private func drawClasses(_ found: ClassPlane, on canvas: inout Canvas, column: inout TextColumn) {
    let indices = found.plane.classIndices
    column.line("classes", style: theme.tableHeader, on: &canvas)
    let room = column.rest.height
    let shown = indices.count <= room ? indices.count : max(0, room - 1)
    for (place, index) in indices.prefix(shown).enumerated() {
      let look = look(place)
      let row = column.take(1)
      canvas.write("\(look.mark)", at: row.origin, style: look.style.adding(.bold))
      let count = "n \(numbers.grouped(state.classes.outlines[index].count))"
      canvas.write(
        state.classes.name(of: index), at: Point(x: row.x + 2, y: row.y), style: look.style,
        maxWidth: row.width - DisplayText.width(count) - 3, ellipsis: appearance.glyphs.ellipsis)
      canvas.write(count, at: row.origin, style: theme.muted, maxWidth: row.width, alignment: .trailing)
    }
    if shown < indices.count {
      column.line("and \(indices.count - shown) more", style: theme.muted, on: &canvas)
    }
  }

  private func drawSample(on canvas: inout Canvas, column: inout TextColumn) {
    column.line(sampleLine, on: &canvas)
    guard let cursor = view.cursor, let samples = state.data.dataSet?[cursor.reference.split] else {
      column.line(
        appearance.glyphs.isUnicode ? "⏎ opens it in the table" : "Enter opens it", style: theme.muted,
        on: &canvas)
      return
    }
    let label = samples.labels?[cursor.reference.index]
    let name = label.map { $0 < 0 ? "OOD" : state.data.name(ofLabel: $0) } ?? "unlabelled"
    var line = [StyledText("\(cursor.reference.split.rawValue), ", style: theme.muted), StyledText(name)]
    if state.outliers.marks[cursor.reference] != nil {
      line.append(StyledText("  marked", style: theme.mark))
    }
    column.line(line, on: &canvas)
    guard state.scoresAreCurrent, let scores = state.scores.scored?[cursor.reference.split] else { return }
    let index = cursor.reference.index
    let score = state.setting.score
    let nearest = Int(scores.nearestClass(score)[index])
    column.line(
      [
        StyledText("\(score.rawValue) ", style: theme.muted),
        StyledText(
          appearance.sign(ofScoresIn: state) + numbers.score(scores.values(score)[index]),
          style: theme.emphasis),
      ], on: &canvas)
    column.line(
      [StyledText("nearest ", style: theme.muted), StyledText(state.classes.name(of: nearest))], on: &canvas)
  }

  /// The sample under the cursor, or how to choose one.
  private var sampleLine: [StyledText] {
    guard let cursor = view.cursor, let samples = state.data.dataSet?[cursor.reference.split] else {
      return [
        StyledText(appearance.glyphs.isUnicode ? "←↑↓→" : "arrows", style: theme.key),
        StyledText(" choose a sample", style: theme.muted),
      ]
    }
    return [
      StyledText("\(appearance.glyphs.isUnicode ? "◎" : "@") ", style: theme.selection),
      StyledText(samples.name(of: cursor.reference.index), style: theme.title),
    ]
  }
}
