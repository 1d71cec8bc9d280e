import Foundation
import LinearAlgebra

/// An interval that contains a quantity with a probability of 95 %.
public struct ConfidenceInterval: Sendable, Equatable {
  public let low: Double
  public let high: Double

  public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

/// The metrics of all ID samples against the OOD samples of one set.
public struct OODSetMetrics: Sendable, Equatable {
  public let metrics: OODMetrics
  /// DeLong's interval of the AUROC; nil with fewer than two samples of either kind.
  public let aurocInterval: ConfidenceInterval?
  /// Nil unless they were asked for.
  public var bootstrap: BootstrapIntervals?

  /// Judges scores set by set. O(N log N + S·N_ID) for S sets.
  ///
  /// - Parameters:
  ///   - scores: (N,). A NaN counts as the highest score.
  ///   - sets: The index of each sample's set, (N,); −1 for an ID sample.
  ///   - setCount: S.
  /// - Returns: The metrics of each set, (S,), and of all OOD samples together, or the reason why there are none.
  public static func evaluate(
    scores: [Double], sets: [Int32], setCount: Int
  ) -> Result<(sets: [OODSetMetrics], pooled: OODSetMetrics), MetricsUnavailable> {
    let sorted = ScoresBySet(scores: scores, sets: sets, setCount: setCount)
    return evaluate(sorted.pooled, sorted.inDistribution).flatMap { pooled in
      var found: [OODSetMetrics] = []
      for set in sorted.sets {
        switch evaluate(set, sorted.inDistribution) {
        case .success(let metrics): found.append(metrics)
        case .failure(let reason): return .failure(reason)
        }
      }
      return .success((found, pooled))
    }
  }

  private static func evaluate(
    _ positives: [Double], _ negatives: [Double]
  ) -> Result<OODSetMetrics, MetricsUnavailable> {
    OODMetrics.evaluate(outOfDistribution: positives, inDistribution: negatives).map {
      OODSetMetrics(
        metrics: $0,
        aurocInterval: ConfidenceInterval(ofAUROC: positives, inDistribution: negatives))
    }
  }
}

/// The figures by which OOD sets are compared at a glance. They equal those of ``OODMetrics``.
public struct Separation: Sendable, Equatable {
  public let auroc: Double
  public let fpr95TPR: Double

  /// Finds the place of each OOD score among the ID scores, which takes less time than a curve where a set is small.
  /// O(N_OOD log N_ID).
  ///
  /// - Parameters: Scores in ascending order, with NaN last, which counts as the highest score. Nil unless there are
  ///   samples of both kinds.
  public init?(outOfDistribution positives: [Double], inDistribution negatives: [Double]) {
    guard !positives.isEmpty, !negatives.isEmpty else { return nil }
    let (positives, negatives) = (positives.withNaNHighest, negatives.withNaNHighest)
    func count(below bound: Double, orEqual: Bool) -> Int {
      var (low, high) = (0, negatives.count)
      while low < high {
        let middle = (low + high) / 2
        if negatives[middle] < bound || orEqual && negatives[middle] == bound {
          low = middle + 1
        } else {
          high = middle
        }
      }
      return low
    }
    let doubled = positives.reduce(0) {
      $0 + count(below: $1, orEqual: false) + count(below: $1, orEqual: true)
    }
    auroc = Double(doubled) / (2 * Double(positives.count) * Double(negatives.count))
    var reached = Int(0.95 * Double(positives.count))
    while Double(reached) / Double(positives.count) < 0.95 { reached += 1 }
    let below = count(below: positives[positives.count - reached], orEqual: false)
    fpr95TPR = Double(negatives.count - below) / Double(negatives.count)
  }
}

extension OODMetrics {
  /// The metrics of all OOD samples together and the AUROC of each set, (S,), sorted once; nil unless there are ID
  /// samples and every set has samples.
  ///
  /// - Parameter sets: The index of each sample's set, (N,); −1 for an ID sample.
  package static func evaluate(
    scores: [Double], sets: [Int32], setCount: Int
  ) -> (pooled: OODMetrics, setAUROC: [Double])? {
    let sorted = ScoresBySet(scores: scores, sets: sets, setCount: setCount)
    let pooled = evaluate(outOfDistribution: sorted.pooled, inDistribution: sorted.inDistribution)
    let separations = sorted.sets.compactMap {
      Separation(outOfDistribution: $0, inDistribution: sorted.inDistribution)
    }
    guard case .success(let metrics) = pooled, separations.count == setCount else { return nil }
    return (metrics, separations.map(\.auroc))
  }
}

/// Scores in ascending order, by OOD set.
struct ScoresBySet {
  var inDistribution: [Double] = []
  /// All OOD samples.
  let pooled: [Double]
  let sets: [[Double]]

  init(scores: [Double], sets indices: [Int32], setCount: Int) {
    precondition(scores.count == indices.count, "one set index per score is needed")
    var sets = [[Double]](repeating: [], count: setCount)
    for (score, index) in zip(scores, indices) {
      let comparable = score.isNaN ? .infinity : score
      if index < 0 { inDistribution.append(comparable) } else { sets[Int(index)].append(comparable) }
    }
    inDistribution = inDistribution.sortedByRadix()
    pooled = sets.flatMap(\.self).sortedByRadix()
    self.sets = sets.map { $0.sortedByRadix() }
  }
}

// MARK: DeLong

extension ConfidenceInterval {
  /// The quantile of the standard normal distribution at 97.5 %.
  private static let normalQuantile = 1.959963984540054

  /// DeLong's interval of the AUROC (DeLong et al. 1988, Biometrics 44, 837–845; by ranks as in Sun and Xu 2014, IEEE
  /// Signal Processing Letters 21, 1389–1393), symmetric on the logit scale, so that it stays within 0 and 1. It is the
  /// AUROC alone where that is 0 or 1. Nil with fewer than two samples of either kind. O(N).
  ///
  /// - Parameters:
  ///   - positives: The scores of OOD samples in ascending order.
  ///   - negatives: The scores of ID samples in ascending order.
  init?(ofAUROC positives: [Double], inDistribution negatives: [Double]) {
    guard positives.count >= 2, negatives.count >= 2 else { return nil }
    let (m, n) = (Double(positives.count), Double(negatives.count))
    // For each OOD sample the share of ID samples below it, for each ID sample the share of OOD samples above it; ties
    // count half.
    var (below, above) = (WeightedVariance(), WeightedVariance())
    var last = (truePositives: 0, falsePositives: 0)
    for point in ThresholdDescent(outOfDistribution: positives, inDistribution: negatives) {
      let tied = (point.truePositives - last.truePositives, point.falsePositives - last.falsePositives)
      if tied.0 > 0 {
        below.add(1 - (Double(last.falsePositives) + 0.5 * Double(tied.1)) / n, count: tied.0)
      }
      if tied.1 > 0 {
        above.add((Double(last.truePositives) + 0.5 * Double(tied.0)) / m, count: tied.1)
      }
      last = (point.truePositives, point.falsePositives)
    }
    let auroc = below.mean
    let variance = below.variance / m + above.variance / n
    guard variance > 0, auroc > 0, auroc < 1 else {
      self.init(low: auroc, high: auroc)
      return
    }
    let logit = log(auroc / (1 - auroc))
    let half = Self.normalQuantile * variance.squareRoot() / (auroc * (1 - auroc))
    self.init(low: 1 / (1 + exp(half - logit)), high: 1 / (1 + exp(-half - logit)))
  }
}

/// The mean and unbiased variance of values with counts, without cancellation (Welford 1962, Technometrics 4, 419–420).
private struct WeightedVariance {
  private var count = 0.0
  private(set) var mean = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double, count added: Int) {
    count += Double(added)
    let difference = value - mean
    mean += difference * Double(added) / count
    squares += Double(added) * difference * (value - mean)
  }

  var variance: Double { squares / (count - 1) }
}

// MARK: Bootstrap

/// Intervals from samples drawn with replacement, as many of ID and of OOD samples as there are: the quantiles 2.5 and
/// 97.5 % of each metric.
public struct BootstrapIntervals: Sendable, Equatable {
  public let auprIn: ConfidenceInterval
  public let auprOut: ConfidenceInterval
  public let fpr95TPR: ConfidenceInterval
  public let fpr95ID: ConfidenceInterval

  /// The number of draws unless another is asked for.
  public static let drawCount = 1_000

  /// The intervals of each set, (S,), and of all OOD samples together; nil where a kind of sample is missing. The same
  /// seed gives the same intervals with any number of threads. O(B·S·(N_ID + N_OOD)) for B draws.
  ///
  /// - Throws: `CancellationError`.
  @concurrent
  public static func evaluate(
    scores: [Double], sets: [Int32], setCount: Int, drawCount: Int = drawCount, seed: UInt64 = 0,
    threadCount: Int = SpectralDetector.defaultThreadCount,
    progress: @escaping ProgressHandler = { _ in }
  ) async throws -> (sets: [BootstrapIntervals?], pooled: BootstrapIntervals?) {
    let sorted = ScoresBySet(scores: scores, sets: sets, setCount: setCount)
    let judged = sorted.sets + (setCount == 1 ? [] : [sorted.pooled])
    var found: [BootstrapIntervals?] = []
    for (index, positives) in judged.enumerated() {
      let start = Double(index)
      found.append(
        try await intervals(
          positives, sorted.inDistribution, drawCount: drawCount, seed: seed &+ UInt64(index) << 32,
          threadCount: threadCount
        ) { progress(WorkProgress(completed: start + $0.fraction, planned: Double(judged.count))) })
    }
    return (Array(found.prefix(setCount)), setCount == 1 ? found[0] : found.last ?? nil)
  }

  private static func intervals(
    _ positives: [Double], _ negatives: [Double], drawCount: Int, seed: UInt64, threadCount: Int,
    progress: @escaping ProgressHandler
  ) async throws -> BootstrapIntervals? {
    guard !positives.isEmpty, !negatives.isEmpty, drawCount > 0 else { return nil }
    let groups = TieGroups(positives, negatives)
    // Draws of neighboring seeds must not be the same draws.
    var seeds = SplitMix64(seed: seed)
    let first = seeds.next()
    var draws: [OODMetrics] = []
    try await forEachInOrder(drawCount, threadCount: threadCount) { draw in
      groups.resampled(seed: first &+ UInt64(draw))
    } consume: { draw, metrics in
      draws.append(metrics)
      progress(WorkProgress(completed: Double(draw + 1), planned: Double(drawCount)))
    }
    func interval(_ metric: (OODMetrics) -> Double) -> ConfidenceInterval {
      let values = draws.map(metric).sortedByRadix()
      return ConfidenceInterval(low: values.quantile(0.025), high: values.quantile(0.975))
    }
    return BootstrapIntervals(
      auprIn: interval(\.auprIn), auprOut: interval(\.auprOut), fpr95TPR: interval(\.fpr95TPR),
      fpr95ID: interval(\.fpr95ID))
  }
}

/// Each sample's place among the distinct scores, so that a draw counts samples instead of sorting them.
private struct TieGroups: Sendable {
  /// The index of each OOD sample's score among all distinct scores, the highest first.
  private var positives: [Int32] = []
  private var negatives: [Int32] = []
  private var count = 0

  /// - Parameters: Scores in ascending order.
  init(_ positives: [Double], _ negatives: [Double]) {
    var last = (truePositives: 0, falsePositives: 0)
    for point in ThresholdDescent(outOfDistribution: positives, inDistribution: negatives) {
      let index = Int32(count)
      self.positives += repeatElement(index, count: point.truePositives - last.truePositives)
      self.negatives += repeatElement(index, count: point.falsePositives - last.falsePositives)
      last = (point.truePositives, point.falsePositives)
      count += 1
    }
  }

  /// The metrics of as many OOD and ID samples, drawn with replacement. O(N).
  func resampled(seed: UInt64) -> OODMetrics {
    var hash = SplitMix64(seed: seed)
    var random = SplitMix64(seed: hash.next())
    func counts(_ groups: [Int32]) -> [Int32] {
      var counts = [Int32](repeating: 0, count: count)
      for _ in groups { counts[Int(groups[Int.random(in: groups.indices, using: &random)])] += 1 }
      return counts
    }
    let (drawn, others) = (counts(positives), counts(negatives))
    var accumulator = MetricsAccumulator(positiveCount: positives.count, negativeCount: negatives.count)
    var (truePositives, falsePositives) = (0, 0)
    for index in 0..<count {
      // The first point, above every score, and points that were not drawn add nothing.
      guard index == 0 || drawn[index] > 0 || others[index] > 0 else { continue }
      truePositives += Int(drawn[index])
      falsePositives += Int(others[index])
      accumulator.add(truePositives: truePositives, falsePositives: falsePositives)
    }
    return accumulator.metrics
  }
}

extension [Double] {
  /// The quantile of values in ascending order, interpolated linearly between two of them.
  fileprivate func quantile(_ share: Double) -> Double {
    let place = share * Double(count - 1)
    let low = Int(place)
    return self[low] + (place - Double(low)) * (self[Swift.min(low + 1, count - 1)] - self[low])
  }
}
