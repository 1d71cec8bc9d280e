public import OODDetection

/// The chosen sample, explained: everything the explanation pane shows.
public struct ExplainedSample: Sendable {
  public var reference: SampleReference
  public var regularization: Regularization
  public var name: String
  /// The sample's label; nil where the files hold none.
  public var label: Int?
  /// Further columns of the sample, such as its source label, by name.
  public var columns: [(name: String, value: String)]
  /// Where it came from, as `file row 12`; nil for samples made in memory.
  public var origin: String?
  public var features: [Double]
  public var explanation: SampleExplanation
  public var picture: Picture?
  /// The nearest training samples by Euclidean distance, ascending; the sample itself left out.
  public var neighbors: [NeighborSample]

  public init(
    reference: SampleReference, regularization: Regularization, name: String, label: Int?,
    columns: [(name: String, value: String)], origin: String? = nil, features: [Double],
    explanation: SampleExplanation,
    picture: Picture?, neighbors: [NeighborSample]
  ) {
    self.reference = reference
    self.regularization = regularization
    self.name = name
    self.label = label
    self.columns = columns
    self.origin = origin
    self.features = features
    self.explanation = explanation
    self.picture = picture
    self.neighbors = neighbors
  }
}

/// A training sample near the explained one.
public struct NeighborSample: Sendable, Equatable {
  public var reference: SampleReference
  public var name: String
  public var label: Int
  /// Euclidean distance in feature space.
  public var distance: Double
  public var picture: Picture?

  public init(
    reference: SampleReference, name: String, label: Int, distance: Double, picture: Picture?
  ) {
    self.reference = reference
    self.name = name
    self.label = label
    self.distance = distance
    self.picture = picture
  }
}

/// What an outlier's row shows beyond its score; computed for the listed samples only.
public struct OutlierDetail: Sendable, Equatable {
  /// Class index of the second nearest class.
  public var secondClass: Int?
  /// How far the second class is behind: nats for `nll`, squared distance for `mahalanobis`; never negative.
  public var margin: Double?
  /// Nil where there is nothing to calibrate it by.
  public var pValue: CalibratedPValue?
  /// The upper tail of χ²_D at d², to be shown beside the p-value only.
  public var gaussianTail: Double

  public init(secondClass: Int?, margin: Double?, pValue: CalibratedPValue?, gaussianTail: Double) {
    self.secondClass = secondClass
    self.margin = margin
    self.pValue = pValue
    self.gaussianTail = gaussianTail
  }
}

/// One row of the outlier table.
public struct OutlierRow: Sendable, Equatable {
  public var reference: SampleReference
  /// From 1, by descending score within the subset.
  public var rank: Int
  /// The index in the input, before any sample was left out.
  public var index: Int
  public var name: String
  public var label: Int?
  public var score: Double
  /// Class index.
  public var nearestClass: Int
  public var squaredDistance: Double
  /// Nil until computed.
  public var detail: OutlierDetail?

  public init(
    reference: SampleReference, rank: Int, index: Int, name: String, label: Int?, score: Double,
    nearestClass: Int, squaredDistance: Double, detail: OutlierDetail? = nil
  ) {
    self.reference = reference
    self.rank = rank
    self.index = index
    self.name = name
    self.label = label
    self.score = score
    self.nearestClass = nearestClass
    self.squaredDistance = squaredDistance
    self.detail = detail
  }
}

extension OutlierRow {
  /// The highest scores among the samples of a split. O(N log k).
  ///
  /// - Parameters:
  ///   - candidates: Places of samples in the split; nil for all of it.
  ///   - limit: k.
  public static func ranked(
    _ scored: SampleScores, of samples: DataSplit, _ split: Split, by kind: ScoreKind,
    among candidates: [Int]? = nil, limit: Int
  ) -> [OutlierRow] {
    let values = scored.values(kind)
    let nearest = scored.nearestClass(kind)
    let top = TopK.indices(ofLargest: limit, in: candidates.map { $0.map { values[$0] } } ?? values)
    return top.enumerated().map { place, candidate in
      let index = candidates.map { $0[candidate] } ?? candidate
      return OutlierRow(
        reference: SampleReference(split: split, index: index), rank: place + 1,
        index: samples.originalIndices?[index] ?? index, name: samples.name(of: index),
        label: samples.labels?[index], score: values[index], nearestClass: Int(nearest[index]),
        squaredDistance: scored.squaredDistance(ofRow: index, kind, dimension: samples.rows.dimension))
    }
  }
}

/// A chosen pair of classes, compared.
public struct PairComparison: Sendable, Equatable {
  public var first: Int
  public var second: Int
  public var regularization: Regularization
  public var bhattacharyyaDistance: Double

  public init(first: Int, second: Int, regularization: Regularization, bhattacharyyaDistance: Double) {
    self.first = first
    self.second = second
    self.regularization = regularization
    self.bhattacharyyaDistance = bhattacharyyaDistance
  }
}
