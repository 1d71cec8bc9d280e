import Foundation
import OODDetection

/// Where to put the threshold: at a score, or where a rate is reached.
public enum ThresholdTarget: Sendable, Equatable {
  case score(Double)
  /// The highest threshold with at least this share of OOD samples at or above it.
  case truePositiveRate(Double)
  /// The lowest threshold with at most this share of ID samples at or above it.
  case falsePositiveRate(Double)

  /// What is wrong with a typed target, or why no threshold reaches it.
  public enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
    case notATarget
    case notARate
    case noOutOfDistributionSamples
    case noInDistributionSamples
    /// Scores of NaN or infinity are always above the threshold.
    case unreachable

    public var description: String {
      switch self {
      case .notATarget: "type a score such as 12.5, or a rate such as tpr 0.9, fpr 5 %"
      case .notARate: "a rate is a number from 0 to 1, or from 0 % to 100 %"
      case .noOutOfDistributionSamples: "no OOD samples, so no TPR"
      case .noInDistributionSamples: "no ID samples, so no FPR"
      case .unreachable: "no finite threshold reaches this rate"
      }
    }
  }

  /// A target as people type it: `12.5`, `tpr 0.9`, `TPR=90%`, `fpr 5 %`.
  public init(typed text: String) throws(Problem) {
    let plain = text.lowercased().replacingOccurrences(of: "−", with: "-")
    var words = plain.split { " \t=:".contains($0) }.map(String.init)
    guard let first = words.first else { throw .notATarget }
    guard first == "tpr" || first == "fpr" else {
      guard words.count == 1, let value = Double(first), value.isFinite else { throw .notATarget }
      self = .score(value)
      return
    }
    words.removeFirst()
    var number = words.joined()
    let isPercent = number.hasSuffix("%")
    if isPercent { number.removeLast() }
    guard !number.isEmpty, words.count <= 2 else { throw .notARate }
    guard let value = Double(number) else { throw .notARate }
    let rate = isPercent ? value / 100 : value
    guard (0...1).contains(rate) else { throw .notARate }
    self = first == "tpr" ? .truePositiveRate(rate) : .falsePositiveRate(rate)
  }
}

extension ROCCurve {
  /// The threshold of a target. O(T).
  func threshold(_ target: ThresholdTarget) throws(ThresholdTarget.Problem) -> Double {
    let index: Int
    switch target {
    case .score(let value): return value
    case .truePositiveRate(let rate):
      guard let found = firstIndex(ofTruePositiveRate: rate) else { throw .noOutOfDistributionSamples }
      index = found
    case .falsePositiveRate(let rate):
      guard negativeCount > 0 else { throw .noInDistributionSamples }
      // The rates ascend, and the first is 0.
      index = falsePositives.lastIndex { Double($0) <= rate * Double(negativeCount) * (1 + 1e-12) } ?? 0
    }
    if thresholds[index].isFinite { return thresholds[index] }
    // No sample lies above the highest finite score.
    guard thresholds.count > 1, thresholds[1].isFinite else { throw .unreachable }
    return thresholds[1].nextUp
  }
}
