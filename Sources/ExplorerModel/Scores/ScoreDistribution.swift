import Foundation
import OODData
import OODDetection

/// The scores of one split in ascending order: `inside` for in-distribution and unlabelled samples, `outside`
/// for out-of-distribution samples. A NaN counts as the highest score, as in metrics.
struct SortedScores {
  var inside: [Double] = []
  var outside: [Double] = []
  /// ``outside`` by OOD set.
  var sets: [[Double]] = []
}

extension ScoredData {
  /// The sorted scores of each split; with a class, only of the samples nearest to it. Follows the rankings,
  /// so it does not sort. O(N).
  func sorted(by kind: ScoreKind, of data: DataSet, nearestTo wanted: Int? = nil) -> [Split: SortedScores] {
    var found: [Split: SortedScores] = [:]
    for split in Split.allCases {
      guard let scores = self[split], let ranking = ranking(of: split, by: kind), let samples = data[split]
      else { continue }
      let values = scores.values(kind)
      let nearest = scores.nearestClass(kind)
      var sorted = SortedScores()
      if wanted == nil { sorted.inside.reserveCapacity(values.count) }
      let oodSets = samples.oodSets
      sorted.sets = [[Double]](repeating: [], count: oodSets?.sets.count ?? 0)
      for index in ranking.order.reversed().lazy.map(Int.init)
      where wanted == nil || Int(nearest[index]) == wanted {
        let value = values[index].isNaN ? .infinity : values[index]
        if let labels = samples.labels, labels[index] < 0 {
          sorted.outside.append(value)
          if let set = oodSets?.indices[index], set >= 0 { sorted.sets[Int(set)].append(value) }
        } else {
          sorted.inside.append(value)
        }
      }
      found[split] = sorted
    }
    return found
  }
}

/// Sorted scores per series, so that a histogram of any range and width takes a few binary searches per bin.
/// It is built once when scores change; drawing only reads it.
public struct ScoreDistribution: Sendable, Equatable {
  public enum Series: String, CaseIterable, Sendable {
    case train, inDistribution, outOfDistribution
    /// Test samples without labels.
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

  /// The scores in ascending order; a series without samples is absent.
  public let sorted: [Series: [Double]]
  /// The scores of some OOD sets in ascending order, by the index of the set, to be drawn one by one.
  public private(set) var sets: [Int: [Double]] = [:]

  public init(sorted: [Series: [Double]]) {
    self.sorted = sorted.filter { !$0.value.isEmpty }
  }

  /// O(N).
  ///
  /// - Parameters:
  ///   - set: The OOD set of the evaluated split to show; nil for all OOD samples.
  ///   - overlaid: The OOD sets of the evaluated split to draw one by one.
  init(_ splits: [Split: SortedScores], of data: DataSet, set: Int? = nil, overlaid: [Int] = []) {
    let sets = splits[data.evaluatedSplit]?.sets ?? []
    var series: [Series: [Double]] = [:]
    series[.train] = splits[.train]?.inside
    series[data.test?.labels == nil ? .unlabelled : .inDistribution] = splits[.test]?.inside
    if let set, sets.indices.contains(set) {
      series[.outOfDistribution] = sets[set]
    } else {
      series[.outOfDistribution] = merged(splits[.train]?.outside ?? [], splits[.test]?.outside ?? [])
    }
    self.init(sorted: series)
    for index in overlaid where sets.indices.contains(index) { self.sets[index] = sets[index] }
  }

  public var isEmpty: Bool { sorted.isEmpty }

  /// The quantile of a series at `fraction`; `nil` for an absent series.
  public func quantile(_ fraction: Double, of series: Series) -> Double? {
    sorted[series]?.quantile(fraction)
  }

  /// The range of finite scores; `nil` if there are none.
  public var fullRange: ClosedRange<Double>? {
    let ends = sorted.values.compactMap { values -> (least: Double, greatest: Double)? in
      let first = values.firstIndex(from: -.greatestFiniteMagnitude, inclusive: true)
      let end = values.firstIndex(from: .greatestFiniteMagnitude, inclusive: false)
      return first < end ? (values[first], values[end - 1]) : nil
    }
    guard let least = ends.map(\.least).min(), let greatest = ends.map(\.greatest).max() else { return nil }
    return least...greatest
  }

  /// The range where the series separate: from the 0.5 % quantile to the 95 % quantile of in-distribution
  /// scores and the 67 % quantile of the others. Far outliers would squeeze everything else into the first
  /// bins.
  public var centralRange: ClosedRange<Double>? {
    let low = sorted.keys.compactMap { quantile(0.005, of: $0) }.min()
    let high = sorted.keys.compactMap { quantile($0 == .outOfDistribution ? 0.67 : 0.95, of: $0) }.max()
    guard let low, let high else { return nil }
    return low...max(low, high)
  }
}

extension [Double] {
  /// The quantile at `fraction` of an ascending array; `nil` if it is empty.
  func quantile(_ fraction: Double) -> Double? { isEmpty ? nil : self[Int(Double(count - 1) * fraction)] }

  /// The index of the first value above `bound`, or at least `bound` if `inclusive`, in an ascending array.
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

/// Joins two ascending arrays to one. O(N).
private func merged(_ first: [Double], _ second: [Double]) -> [Double] {
  if first.isEmpty { return second }
  var joined: [Double] = []
  joined.reserveCapacity(first.count + second.count)
  var rest = first[...]
  for value in second {
    while let next = rest.first, next <= value {
      joined.append(next)
      rest.removeFirst()
    }
    joined.append(value)
  }
  return joined + rest
}

/// Counts of scores in bins along an axis. The last bin includes the upper end. Samples outside the axis are
/// counted separately.
public struct ScoreHistogram: Sendable, Equatable {
  public typealias Series = ScoreDistribution.Series

  public var axis: ScoreAxis
  /// The bin edges in ascending order, one more than there are bins.
  public var edges: [Double]
  public var counts: [Series: [Int]]
  /// The counts of the OOD sets that are drawn one by one, by the index of the set.
  public var setCounts: [Int: [Int]] = [:]
  public var below: [Series: Int]
  public var above: [Series: Int]

  public var binCount: Int { edges.count - 1 }
}

extension ScoreDistribution {
  /// The bin width in columns. Narrow bins of few samples show noise, and wide bins hide the shape. The
  /// number of bins is twice that of the Rice rule, 2·∛n, because several series are compared by eye.
  func columnsPerBin(of columnCount: Int) -> Int {
    let counts = Series.allCases.filter { $0 != .train }.compactMap { sorted[$0]?.count }
    let most = counts.max() ?? sorted[.train]?.count ?? 0
    return max(1, Int(Double(columnCount) / (4 * cbrt(Double(max(1, most))))))
  }

  /// Counts the scores in bins of `columnsPerBin` columns along an axis of `columnCount` columns. The last
  /// bin can be narrower. O(bins · log N).
  public func histogram(along axis: ScoreAxis, columnCount: Int, columnsPerBin: Int = 1) -> ScoreHistogram {
    let (columns, width) = (max(1, columnCount), max(1, columnsPerBin))
    let bins = (columns + width - 1) / width
    let edges = (0...bins).map { axis.value(at: Double(min($0 * width, columns)) / Double(columns)) }
    var histogram = ScoreHistogram(axis: axis, edges: edges, counts: [:], below: [:], above: [:])
    /// The counts per bin, and the number of values up to the end of the axis.
    func count(_ values: [Double]) -> (counts: [Int], first: Int, end: Int) {
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
      return (counts, first, end)
    }
    for (series, values) in sorted {
      let (counts, first, end) = count(values)
      histogram.counts[series] = counts
      if first > 0 { histogram.below[series] = first }
      if end < values.count { histogram.above[series] = values.count - end }
    }
    histogram.setCounts = sets.mapValues { count($0).counts }
    return histogram
  }
}
