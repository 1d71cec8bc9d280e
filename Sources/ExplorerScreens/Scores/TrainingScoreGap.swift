import ExplorerModel
import OODDetection
import TerminalRendering

/// Training samples that score far below held-out in-distribution samples, so that a threshold from training
/// scores rejects many held-out samples.
struct TrainingScoreGap: Equatable {
  var trainMedian: Double
  var heldOutMedian: Double
  /// The share of held-out in-distribution samples above the 95th percentile of the training scores. The
  /// expected share is 5 %.
  var rejectedShare: Double

  /// The rejected share from which the screen shows a warning.
  private static let tolerance = 0.2

  /// Returns `nil` if there is no such gap, or if there are too few samples to judge.
  init?(_ state: ExplorerState) {
    guard state.scoresAreCurrent, let distribution = state.scores.overallDistribution else { return nil }
    self.init(distribution)
  }

  init?(_ distribution: ScoreDistribution) {
    guard let train = distribution.sorted[.train], let heldOut = distribution.sorted[.inDistribution],
      train.count >= 20, heldOut.count >= 20, let limit = distribution.quantile(0.95, of: .train)
    else { return nil }
    let share = Double(heldOut.reversed().prefix { $0 > limit }.count) / Double(heldOut.count)
    guard share >= Self.tolerance else { return nil }
    trainMedian = train[train.count / 2]
    heldOutMedian = heldOut[heldOut.count / 2]
    rejectedShare = share
  }

  /// The warning in one or two lines; `isShort` is for narrow screens.
  func caution(in state: ExplorerState, isShort: Bool, appearance: Appearance) -> [StyledText] {
    let numbers = appearance.numbers
    let warning = StyledText("\(appearance.glyphs.warning) ", style: appearance.theme.warning)
    if isShort {
      return [
        warning, StyledText("Training scores mislead: ", style: appearance.theme.emphasis),
        StyledText("median \(numbers.score(trainMedian)), held-out ID \(numbers.score(heldOutMedian))."),
      ]
    }
    let interpolates = state.classes.summaries.contains {
      $0.rank < state.classes.detector?.dimension ?? 0 && $0.count > 1
    }
    return [
      warning,
      StyledText("Thresholds from training scores mislead: ", style: appearance.theme.emphasis),
      StyledText(
        "median \(numbers.score(trainMedian)) on train, \(numbers.score(heldOutMedian)) on held-out ID; "
          + "train's 95th percentile would reject \(numbers.percent(rejectedShare, places: 0)) of held-out ID"
          + (interpolates ? " (rank-deficient classes overfit)." : ".")),
    ]
  }
}
