import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// Why a class is healthy or not at the current setting, in words: its problems, what cures them, and what no λ changes.
struct ClassReasons: StyledPart {
  let state: ExplorerState
  let index: Int
  let outline: ClassOutline
  let summary: ClassSummary?
  let appearance: Appearance

  private var symbol: String { state.setting.fit.ridgeRule.symbol }

  /// A paragraph each: the worst problem, the cure, the other problems, then the facts behind them.
  var paragraphs: [[StyledText]] {
    guard let summary else { return beforeSpectrum }
    return earlier + paragraphs(of: summary)
  }

  /// Says that the numbers belong to an earlier λ, if they do.
  private var earlier: [[StyledText]] {
    appearance.earlierNumbers(in: state).map { [[StyledText($0, style: theme.warning)]] } ?? []
  }

  private func paragraphs(of summary: ClassSummary) -> [[StyledText]] {
    let problems = ClassHealth.problems(summary)
    guard let worst = problems.first else {
      let sound = [
        StyledText(glyphs.check + " ", style: theme.good),
        StyledText(glyphs.spelled("ok at this \(symbol)"), style: theme.good),
        StyledText(": condition \(numbers.scientific(summary.conditionNumber))"),
        StyledText(glyphs.spelled(", \(farther(summary))")),
      ]
      return [sound] + facts(summary)
    }
    return [described(worst, summary), cure].filter { !$0.isEmpty }
      + problems.dropFirst().map { described($0, summary) } + facts(summary)
  }

  private var beforeSpectrum: [[StyledText]] {
    let pending =
      state.classes.spectraObstacle == nil
      ? "rank and condition number appear with the spectrum"
      : "rank and condition number need the spectrum"
    let size =
      outline.count == 1
      ? "1 sample: the ridge alone shapes this class"
      : "\(numbers.grouped(outline.count)) samples for \(numbers.grouped(outline.mean.count)) dimensions"
    return [size, pending].map { [StyledText(glyphs.spelled($0), style: theme.muted)] }
  }

  /// The cure of the problems; empty if there is nothing to cure.
  private var cure: [StyledText] {
    let key = StyledText("H", style: theme.key)
    switch state.classes.cure(of: index, at: state.numberedSetting.regularization) {
    case .regularization(let remedy, let left):
      let value = StyledText(
        glyphs.spelled("\(symbol) \(shortText(remedy))"), style: theme.emphasis)
      let rest = left.isEmpty ? " cures it" : " helps; \(left.map(\.rawValue).joined(separator: ", ")) stays"
      return [key, StyledText(" takes "), value, StyledText(", which" + rest)]
    case .impossible:
      return [
        StyledText(glyphs.spelled("no \(symbol) cures it"), style: theme.emphasis),
        StyledText(": more samples do, and pooling ("), StyledText("a", style: theme.key),
        StyledText(") may"),
      ]
    case .notNeeded, nil: return []
    }
  }

  private func described(_ problem: ClassHealth, _ summary: ClassSummary) -> [StyledText] {
    let style = theme.style(of: problem)
    let sign = problem <= .singleSample ? glyphs.failure : glyphs.warning
    return [
      StyledText(sign + " ", style: style), StyledText(problem.rawValue, style: style),
      StyledText(glyphs.spelled(": " + reason(problem, summary))),
    ]
  }

  private func reason(_ problem: ClassHealth, _ summary: ClassSummary) -> String {
    let condition = numbers.scientific(summary.conditionNumber)
    let bare = summary.dimension - summary.rank
    switch problem {
    case .untrustworthy: return "condition \(condition) is above 1e10, so scores are not accurate to 1e-6"
    case .illConditioned: return "condition \(condition) is above 1e7"
    case .singleSample:
      return summary.rank == 0
        ? "the ridge alone shapes this class" : "its mean is that sample, its shape is pooled"
    case .fewSamples: return farther(summary)
    case .rankDeficient:
      return summary.rank == 0
        ? "all samples are equal, so the ridge alone shapes this class"
        : "samples are repeated or dependent, and the ridge decides in \(directions(bare))"
    case .deadDimensions:
      return
        "the ridge is small beside the variances (condition \(condition)), so any change there is far out"
    case .ok: return ""
    }
  }

  /// How much farther new samples are than training samples.
  private func farther(_ summary: ClassSummary) -> String {
    let inflation = summary.distanceInflation
    guard inflation.isFinite, inflation < 1e4 else {
      return "new samples are far outside, whatever they are"
    }
    return
      "d² of new samples is about \(numbers.significant(inflation, digits: 2)) × that of training samples"
  }

  private func directions(_ count: Int) -> String {
    count == 1 ? "1 direction" : "\(numbers.grouped(count)) directions"
  }

  /// What the data are like, whatever the setting.
  private func facts(_ summary: ClassSummary) -> [[StyledText]] {
    var facts: [String] = []
    if summary.rank < summary.dimension, summary.rank > 0 {
      facts.append(
        "rank \(numbers.grouped(summary.rank)): \(directions(summary.dimension - summary.rank)) have no variance"
      )
    }
    let dead = summary.constantDimensionCount
    if dead > 0, summary.count > 1, summary.rank > 0 {
      let which = dead == 1 ? "1 dimension never varies" : "\(numbers.grouped(dead)) dimensions never vary"
      facts.append("\(which) here, so no \(symbol) knows what is usual there")
    }
    return facts.map { [StyledText(glyphs.bullet + " " + glyphs.spelled($0), style: theme.muted)] }
  }
}
