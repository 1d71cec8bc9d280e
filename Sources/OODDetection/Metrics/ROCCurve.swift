/// The true and false positives at every threshold that matters, strictest first. Equal scores share one point.
public struct ROCCurve: Sendable, Equatable {
  /// Descending: infinity, then every distinct score, (T,). A sample counts as OOD where its score is at least
  /// this.
  public let thresholds: [Double]
  /// How many OOD samples stand at or above each threshold, (T,).
  public let truePositives: [Int]
  /// How many ID samples stand at or above each threshold, (T,).
  public let falsePositives: [Int]

  /// The curve of N scores; no score may be NaN. O(N).
  public init(scores: [Double], isOutOfDistribution: [Bool]) {
    self.init(ThresholdDescent(scores: scores, isOutOfDistribution: isOutOfDistribution))
  }

  /// The curve of scores that are in ascending order already, OOD and ID apart; none may be NaN. O(N).
  public init(outOfDistribution positives: [Double], inDistribution negatives: [Double]) {
    self.init(ThresholdDescent(outOfDistribution: positives, inDistribution: negatives))
  }

  private init(_ descent: ThresholdDescent) {
    let count = descent.positiveCount + descent.negativeCount + 1
    var (thresholds, truePositives, falsePositives): ([Double], [Int], [Int]) = ([], [], [])
    thresholds.reserveCapacity(count)
    truePositives.reserveCapacity(count)
    falsePositives.reserveCapacity(count)
    for point in descent {
      thresholds.append(point.threshold)
      truePositives.append(point.truePositives)
      falsePositives.append(point.falsePositives)
    }
    self.thresholds = thresholds
    self.truePositives = truePositives
    self.falsePositives = falsePositives
  }

  /// How many OOD samples there are.
  public var positiveCount: Int { truePositives[truePositives.count - 1] }
  /// How many ID samples there are.
  public var negativeCount: Int { falsePositives[falsePositives.count - 1] }

  /// The share of OOD samples at or above each threshold, (T,), from 0 to 1; all 0 where there are none. O(T).
  public var truePositiveRates: [Double] { Self.shares(truePositives, of: positiveCount) }
  /// The share of ID samples at or above each threshold, (T,), from 0 to 1; all 0 where there are none. O(T).
  public var falsePositiveRates: [Double] { Self.shares(falsePositives, of: negativeCount) }

  /// The first of ``thresholds``, the strictest, that finds at least such a share of the OOD samples; nil where there
  /// are none.
  public func firstIndex(ofTruePositiveRate rate: Double) -> Int? {
    guard positiveCount > 0 else { return nil }
    return truePositives.firstIndex { Double($0) / Double(positiveCount) >= rate }
  }

  private static func shares(_ counts: [Int], of whole: Int) -> [Double] {
    counts.map { whole == 0 ? 0 : Double($0) / Double(whole) }
  }
}
