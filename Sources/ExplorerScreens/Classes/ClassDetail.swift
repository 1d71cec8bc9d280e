import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The details of one class: its numbers and warnings, and plots of its mean, spectrum and covariance. Until
/// the spectrum is computed, placeholders mark the values that need it.
struct ClassDetail {
  let state: ExplorerState
  let index: Int
  let outline: ClassOutline
  /// `nil` until the spectrum is computed.
  let summary: ClassSummary?
  let fitted: GaussianClass?
  /// `nil` until it is computed at this setting.
  let profile: ClassProfile?
  let appearance: Appearance

  /// Returns `nil` if no class has this index.
  init?(state: ExplorerState, index: Int, appearance: Appearance) {
    guard state.classes.outlines.indices.contains(index) else { return nil }
    self.state = state
    self.index = index
    self.appearance = appearance
    outline = state.classes.outlines[index]
    summary = state.classes.summary(of: index)
    profile = state.classes.profile(of: index, at: state.numberedSetting)
    fitted = summary == nil ? nil : state.classes.detector?.classes[index]
  }

  var theme: Theme { appearance.theme }
  var glyphs: Glyphs { appearance.glyphs }
  var numbers: NumberFormat { appearance.numbers }

  /// Draws the class in the pane beside the table, most important parts first, as far as they fit.
  func drawBeside(on canvas: inout Canvas, rect: Rect) {
    guard rect.width >= 20 else { return }
    var rest = rect
    drawTitle(on: &canvas, rect: take(1, from: &rest))
    // Reasons and cure are never cut off for a plot.
    drawParagraphs(reasons, on: &canvas, rest: &rest, limit: max(3, rect.height * 2 / 3))
    let fitLimit = rest.height >= 20 ? 4 : rest.height >= 8 ? 1 : 0
    drawParagraphs(fitRemarks, on: &canvas, rest: &rest, limit: fitLimit)
    write(facts(width: rest.width), on: &canvas, rect: take(1, from: &rest))
    if rest.height >= 16 {
      write(heldOutQuantiles(width: rest.width), on: &canvas, rect: take(1, from: &rest))
      write(unusualDimensions(width: rest.width), on: &canvas, rect: take(1, from: &rest))
    }
    let closestHeight = rest.height >= 6 ? 2 : 0
    // Three plots share the remaining height, each under its caption.
    let room = rest.height - closestHeight
    let meanHeight = room >= 24 ? 6 : room >= 14 ? 5 : room >= 9 ? 4 : 0
    let covarianceHeight = room - meanHeight >= 19 ? (room - meanHeight) / 2 : 0
    let spectrumHeight = room - meanHeight - covarianceHeight
    if meanHeight > 0 { drawMean(on: &canvas, rect: spaced(meanHeight, from: &rest)) }
    if spectrumHeight >= 5 {
      let plot = spaced(spectrumHeight, from: &rest)
      // The pane is too small for both, so the quantiles replace the spectrum.
      if covarianceHeight == 0, state.classes.plot == .quantiles {
        drawQuantiles(on: &canvas, rect: plot)
      } else {
        drawSpectrum(on: &canvas, rect: plot)
      }
    }
    if covarianceHeight > 0 { drawChosenPlot(on: &canvas, rect: spaced(covarianceHeight, from: &rest)) }
    if closestHeight > 0 { drawClosest(on: &canvas, rect: spaced(closestHeight, from: &rest)) }
  }

  /// Draws what is wrong with the class and what cures it, without its name: for a few lines below the table.
  func drawReasons(on canvas: inout Canvas, rect: Rect) {
    var rest = rect
    drawParagraphs(reasons, on: &canvas, rest: &rest, limit: rect.height)
  }

  /// Draws the class on the whole screen: text at the top, then the mean, then spectrum and covariance side
  /// by side.
  func drawInFull(on canvas: inout Canvas, rect: Rect) {
    var rest = rect
    drawTitle(on: &canvas, rect: take(1, from: &rest))
    drawParagraphs(reasons, on: &canvas, rest: &rest, limit: max(3, rect.height / 3))
    if rest.height >= 8 {
      drawParagraphs(fitRemarks, on: &canvas, rest: &rest, limit: rect.height >= 26 ? 2 : 1)
    }
    write(facts(width: rest.width), on: &canvas, rect: take(1, from: &rest))
    if rect.height >= 26 {
      write(heldOutQuantiles(width: rest.width), on: &canvas, rect: take(1, from: &rest))
      write(atypicalSamples(width: rest.width), on: &canvas, rect: take(1, from: &rest))
    }
    write(unusualDimensions(width: rest.width), on: &canvas, rect: take(1, from: &rest))
    if rest.height >= 10 { drawMean(on: &canvas, rect: spaced(max(4, rest.height / 4), from: &rest)) }
    let closestHeight = rest.height >= 11 ? 2 : 0
    var plots = spaced(rest.height - closestHeight, from: &rest)
    if plots.width >= 70 {
      let parts = plots.split(columns: [.fill, .fixed(plots.width / 2 - 2)], spacing: 4)
      plots = parts[0]
      drawChosenPlot(on: &canvas, rect: parts[1])
    } else if state.classes.plot == .quantiles {
      drawQuantiles(on: &canvas, rect: plots)
      plots = Rect(size: .zero)
    }
    drawSpectrum(on: &canvas, rect: plots)
    if closestHeight > 0 { drawClosest(on: &canvas, rect: spaced(closestHeight, from: &rest)) }
  }

  private func take(_ height: Int, from rest: inout Rect) -> Rect {
    let parts = rest.split(rows: [.fixed(height), .fill])
    rest = parts[1]
    return parts[0]
  }

  /// Takes rows from `rest` and leaves the first one empty.
  private func spaced(_ height: Int, from rest: inout Rect) -> Rect {
    take(height, from: &rest).inset(top: 1)
  }

  private func write(_ runs: [StyledText], on canvas: inout Canvas, rect: Rect) {
    guard !rect.isEmpty else { return }
    canvas.write(runs, at: rect.origin, maxWidth: rect.width, ellipsis: glyphs.ellipsis)
  }

  private func drawTitle(on canvas: inout Canvas, rect: Rect) {
    guard !rect.isEmpty else { return }
    let name = state.classes.name(of: index)
    let count = outline.count == 1 ? "1 sample" : "\(numbers.grouped(outline.count)) samples"
    let dimensions =
      outline.mean.count == 1 ? "1 dimension" : "\(numbers.grouped(outline.mean.count)) dimensions"
    let label = name == String(outline.label) ? "" : "  label \(outline.label)"
    let needed = min(DisplayText.width(name), 12) + 2
    let size =
      ["\(count) in \(dimensions)", count]
      .first { DisplayText.width($0) + needed <= rect.width } ?? ""
    let sizeWidth = DisplayText.width(size)
    let showsSize = sizeWidth > 0
    let room = rect.width - (showsSize ? sizeWidth + 2 : 0)
    let title = DisplayText.truncated(name, to: room, ellipsis: glyphs.ellipsis)
    let used = canvas.write(title, at: rect.origin, style: theme.title)
    if used + label.count <= room {
      canvas.write(label, at: Point(x: rect.x + used, y: rect.y), style: theme.muted)
    }
    if showsSize {
      canvas.write(size, at: rect.origin, style: theme.muted, maxWidth: rect.width, alignment: .trailing)
    }
  }

  /// Draws paragraphs, most important first, in at most `limit` lines. What does not fit ends with an ellipsis.
  private func drawParagraphs(
    _ paragraphs: [[StyledText]], on canvas: inout Canvas, rest: inout Rect, limit: Int
  ) {
    let all = paragraphs.flatMap { paragraph in
      TextLayout.wrap(paragraph, width: rest.width - 2).enumerated().map { ($0 == 0 ? 0 : 2, $1) }
    }
    let room = min(limit, rest.height)
    for (place, (indent, line)) in all.prefix(room).enumerated() {
      let isCut = place == room - 1 && all.count > room
      let shown = isCut ? line + [StyledText(" " + glyphs.ellipsis, style: theme.muted)] : line
      canvas.write(
        shown, at: Point(x: rest.x + indent, y: rest.y), maxWidth: rest.width - indent,
        ellipsis: glyphs.ellipsis)
      _ = take(1, from: &rest)
    }
  }

  private var reasons: [[StyledText]] {
    ClassReasons(state: state, index: index, outline: outline, summary: summary, appearance: appearance)
      .paragraphs
  }

  /// As many numbers as fit the width, most important first.
  private func facts(width: Int) -> [StyledText] {
    let pending = appearance.mark(forSpectraOf: state)
    // Only rules that give each class its own ridge make it worth a place.
    let ownRidge =
      state.setting.fit.ridgeRule == .absolute
      ? [] : [("ridge", summary.map { numbers.scientific($0.ridge) } ?? pending)]
    let facts =
      ownRidge + [
        ("condition", summary.map { numbers.scientific($0.conditionNumber) } ?? pending),
        ("rank", summary.map { numbers.grouped($0.rank) } ?? pending),
        ("effective", summary.map { numbers.significant($0.effectiveRank) } ?? pending),
        ("log det", state.classes.logDeterminant(of: index).map { numbers.grouped($0) } ?? pending),
        ("trace", summary.map { numbers.significant($0.trace) } ?? pending),
        ("norm of the mean", numbers.significant(outline.meanNorm)),
      ]
    var runs: [StyledText] = []
    var used = 0
    for (name, value) in facts {
      let needed = (runs.isEmpty ? 0 : 2) + name.count + 1 + value.count
      guard used + needed <= width else { break }
      used += needed
      if !runs.isEmpty { runs.append(StyledText("  ")) }
      runs += [StyledText(name + " ", style: theme.muted), StyledText(value)]
    }
    return runs
  }

  private func drawClosest(on canvas: inout Canvas, rect: Rect) {
    let closest = state.distances.closestClasses(to: index, limit: 12)
    var runs = [StyledText("closest", style: theme.tableHeader)]
    if closest.isEmpty {
      let reason =
        state.classes.outlines.count > 1 ? appearance.mark(forSpectraOf: state) : "no other classes"
      runs.append(StyledText("  " + reason, style: theme.muted))
    }
    var used = 7
    for (other, distance) in closest {
      let name = DisplayText.truncated(state.classes.name(of: other), to: 16, ellipsis: glyphs.ellipsis)
      let value = " " + numbers.significant(distance)
      let width = 3 + DisplayText.width(name) + value.count
      guard used + width <= rect.width else { break }
      used += width
      runs += [StyledText("   "), StyledText(name), StyledText(value, style: theme.muted)]
    }
    write(runs, on: &canvas, rect: rect)
  }
}
