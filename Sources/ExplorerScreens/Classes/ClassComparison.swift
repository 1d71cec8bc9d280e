import ExplorerModel
import LinearAlgebra
import OODData
import OODDetection
import TerminalRendering

/// Two classes side by side: their numbers with the difference, their distance and what makes it, and their means and
/// spectra over each other.
struct ClassComparison: StyledPart {
  private let state: ExplorerState
  let appearance: Appearance
  private let pair: [ClassDetail]

  /// Returns `nil` unless two classes are compared.
  init?(state: ExplorerState, appearance: Appearance) {
    guard let (first, second) = state.classes.comparedPair,
      let one = ClassDetail(state: state, index: first, appearance: appearance),
      let other = ClassDetail(state: state, index: second, appearance: appearance)
    else { return nil }
    self.state = state
    self.appearance = appearance
    pair = [one, other]
  }

  private var styles: [Style] { [theme.inDistribution, theme.outOfDistribution] }
  private func name(_ place: Int) -> String { state.classes.name(of: pair[place].index) }

  func draw(on canvas: inout Canvas, rect: Rect) {
    var column = TextColumn(rect)
    let room = (rect.width - 4) / 2
    let names = [0, 1].map {
      DisplayText.truncatedInMiddle(name($0), to: room, ellipsis: glyphs.ellipsis)
    }
    column.line(
      [
        StyledText(names[0], style: styles[0].adding(.bold)), StyledText(" to ", style: theme.muted),
        StyledText(names[1], style: styles[1].adding(.bold)),
        StyledText(
          appearance.earlierNumbers(in: state).map { "   " + $0 } ?? "", style: theme.warning),
      ], on: &canvas, ellipsis: glyphs.ellipsis)
    let isWide = rect.width >= 100
    let table = figures
    let height = min(column.rest.height, max(table.height, separationHeight))
    if isWide {
      let parts = column.take(height).split(
        columns: [.fixed(min(72, rect.width * 6 / 10)), .fill], spacing: 4)
      table.draw(into: &canvas, rect: parts[0], appearance: appearance)
      drawSeparation(on: &canvas, rect: parts[1])
    } else {
      // The distances come first where there is not room for everything.
      drawSeparation(on: &canvas, rect: column.take(min(2, column.rest.height / 3)))
      table.draw(
        into: &canvas, rect: column.take(min(table.height, column.rest.height)), appearance: appearance)
    }
    guard column.rest.height >= 6 else { return }
    column.gap()
    if isWide {
      let parts = column.rest.split(columns: [.fill, .fill], spacing: 4)
      drawMeans(on: &canvas, rect: parts[0])
      drawSpectra(on: &canvas, rect: parts[1])
    } else if column.rest.height >= 14 {
      drawMeans(on: &canvas, rect: column.take(column.rest.height / 2))
      drawSpectra(on: &canvas, rect: column.rest)
    } else {
      drawMeans(on: &canvas, rect: column.rest)
    }
  }

  /// The rows of the text of the distances beside the table.
  private var separationHeight: Int { 13 }

  // MARK: Numbers

  private var figures: FigureTable {
    let pending = appearance.mark(forSpectraOf: state)
    func row(
      _ name: String, _ value: (ClassDetail) -> Double?, _ text: @escaping (Double) -> String
    ) -> FigureTable.Row {
      let values = pair.map(value)
      let difference = values[0].flatMap { first in values[1].map { $0 - first } }
      let signed = difference.map { $0.isFinite ? ($0 > 0 ? "+" : "") + text($0) : "-" }
      return FigureTable.Row(
        name: glyphs.spelled(name),
        cells: values.map { StyledText($0.map(text) ?? pending) }
          + [StyledText(signed ?? pending, style: theme.muted)])
    }
    func count(_ value: Double) -> String { numbers.grouped(value, places: 0) }
    func figure(_ value: Double) -> String { numbers.significant(value) }
    let fits = state.audit.classFits(at: state.numberedSetting)
    let isAbsolute = state.setting.fit.ridgeRule == .absolute
    var rows = [
      row("samples", { Double($0.outline.count) }, count),
      row("n/D", { Double($0.outline.count) / Double(max(1, $0.outline.mean.count)) }, figure),
      row("rank", { $0.summary.map { Double($0.rank) } }, count),
      row("effective rank", { $0.summary?.effectiveRank }, figure),
      row("condition", { $0.summary?.conditionNumber }) { numbers.scientific($0) },
      row("log det", { state.classes.logDeterminant(of: $0.index) }, figure),
      row("trace", { $0.summary?.trace }, figure),
      row("norm of the mean", { $0.outline.meanNorm }, figure),
      row("d² new/training", { $0.summary?.distanceInflation }, figure),
      row(
        "mean d²/D'",
        { detail in
          fits?.classes.indices.contains(detail.index) == true ? fits?.classes[detail.index]?.meanRatio : nil
        },
        figure),
      row("median held out", medianHeldOut, figure),
    ]
    // Otherwise both have the same.
    if !isAbsolute { rows.append(row("ridge", { $0.summary?.ridge }) { numbers.scientific($0) }) }
    let health = pair.map { state.classes.health(of: $0.index) }
    rows.append(
      FigureTable.Row(
        name: "health",
        cells: health.map { kind in
          StyledText(kind?.rawValue ?? pending, style: kind.map(theme.style(of:)) ?? theme.muted)
        }))
    let titles = [0, 1].map {
      StyledText(
        DisplayText.truncatedInMiddle(name($0), to: 14, ellipsis: glyphs.ellipsis), style: styles[$0])
    }
    return FigureTable(
      titles: titles + [StyledText("difference", style: theme.muted)], rows: rows, columnWidth: 17)
  }

  private func medianHeldOut(_ detail: ClassDetail) -> Double? {
    guard let heldOut = detail.profile?.heldOut else { return nil }
    let values = heldOut.values(state.setting.score, dimension: detail.outline.mean.count).sorted()
    return values[values.count / 2]
  }

  // MARK: Distance

  private func drawSeparation(on canvas: inout Canvas, rect: Rect) {
    guard !rect.isEmpty else { return }
    var column = TextColumn(rect)
    let (first, second) = (pair[0].index, pair[1].index)
    let pending = appearance.mark(forSpectraOf: state)
    let between = state.distances.separations.map { numbers.significant($0[first, second], digits: 4) }
    let comparison = state.distances.comparison.flatMap { found in
      found.regularization == state.classes.numberedAt
        && ClassPair(first: found.first, second: found.second, distance: 0).joins(first, second) ? found : nil
    }
    column.line(
      [
        StyledText("distance", style: theme.tableHeader), StyledText("   Mahalanobis ", style: theme.muted),
        StyledText(between ?? pending, style: theme.emphasis),
        StyledText("   Bhattacharyya ", style: theme.muted),
        StyledText(
          comparison.map { numbers.significant($0.bhattacharyyaDistance, digits: 4) } ?? pending,
          style: theme.emphasis),
      ], on: &canvas, ellipsis: glyphs.ellipsis)
    guard let comparison, !comparison.separationShares.isEmpty else { return }
    let shares = comparison.separationShares
    let total = shares.reduce(0, +)
    let dimensions = TopK.indices(ofLargest: 24, in: shares)
    guard total > 0 else { return }
    if rect.height < 6 {
      var runs = [StyledText("separating", style: theme.tableHeader)]
      var used = 10
      for dimension in dimensions {
        let name = "   " + pair[0].shortDimensionName(dimension)
        let share = " " + numbers.percent(shares[dimension] / total, places: 0)
        used += DisplayText.width(name + share)
        guard used <= rect.width else { break }
        runs += [StyledText(name), StyledText(share, style: theme.muted)]
      }
      column.line(runs, on: &canvas, ellipsis: glyphs.ellipsis)
      return
    }
    column.gap()
    column.line(
      [
        StyledText("separating dimensions", style: theme.tableHeader),
        StyledText("   share of the squared distance", style: theme.muted),
      ], on: &canvas, ellipsis: glyphs.ellipsis)
    BarList(
      dimensions.prefix(column.rest.height).map { dimension in
        BarList.Item(
          pair[0].dimensionName(dimension), value: shares[dimension] / total,
          valueText: numbers.percent(shares[dimension] / total))
      }
    ).draw(into: &canvas, rect: column.rest, appearance: appearance)
  }

  // MARK: Plots

  private func drawMeans(on canvas: inout Canvas, rect: Rect) {
    let detail = pair[0]
    let plot = detail.drawCaption("means", note: "by dimension", on: &canvas, rect: rect)
    LineChart(
      zip(pair, styles).enumerated().map { place, entry in
        LineChart.Series(
          name(place), ys: entry.0.outline.mean, style: entry.1, pattern: place == 0 ? .solid : .dotted)
      },
      xAxis: Axis(
        range: 0...Double(max(1, detail.outline.mean.count - 1)),
        label: { $0 == $0.rounded() ? String(Int($0)) : "" })
    ).draw(into: &canvas, rect: plot, appearance: appearance)
  }

  private func drawSpectra(on canvas: inout Canvas, rect: Rect) {
    let spectra = pair.compactMap { $0.fitted?.spectrum }
    guard spectra.count == 2 else {
      _ = pair[0].drawCaption("spectra", note: appearance.mark(forSpectraOf: state), on: &canvas, rect: rect)
      return
    }
    let plot = pair[0].drawCaption("spectra", note: "eigenvalues", on: &canvas, rect: rect)
    let ridges = pair.compactMap { $0.summary?.ridge }
    LineChart(
      spectra.enumerated().map { place, spectrum in
        let known = Array(spectrum.eigenvalues.prefix(spectrum.rank))
        return LineChart.Series(
          name(place), xs: known.indices.map { Double($0 + 1) }, ys: known, style: styles[place],
          pattern: place == 0 ? .solid : .dotted)
      },
      xAxis: Axis(
        range: 1...Double(max(2, spectra[0].eigenvalues.count)),
        label: { $0 == $0.rounded() ? String(Int($0)) : "" }),
      yAxis: Axis(.log, range: nil),
      horizontalMarkers: Set(ridges).filter { $0 > 0 }.count == 1
        ? [ChartMarker(ridges[0], label: "ridge", style: theme.current)] : []
    ).draw(into: &canvas, rect: plot, appearance: appearance)
  }
}
