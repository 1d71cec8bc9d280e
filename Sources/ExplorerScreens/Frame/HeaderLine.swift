import ExplorerModel
import Foundation
import OODData
import OODDetection
import TerminalRendering

/// The top line: files, counts, setting and metrics. As the terminal narrows, file names are dropped first,
/// then counts, then the program name; setting and metrics stay.
struct HeaderLine {
  var state: ExplorerState
  var appearance: Appearance

  func draw(on canvas: inout Canvas, rect: Rect) {
    let theme = appearance.theme
    let title = StyledText("gmmscope", style: theme.title)
    let right = metrics
    let counts = self.counts
    let rightWidth = width(right)
    var room = rect.width - rightWidth - (right.isEmpty ? 0 : 2)

    var setting = [regularization, [StyledText("score ", style: theme.muted), StyledText(scoreName)]]
    if width(joined(setting)) > room { setting[1] = [StyledText(scoreName)] }
    var parts = setting
    room -= width(joined(setting))
    if DisplayText.width(title.text) + 2 <= room {
      room -= DisplayText.width(title.text) + 2
      let countsWidth = width(counts) + 2
      let fitsCounts = !counts.isEmpty && countsWidth <= room
      if fitsCounts { parts.insert(counts, at: 0) }
      let files = DisplayText.truncated(
        fileNames, to: room - (fitsCounts ? countsWidth : 0) - 2, ellipsis: appearance.glyphs.ellipsis)
      if DisplayText.width(files) >= min(8, DisplayText.width(fileNames)), !files.isEmpty {
        parts.insert([StyledText(files)], at: 0)
      }
      parts.insert([title], at: 0)
    }
    canvas.write(joined(parts), at: rect.origin, maxWidth: rect.width - rightWidth)
    canvas.write(right, at: Point(x: rect.maxX - rightWidth, y: rect.y))
  }

  private var fileNames: String {
    let request = state.data.request
    let paths = [request.model].compactMap(\.self) + request.train
    let names = [paths, request.test].filter { !$0.isEmpty }.map { paths in
      let name = paths[0].split(separator: "/").suffix(2).joined(separator: "/")
      return paths.count > 1 ? "\(name) and \(paths.count - 1) more" : name
    }
    return names.joined(separator: " + ")
  }

  private var counts: [StyledText] {
    guard let dimension = state.classes.dimension ?? state.data.dataSet?.dimension else { return [] }
    let number = appearance.numbers
    let sampleCount =
      (state.data.dataSet?.train?.count ?? state.classes.detector?.sampleCount ?? 0)
      + (state.data.dataSet?.test?.count ?? 0)
    var items = [("N", number.grouped(sampleCount)), ("D", number.grouped(dimension))]
    if !state.classes.outlines.isEmpty { items.append(("K", number.grouped(state.classes.outlines.count))) }
    return joined(
      items.map { [StyledText($0.0 + " ", style: appearance.theme.muted), StyledText($0.1)] })
  }

  private var regularization: [StyledText] {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let undoCount = state.setting.history.undoStack.count
    let undo = undoCount > 0 ? [StyledText(" \(glyphs.undo)\(undoCount)", style: theme.muted)] : []
    // A large condition number makes numbers on every screen inexact, as rounding does, so every screen shows it.
    let doubt =
      state.classes.untrusted(at: state.setting.current).map { ("cond.", $0.conditionNumber) }
      ?? state.classes.rounded.map { ("rounding", $0.error) }
    let warning = doubt.map { name, size in
      StyledText(" \(glyphs.warning) \(name) \(String(format: "%.0e", size))", style: theme.bad)
    }
    return knobs + undo + pending + [warning].compactMap(\.self)
  }

  /// λ, or t with its ridge rule, then pooling and normalization where they are not 0.
  private var knobs: [StyledText] {
    let theme = appearance.theme
    let (setting, style) = (state.setting.current, theme.current)
    let t = shortText(setting.regularization)
    var parts: [StyledText]
    switch setting.fit.ridgeRule {
    case .absolute:
      parts = [StyledText(appearance.glyphs.lambda + " ", style: theme.muted), StyledText(t, style: style)]
    case .relative:
      parts = [StyledText("ridge ", style: theme.muted), StyledText("\(t)x", style: style)]
    case .leaveOneOut, .oas, .ledoitWolf:
      parts = [
        StyledText("ridge ", style: theme.muted), StyledText(setting.fit.ridgeRule.rawValue, style: style),
      ]
      if setting.regularization.value != 1 {
        parts.append(StyledText(appearance.glyphs.isUnicode ? "×\(t)" : "*\(t)", style: style))
      }
    }
    for (name, value) in [("α", setting.fit.pooling.value), ("β", setting.fit.normalization.value)]
    where value > 0 {
      parts += [
        StyledText(appearance.glyphs.spelled(" \(name) "), style: theme.muted),
        StyledText(appearance.numbers.share(value), style: style),
      ]
    }
    return parts
  }

  /// The setting that is being computed.
  private var pending: [StyledText] {
    guard let pending = state.setting.pending else { return [] }
    var changes: [String] = []
    if pending.fit.pooling != state.setting.fit.pooling {
      changes.append("α \(appearance.numbers.share(pending.fit.pooling.value))")
    }
    if pending.fit.normalization != state.setting.fit.normalization {
      changes.append("β \(appearance.numbers.share(pending.fit.normalization.value))")
    }
    if pending.fit.ridgeRule != state.setting.fit.ridgeRule { changes.append(pending.fit.ridgeRule.rawValue) }
    let text =
      " \(appearance.glyphs.toTheRight) \(changes.joined(separator: " ")) \(appearance.glyphs.ellipsis)"
    return [StyledText(appearance.glyphs.spelled(text), style: appearance.theme.warning)]
  }

  private var scoreName: String { state.setting.score.rawValue }

  /// The metrics of the current λ and score, marked if its scores are interpolated. If they are missing, the
  /// reason, or an ellipsis while they are being computed.
  private var metrics: [StyledText] {
    guard state.data.dataSet != nil, !state.classes.outlines.isEmpty else { return [] }
    let (theme, numbers) = (appearance.theme, appearance.numbers)
    guard state.scoresAreCurrent, let evaluation = state.scores.evaluation else {
      let isComing = [.fit, .score, .spectra, .sweep].contains { state.tasks[$0] != nil }
      return named("AUROC", isComing ? appearance.glyphs.ellipsis : "-", style: theme.muted)
    }
    switch evaluation.metrics {
    case .success(let metrics):
      let sign = appearance.sign(ofScoresIn: state)
      return named("AUROC", sign + numbers.part(metrics.auroc), style: theme.emphasis)
        + [StyledText("  ")]
        + named("FPR95", sign + numbers.percent(metrics.fpr95TPR), style: theme.emphasis)
    case .failure(let reason):
      return named("AUROC", shortReason(reason), style: theme.muted)
    }
  }

  private func shortReason(_ reason: MissingMetrics) -> String {
    switch reason {
    case .noLabels: "needs labels"
    case .unavailable(.noInDistribution): "needs ID samples"
    case .unavailable(.noOutOfDistribution): "needs OOD samples"
    case .unavailable(.noSamples): "needs samples"
    }
  }

  private func named(_ name: String, _ value: String, style: Style) -> [StyledText] {
    [StyledText(name + " ", style: appearance.theme.muted), StyledText(value, style: style)]
  }

  private func joined(_ parts: [[StyledText]]) -> [StyledText] {
    Array(parts.joined(separator: [StyledText("  ")]))
  }

  private func width(_ runs: [StyledText]) -> Int { runs.reduce(0) { $0 + DisplayText.width($1.text) } }
}
