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
