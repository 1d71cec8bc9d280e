import ExplorerModel
import Foundation
import LinearAlgebra
import OODData
import OODDetection
import TerminalRendering

extension ClassDetail {
  /// Draws the class mean, one value per dimension.
  func drawMean(on canvas: inout Canvas, rect: Rect) {
    let mean = outline.mean
    let peak = mean.indices.max { abs(mean[$0]) < abs(mean[$1]) }
    let note = peak.map { "largest \(numbers.significant(mean[$0])) at dimension \($0)" } ?? ""
    let plot = drawCaption("mean", note: note, on: &canvas, rect: rect)
    ProfileChart(mean, style: theme.inDistribution, highlightedIndex: peak)
      .draw(into: &canvas, rect: plot, appearance: appearance)
  }

  /// Draws the eigenvalues on a logarithmic axis, with the class's ridge as a horizontal line.
  func drawSpectrum(on canvas: inout Canvas, rect: Rect) {
    guard let spectrum = fitted?.spectrum else {
      _ = drawCaption("spectrum", note: appearance.mark(forSpectraOf: state), on: &canvas, rect: rect)
      return
    }
    let count = spectrum.directionCount(explaining: 0.9)
    let directions = count == 1 ? "1 direction" : "\(numbers.grouped(count)) directions"
    let note = count > 0 ? "90 % in \(directions)" : "no variance"
    let plot = drawCaption("spectrum", note: note, on: &canvas, rect: rect)
    let ridge = summary?.ridge ?? 0
    let isAbsolute = state.setting.fit.ridgeRule == .absolute
    let text = (try? Regularization(ridge)).map(shortText) ?? ""
    let known = spectrum.eigenvalues.prefix(spectrum.rank)
    let chart = LineChart(
      [
        LineChart.Series(
          xs: known.indices.map { Double($0 + 1) }, ys: Array(known), style: theme.inDistribution)
      ],
      xAxis: Axis(
        range: 1...Double(max(2, spectrum.eigenvalues.count)),
        // Directions are integers, so ticks between them have no label.
        label: { $0 == $0.rounded() ? String(Int($0)) : "" }),
      yAxis: Axis(.log, range: spectrumRange(known, ridge: ridge)),
      horizontalMarkers: ridge > 0
        ? [
          ChartMarker(
            ridge, label: isAbsolute ? "\(glyphs.lambda) \(text)" : "ridge \(text)",
            style: theme.current)
        ]
        : [])
    chart.draw(into: &canvas, rect: plot, appearance: appearance)
  }

  /// A range that includes the ridge and all nonzero eigenvalues. For a class without variance, the range includes
  /// only the ridge.
  private func spectrumRange(_ known: ArraySlice<Double>, ridge: Double) -> ClosedRange<Double>? {
    let values = (known + [ridge]).filter { $0 > 0 }
    guard let low = values.min(), let high = values.max() else { return nil }
    return low / 2...high * 2
  }

  /// Draws the covariance as a diverging heat map. Averages neighboring dimensions if there are more than
  /// cells.
  func drawCovariance(on canvas: inout Canvas, rect: Rect) {
    guard let fitted else {
      _ = drawCaption("covariance", note: appearance.mark(forSpectraOf: state), on: &canvas, rect: rect)
      return
    }
    let dimension = fitted.mean.count
    let usesHalves = appearance.capabilities.unicode && appearance.capabilities.colorDepth > .none
    let room = rect.inset(top: 1, bottom: 1)
    let size = usesHalves ? min(room.width, room.height * 2) : min(room.width / 2, room.height)
    guard size >= 2 else { return }
    let shown = min(size, dimension)
    let note =
      shown < dimension
      ? "\(dimension)\(glyphs.times)\(dimension), averaged" : "\(dimension)\(glyphs.times)\(dimension)"
    let plot = drawCaption("covariance", note: note, on: &canvas, rect: rect)
    let covariance = fitted.covariance(averagedTo: shown)
    HeatMap(rowCount: shown, columnCount: shown, ramp: .diverging) { covariance[$0, $1] }
      .draw(into: &canvas, rect: plot, appearance: appearance)
  }

  /// Draws the name of a plot and a note at the right.
  ///
  /// - Returns: The rectangle that remains for the plot.
  func drawCaption(_ name: String, note: String, on canvas: inout Canvas, rect: Rect) -> Rect {
    guard !rect.isEmpty else { return rect }
    let used = canvas.write(name, at: rect.origin, style: theme.tableHeader, maxWidth: rect.width)
    if used + 2 + DisplayText.width(note) <= rect.width {
      canvas.write(note, at: rect.origin, style: theme.muted, maxWidth: rect.width, alignment: .trailing)
    }
    return rect.inset(top: 1)
  }
}
