/// The true and false positives at every distinct threshold, the strictest first. Equal scores share one point.
public struct ROCCurve: Sendable, Equatable {
  /// Infinity and every distinct score, descending, (T,). A sample counts as OOD if its score is at least the
  /// threshold.
  public let thresholds: [Double]
  /// The number of OOD samples at or above each threshold, (T,).
  public let truePositives: [Int]
  /// The number of ID samples at or above each threshold, (T,).
  public let falsePositives: [Int]

  /// The curve of N scores. A NaN counts as the highest score. O(N).
  public init(scores: [Double], isOutOfDistribution: [Bool]) {
    self.init(ThresholdDescent(scores: scores, isOutOfDistribution: isOutOfDistribution))
  }

  /// The curve of OOD and ID scores that are already in ascending order, with NaN last, which counts as the highest
  /// score. O(N).
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

  /// The number of OOD samples.
  public var positiveCount: Int { truePositives[truePositives.count - 1] }
  /// The number of ID samples.
  public var negativeCount: Int { falsePositives[falsePositives.count - 1] }

  /// The share of OOD samples at or above each threshold, (T,), from 0 to 1; 0 if there are none. O(T).
  public var truePositiveRates: [Double] { Self.shares(truePositives, of: positiveCount) }
  /// The share of ID samples at or above each threshold, (T,), from 0 to 1; 0 if there are none. O(T).
  public var falsePositiveRates: [Double] { Self.shares(falsePositives, of: negativeCount) }

  /// The index of the strictest threshold whose true-positive rate is at least `rate`; nil if there are no OOD
  /// samples.
  public func firstIndex(ofTruePositiveRate rate: Double) -> Int? {
    guard positiveCount > 0 else { return nil }
    return truePositives.firstIndex { Double($0) / Double(positiveCount) >= rate }
  }

  private static func shares(_ counts: [Int], of whole: Int) -> [Double] {
    counts.map { whole == 0 ? 0 : Double($0) / Double(whole) }
  }
}

/// A sequence of all distinct thresholds, descending from infinity, with the number of OOD and ID samples at or above
/// each. A NaN counts as the highest score. O(N) altogether.
struct ThresholdDescent: Sequence, IteratorProtocol {
  struct Point {
    let threshold: Double
    let truePositives: Int
    let falsePositives: Int
  }

  private let positives: [Double]
  private let negatives: [Double]
  private var positivesLeft: Int
  private var negativesLeft: Int
  private var hasBegun = false

  /// The thresholds of scores that are already in ascending order, with NaN last.
  init(outOfDistribution positives: [Double], inDistribution negatives: [Double]) {
    self.positives = positives.withNaNHighest
    self.negatives = negatives.withNaNHighest
    (positivesLeft, negativesLeft) = (positives.count, negatives.count)
  }

  /// The thresholds of scores in any order.
  init(scores: [Double], isOutOfDistribution: [Bool]) {
    precondition(scores.count == isOutOfDistribution.count, "one flag per score is needed")
    var (positives, negatives): ([Double], [Double]) = ([], [])
    for (score, isOut) in zip(scores, isOutOfDistribution) {
      let comparable = score.isNaN ? .infinity : score
      if isOut { positives.append(comparable) } else { negatives.append(comparable) }
    }
    self.init(outOfDistribution: positives.sortedByRadix(), inDistribution: negatives.sortedByRadix())
  }

  /// The number of OOD samples.
  var positiveCount: Int { positives.count }
  /// The number of ID samples.
  var negativeCount: Int { negatives.count }

  mutating func next() -> Point? {
    guard hasBegun else {
      hasBegun = true
      return point(.infinity)
    }
    guard positivesLeft > 0 || negativesLeft > 0 else { return nil }
    let positive = positivesLeft > 0 ? positives[positivesLeft - 1] : -.infinity
    let negative = negativesLeft > 0 ? negatives[negativesLeft - 1] : -.infinity
    let threshold = Swift.max(positive, negative)
    // The next kind is unpredictable, so a branch would cost more than two subtractions.
    positivesLeft &-= positive == threshold && positivesLeft > 0 ? 1 : 0
    negativesLeft &-= negative == threshold && negativesLeft > 0 ? 1 : 0
    while positivesLeft > 0, positives[positivesLeft - 1] == threshold { positivesLeft -= 1 }
    while negativesLeft > 0, negatives[negativesLeft - 1] == threshold { negativesLeft -= 1 }
    return point(threshold)
  }

  private func point(_ threshold: Double) -> Point {
    Point(
      threshold: threshold, truePositives: positives.count - positivesLeft,
      falsePositives: negatives.count - negativesLeft)
  }
}

/// The counts at one threshold. A sample counts as OOD (positive) if its score is at least the threshold.
public struct ThresholdCounts: Sendable, Equatable {
  public let threshold: Double
  /// OOD samples at or above the threshold.
  public let truePositives: Int
  /// ID samples at or above it.
  public let falsePositives: Int
  /// ID samples below it.
  public let trueNegatives: Int
  /// OOD samples below it.
  public let falseNegatives: Int

  /// Counts N scores. A NaN counts as the highest score. O(N).
  public init(scores: [Double], isOutOfDistribution: [Bool], threshold: Double) {
    precondition(scores.count == isOutOfDistribution.count, "one flag per score is needed")
    var (hits, alarms, rejections, misses) = (0, 0, 0, 0)
    for (score, isOut) in zip(scores, isOutOfDistribution) {
      switch (score >= threshold || score.isNaN, isOut) {
      case (true, true): hits += 1
      case (true, false): alarms += 1
      case (false, false): rejections += 1
      case (false, true): misses += 1
      }
    }
    self.threshold = threshold
    truePositives = hits
    falsePositives = alarms
    trueNegatives = rejections
    falseNegatives = misses
  }

  /// The true-positive rate: the share of OOD samples at or above the threshold; nil if there are no OOD samples.
  public var tpr: Double? { Self.share(truePositives, of: truePositives + falseNegatives) }

  /// The false-positive rate: the share of ID samples at or above the threshold; nil if there are no ID samples.
  public var fpr: Double? { Self.share(falsePositives, of: falsePositives + trueNegatives) }

  /// The share of OOD samples among those at or above the threshold; nil if there are none.
  public var precision: Double? { Self.share(truePositives, of: truePositives + falsePositives) }

  private static func share(_ part: Int, of whole: Int) -> Double? {
    whole > 0 ? Double(part) / Double(whole) : nil
  }
}

extension [Double] {
  /// The scores, which are in ascending order with NaN last, with infinity in place of NaN. O(1) without NaN.
  var withNaNHighest: [Double] { last?.isNaN == true ? map { $0.isNaN ? .infinity : $0 } : self }
}
