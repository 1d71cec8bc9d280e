import Foundation

/// Which scores the histograms show, and how they are spread over the columns.
public enum ScoreRange: CaseIterable, Sendable {
  /// Where the series part; what lies beyond is only counted.
  case central
  /// All.
  case full
  /// All, by the logarithm of how far they lie above the least.
  case logarithmic

  /// What a key turns to next.
  public var next: ScoreRange {
    switch self {
    case .central: .full
    case .full: .logarithmic
    case .logarithmic: .central
    }
  }
}

/// The scores along a histogram's columns.
public struct ScoreAxis: Sendable, Equatable {
  public var range: ClosedRange<Double>
  /// On a logarithmic axis, how far above the lower end scores begin to be spread by their logarithm; nearer they are
  /// spread evenly. Nil on a linear axis.
  public var logUnit: Double?

  public init(_ range: ClosedRange<Double>, logUnit: Double? = nil) {
    self.range = range
    self.logUnit = logUnit
  }

  private var width: Double { range.upperBound - range.lowerBound }

  /// The score at a part, 0…1, of the axis.
  public func value(at part: Double) -> Double {
    if part <= 0 { return range.lowerBound }
    if part >= 1 { return range.upperBound }
    let distance = logUnit.map { $0 * expm1(part * log1p(width / $0)) } ?? part * width
    return min(range.lowerBound + distance, range.upperBound)
  }

  /// Where a score stands on the axis, 0…1; at an end where it lies beyond.
  public func part(of value: Double) -> Double {
    if value <= range.lowerBound || width == 0 { return 0 }
    if value >= range.upperBound { return 1 }
    let distance = value - range.lowerBound
    return logUnit.map { log1p(distance / $0) / log1p(width / $0) } ?? distance / width
  }
}

extension ScoreDistribution {
  /// The axis that shows such a range; nil where there are no scores.
  public func axis(_ range: ScoreRange) -> ScoreAxis? {
    switch range {
    case .central: centralRange.map { ScoreAxis($0) }
    case .full: fullRange.map { ScoreAxis($0) }
    case .logarithmic: fullRange.map { ScoreAxis($0, logUnit: logUnit(above: $0)) }
    }
  }

  /// The central part, or all by their logarithm where half of the samples that are to be told from OOD would stand in
  /// the first tenth of it: far outliers, as of a singular covariance, stretch it over decades.
  public var usualRange: ScoreRange {
    guard let central = centralRange, let typical = sorted[typicalSeries], typical.count >= Self.fewestToJudge
    else {
      return .central
    }
    let median = typical[(typical.count - 1) / 2]
    return median < central.upperBound && ScoreAxis(central).part(of: median) < 0.1 ? .logarithmic : .central
  }

  /// The shape of fewer samples is chance.
  private static let fewestToJudge = 20

  /// Held-out in-distribution samples where there are any.
  private var typicalSeries: Series {
    [.inDistribution, .unlabelled, .train].first { sorted[$0] != nil } ?? .outOfDistribution
  }

  /// How far the lowest tenth of the typical samples reaches above the least score of all; where it does not, as among
  /// equal scores, a thirtieth of what half of them reach.
  private func logUnit(above range: ClosedRange<Double>) -> Double {
    func height(_ fraction: Double) -> Double {
      quantile(fraction, of: typicalSeries).map { $0 - range.lowerBound } ?? 0
    }
    let width = range.upperBound - range.lowerBound
    return max(height(0.1), height(0.5) / 30, width * 1e-12, .leastNormalMagnitude)
  }
}
