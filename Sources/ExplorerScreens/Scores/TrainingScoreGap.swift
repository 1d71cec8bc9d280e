import ExplorerModel
import OODDetection
import TerminalRendering

/// Training samples that score far below held-out in-distribution samples: a threshold taken from the former
/// rejects the latter.
struct TrainingScoreGap: Equatable {
  var trainMedian: Double
  var heldOutMedian: Double
  /// The share of held-out in-distribution samples above the 95th percentile of the training scores, where one
  /// expects 5 %.
  var rejectedShare: Double

  /// From this share on it is worth a line.
  private static let tolerance = 0.2

  /// Nil where there is no such gap, or too few samples to tell. O(N).
  init?(_ state: ExplorerState) {
    guard state.scoresAreCurrent, let data = state.data, let scores = state.scores else { return nil }
    func inDistribution(_ split: Split) -> [Double] {
      guard let labels = data[split]?.labels, let values = scores[split]?.values(state.scoreKind) else {
        return []
      }
      return zip(values, labels).compactMap { $1 >= 0 ? $0 : nil }
    }
    self.init(train: inDistribution(.train), heldOut: inDistribution(.test))
  }

  init?(train: [Double], heldOut: [Double]) {
    guard train.count >= 20, heldOut.count >= 20 else { return nil }
    let limit = train.element(ofRank: Int(Double(train.count - 1) * 0.95))
    let share = Double(heldOut.count { $0 > limit }) / Double(heldOut.count)
    guard share >= Self.tolerance else { return nil }
    trainMedian = train.element(ofRank: train.count / 2)
    heldOutMedian = heldOut.element(ofRank: heldOut.count / 2)
    rejectedShare = share
  }

  /// What it means, as a line or two; short for narrow screens.
  func caution(in state: ExplorerState, isShort: Bool, appearance: Appearance) -> [StyledText] {
    let numbers = appearance.numbers
    let warning = StyledText("\(appearance.glyphs.warning) ", style: appearance.theme.warning)
    if isShort {
      return [
        warning, StyledText("Training scores mislead: ", style: appearance.theme.emphasis),
        StyledText("median \(numbers.score(trainMedian)), held-out ID \(numbers.score(heldOutMedian))."),
      ]
    }
    let interpolates = state.summaries.contains { $0.rank < state.detector?.dimension ?? 0 && $0.count > 1 }
    return [
      warning,
      StyledText("Thresholds from training scores mislead: ", style: appearance.theme.emphasis),
      StyledText(
        "median \(numbers.score(trainMedian)) on train, \(numbers.score(heldOutMedian)) on held-out ID; "
          + "train's 95th percentile would reject \(numbers.percent(rejectedShare, places: 0)) of the latter"
          + (interpolates ? " (rank-deficient classes fit their own samples)." : ".")),
    ]
  }
}

extension [Double] {
  /// What would stand at an index if the values were sorted; they must not be empty or NaN. O(n) on average,
  /// by halving around a middle value (Hoare 1961); falls back on sorting where that goes badly.
  func element(ofRank rank: Int) -> Double {
    var values = self
    var low = 0
    var high = count - 1
    let rank = Swift.min(Swift.max(0, rank), high)
    for _ in 0..<64 {
      guard low < high else { return values[rank] }
      let ends = (values[low], values[low + (high - low) / 2], values[high])
      let pivot = Swift.max(Swift.min(ends.0, ends.1), Swift.min(Swift.max(ends.0, ends.1), ends.2))
      var (left, right) = (low, high)
      while left <= right {
        while values[left] < pivot { left += 1 }
        while values[right] > pivot { right -= 1 }
        if left <= right {
          values.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if rank <= right {
        high = right
      } else if rank >= left {
        low = left
      } else {
        return values[rank]
      }
    }
    return sorted()[rank]
  }
}
