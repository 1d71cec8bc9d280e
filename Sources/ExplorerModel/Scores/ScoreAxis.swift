import Foundation

/// The range of scores that the histograms show, and its scale.
public enum ScoreRange: CaseIterable, Sendable {
  /// The range where the series separate. Scores outside are only counted.
  case central
  /// All scores, on a linear axis.
  case full
  /// All scores, by the logarithm of their distance from the lowest score.
  case logarithmic

  /// The next range in the cycle of the key.
  public var next: ScoreRange { neighbor(by: 1) }
}

/// The score axis of a histogram.
public struct ScoreAxis: Sendable, Equatable {
  public var range: ClosedRange<Double>
  /// On a logarithmic axis, the distance from the lower end at which the scale changes from linear to
  /// logarithmic. `nil` on a linear axis.
  public var logUnit: Double?

  public init(_ range: ClosedRange<Double>, logUnit: Double? = nil) {
    self.range = range
    self.logUnit = logUnit
  }

  private var width: Double { range.upperBound - range.lowerBound }

  /// The score at a position on the axis, from 0 to 1.
  public func value(at part: Double) -> Double {
    if part <= 0 { return range.lowerBound }
    if part >= 1 { return range.upperBound }
    let distance = logUnit.map { $0 * expm1(part * log1p(width / $0)) } ?? part * width
    return min(range.lowerBound + distance, range.upperBound)
  }

  /// The position of a score on the axis, from 0 to 1. Scores outside the range map to the nearer end.
  public func part(of value: Double) -> Double {
    if value <= range.lowerBound || width == 0 { return 0 }
    if value >= range.upperBound { return 1 }
    let distance = value - range.lowerBound
    return logUnit.map { log1p(distance / $0) / log1p(width / $0) } ?? distance / width
  }
}

extension ScoreDistribution {
  /// The axis for a range; `nil` if there are no scores.
  public func axis(_ range: ScoreRange) -> ScoreAxis? {
    switch range {
    case .central: centralRange.map { ScoreAxis($0) }
    case .full: fullRange.map { ScoreAxis($0) }
    case .logarithmic: fullRange.map { ScoreAxis($0, logUnit: logUnit(above: $0)) }
    }
  }

  /// The default range: central, or logarithmic if half of the typical samples would lie in the first tenth
  /// of the central range. Far outliers, such as those of a singular covariance, stretch that range over
  /// decades.
  public var usualRange: ScoreRange {
    guard let central = centralRange, let typical = sorted[typicalSeries], typical.count >= Self.fewestToJudge
    else {
      return .central
    }
    let median = typical[(typical.count - 1) / 2]
    return median < central.upperBound && ScoreAxis(central).part(of: median) < 0.1 ? .logarithmic : .central
  }

  /// The minimum number of samples to judge a distribution.
  private static let fewestToJudge = 20

  /// Held-out in-distribution samples, if there are any.
  private var typicalSeries: Series {
    [.inDistribution, .unlabelled, .train].first { sorted[$0] != nil } ?? .outOfDistribution
  }

  /// The distance of the first decile of the typical samples from the lowest score. If that is zero, as with
  /// equal scores, a thirtieth of the distance of their median.
  private func logUnit(above range: ClosedRange<Double>) -> Double {
    func height(_ fraction: Double) -> Double {
      quantile(fraction, of: typicalSeries).map { $0 - range.lowerBound } ?? 0
    }
    let width = range.upperBound - range.lowerBound
    return max(height(0.1), height(0.5) / 30, width * 1e-12, .leastNormalMagnitude)
  }
}
