import Foundation
import OODDetection

/// Scores sorted by series, so that a histogram of any range and width is a few binary searches per bin. Made once
/// when scores change; drawing only reads it.
public struct ScoreDistribution: Sendable, Equatable {
  public enum Series: String, CaseIterable, Sendable {
    case train, inDistribution, outOfDistribution
    /// Test samples that may be either.
    case unlabelled

    public var title: String {
      switch self {
      case .train: "train"
      case .inDistribution: "ID"
      case .outOfDistribution: "OOD"
      case .unlabelled: "unlabelled"
      }
    }
  }

  /// Ascending; a series without samples is absent.
  public let sorted: [Series: [Double]]

  /// O(N).
  public init(_ scores: [Series: [Double]]) {
    self.init(sorted: scores.mapValues { $0.sortedByRadix() })
  }

  /// Of scores that are in ascending order already.
  init(sorted: [Series: [Double]]) {
    self.sorted = sorted.filter { !$0.value.isEmpty }
  }

  public var isEmpty: Bool { sorted.isEmpty }

  /// The score that a fraction of a series lies at or below; nil for an absent series.
  public func quantile(_ fraction: Double, of series: Series) -> Double? {
    sorted[series].map { $0[Int(Double($0.count - 1) * fraction)] }
  }

  /// From the least to the greatest finite score; nil where there is none.
  public var fullRange: ClosedRange<Double>? {
    let ends = sorted.values.compactMap { values -> (least: Double, greatest: Double)? in
      let first = values.firstIndex(from: -.greatestFiniteMagnitude, inclusive: true)
      let end = values.firstIndex(from: .greatestFiniteMagnitude, inclusive: false)
      return first < end ? (values[first], values[end - 1]) : nil
    }
    guard let least = ends.map(\.least).min(), let greatest = ends.map(\.greatest).max() else { return nil }
    return least...greatest
  }

  /// Where the series part: without the lowest half percent, the highest twentieth of in-distribution samples and the
  /// far third of the others. Far outliers would squeeze everything else into the first bins.
  public var centralRange: ClosedRange<Double>? {
    let low = sorted.keys.compactMap { quantile(0.005, of: $0) }.min()
    let high = sorted.keys.compactMap { quantile($0 == .outOfDistribution ? 0.67 : 0.95, of: $0) }.max()
    guard let low, let high else { return nil }
    return low...max(low, high)
  }
}

extension [Double] {
  /// In an ascending array, the index of the first value above `bound`, or at it too where that is included.
  func firstIndex(from bound: Double, inclusive: Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if inclusive ? self[middle] >= bound : self[middle] > bound { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// Counts of scores in bins along an axis; the last bin includes the upper end. Samples beyond the axis are counted
/// apart, never dropped.
public struct ScoreHistogram: Sendable, Equatable {
  public typealias Series = ScoreDistribution.Series

  public var axis: ScoreAxis
  /// Ascending, one more than there are bins.
  public var edges: [Double]
  public var counts: [Series: [Int]]
  public var below: [Series: Int]
  public var above: [Series: Int]

  public var binCount: Int { edges.count - 1 }
}

extension ScoreDistribution {
  /// How wide bins are to be: of few samples, narrow bins would show chance, wide ones hide shape. Twice as many bins as
  /// the Rice rule's 2·∛n, since several series are compared by eye.
  func columnsPerBin(of columnCount: Int) -> Int {
    let counts = Series.allCases.filter { $0 != .train }.compactMap { sorted[$0]?.count }
    let most = counts.max() ?? sorted[.train]?.count ?? 0
    return max(1, Int(Double(columnCount) / (4 * cbrt(Double(max(1, most))))))
  }

  /// Counts in bins that are so many columns wide each, the last perhaps fewer, of an axis drawn over `columnCount`
  /// columns. O(bins · log N).
  public func histogram(along axis: ScoreAxis, columnCount: Int, columnsPerBin: Int = 1) -> ScoreHistogram {
    let (columns, width) = (max(1, columnCount), max(1, columnsPerBin))
    let bins = (columns + width - 1) / width
    let edges = (0...bins).map { axis.value(at: Double(min($0 * width, columns)) / Double(columns)) }
    var histogram = ScoreHistogram(axis: axis, edges: edges, counts: [:], below: [:], above: [:])
    for (series, values) in sorted {
      var counts: [Int] = []
      let first = values.firstIndex(from: axis.range.lowerBound, inclusive: true)
      var start = first
      for edge in edges[1..<bins] {
        let end = max(start, values.firstIndex(from: edge, inclusive: true))
        counts.append(end - start)
        start = end
      }
      let end = max(start, values.firstIndex(from: axis.range.upperBound, inclusive: false))
      counts.append(end - start)
      histogram.counts[series] = counts
      if first > 0 { histogram.below[series] = first }
      if end < values.count { histogram.above[series] = values.count - end }
    }
    return histogram
  }
}
