import OODDetection

/// Counts of scores in equal bins, for train, in-distribution and out-of-distribution samples over one range.
public struct ScoreHistogram: Sendable, Equatable {
  public enum Series: String, CaseIterable, Sendable {
    case train, inDistribution, outOfDistribution

    public var title: String {
      switch self {
      case .train: "train"
      case .inDistribution: "ID"
      case .outOfDistribution: "OOD"
      }
    }
  }

  /// The shown range of scores; the last bin includes the upper end.
  public let range: ClosedRange<Double>
  public let binCount: Int
  /// Counts per bin; a series without samples is absent.
  public let counts: [Series: [Int]]
  /// Samples with scores below and above the range.
  public let below: [Series: Int]
  public let above: [Series: Int]

  /// O(N). Scores outside `range` are counted apart, never dropped.
  public init(scores: [Series: [Double]], range: ClosedRange<Double>, binCount: Int) {
    let bins = max(1, binCount)
    let width = range.upperBound - range.lowerBound
    var counts: [Series: [Int]] = [:]
    var below: [Series: Int] = [:]
    var above: [Series: Int] = [:]
    for (series, values) in scores where !values.isEmpty {
      var histogram = [Int](repeating: 0, count: bins)
      for value in values {
        if value < range.lowerBound {
          below[series, default: 0] += 1
        } else if value > range.upperBound {
          above[series, default: 0] += 1
        } else {
          let place = width > 0 ? Int((value - range.lowerBound) / width * Double(bins)) : 0
          histogram[min(bins - 1, place)] += 1
        }
      }
      counts[series] = histogram
    }
    self.range = range
    self.binCount = bins
    self.counts = counts
    self.below = below
    self.above = above
  }

  /// The range to show: everything, or what is left without the outermost 1 % above and 0.2 % below.
  static func range(of scores: [Series: [Double]], full: Bool) -> ClosedRange<Double>? {
    let all = scores.values.flatMap { $0 }.sorted()
    guard let least = all.first, let greatest = all.last else { return nil }
    if full { return least...greatest }
    let low = all[Int(Double(all.count - 1) * 0.002)]
    let high = all[Int(Double(all.count - 1) * 0.99)]
    return low...max(low, high)
  }
}

extension ExplorerState {
  /// Scores of the current kind by series, narrowed to the class filter of the scores screen.
  func scoresBySeries() -> [ScoreHistogram.Series: [Double]] {
    guard let scores else { return [:] }
    var result: [ScoreHistogram.Series: [Double]] = [:]
    for split in Split.allCases {
      guard let values = scores[split]?.values(scoreKind), let samples = data?[split] else { continue }
      let nearest = scores[split]!.nearestClass(scoreKind)
      for index in values.indices {
        if let wanted = scoresView.classFilter, Int(nearest[index]) != wanted { continue }
        let isOut = samples.labels.map { $0[index] < 0 } ?? false
        let series: ScoreHistogram.Series =
          isOut ? .outOfDistribution : (split == .train ? .train : .inDistribution)
        result[series, default: []].append(values[index])
      }
    }
    return result
  }

  /// The histograms of the scores screen with the given number of bins; nil before anything is scored.
  public func histogram(binCount: Int) -> ScoreHistogram? {
    let series = scoresBySeries()
    guard let range = ScoreHistogram.range(of: series, full: scoresView.showsFullRange) else { return nil }
    return ScoreHistogram(scores: series, range: range, binCount: binCount)
  }

  /// The range of scores that the histogram shows.
  public var shownScoreRange: ClosedRange<Double>? {
    ScoreHistogram.range(of: scoresBySeries(), full: scoresView.showsFullRange)
  }
}
