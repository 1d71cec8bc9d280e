import Foundation

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
