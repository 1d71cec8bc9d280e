public import OODDetection

/// A sample with its explanation, as shown in the explanation pane.
public struct ExplainedSample: Sendable {
  public var reference: SampleReference
  public var regularization: Regularization
  public var name: String
  /// The label of the sample. Nil if the files hold no labels.
  public var label: Int?
  /// Further columns of the sample, such as its source label, sorted by name.
  public var columns: [(name: String, value: String)]
  /// The origin, such as `test.npz row 12`. Nil for samples created in memory.
  public var origin: String?
  public var features: [Double]
  public var explanation: SampleExplanation
  public var picture: Picture?
  /// The nearest training samples in ascending order of Euclidean distance, excluding the sample itself.
  public var neighbors: [NeighborSample]
}

/// A training sample near the explained one.
public struct NeighborSample: Sendable, Equatable {
  public var reference: SampleReference
  public var name: String
  public var label: Int
  /// The Euclidean distance in feature space.
  public var distance: Double
  public var picture: Picture?
}

/// Details of a sample in addition to its score. Computed only for samples that are looked at.
public struct OutlierDetail: Sendable, Equatable {
  /// The class index of the second nearest class.
  public var secondClass: Int?
  /// The difference between the second nearest and the nearest class, ≥ 0: in nats for `nll`, in squared
  /// distance for `mahalanobis`.
  public var margin: Double?
  /// Nil without calibration samples.
  public var pValue: CalibratedPValue?
  /// The upper tail of χ²_D at d². Show it only beside the p-value.
  public var gaussianTail: Double
  /// d² to the class of the label. Nil if no class has the label.
  public var ownSquaredDistance: Double?
}

/// One row of the outlier table.
public struct OutlierRow: Sendable, Equatable {
  public var reference: SampleReference
  /// The rank by descending score within the subset, from 1.
  public var rank: Int
  /// The index in the input, before any samples were excluded.
  public var index: Int
  public var name: String
  public var label: Int?
  public var score: Double
  /// The class index of the nearest class.
  public var nearestClass: Int
  public var squaredDistance: Double
  /// The share of the split's ID samples that score below, from 0 to 1; nil if it is unknown.
  public var percentile: Double?
  /// Nil until computed.
  public var detail: OutlierDetail?
  /// What the audit found. Nil unless the table lists the audit.
  public var finding: AuditFinding?
}

extension OutlierRow {
  /// The samples of a split with the highest scores, in descending order. O(N log k).
  ///
  /// - Parameters:
  ///   - candidates: Indices of samples in the split; nil for all samples.
  ///   - limit: The maximum number of rows k.
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

  /// The row of any sample; nil if its split is not open or not scored.
  public init?(
    _ reference: SampleReference, rank: Int, of data: DataSet, _ scores: ScoredData, by kind: ScoreKind
  ) {
    let index = reference.index
    guard let samples = data[reference.split], let scored = scores[reference.split], index < scored.count
    else { return nil }
    let nearest = kind.isLikelihood ? scored.mostLikelyClass : scored.closestClass
    self.init(
      reference: reference, rank: rank, index: samples.originalIndices?[index] ?? index,
      name: samples.name(of: index), label: samples.labels?[index], score: scored.value(ofRow: index, kind),
      nearestClass: Int(nearest[index]),
      squaredDistance: scored.squaredDistance(ofRow: index, kind, dimension: samples.rows.dimension))
  }
}

/// What the audit found about a sample.
public enum AuditFinding: Sendable, Equatable {
  /// Another class explains the training sample better than its own, by a margin in nats per dimension.
  case label(suggestedClass: Int, margin: Double)
  /// The sample is a near duplicate of others: the number of its group, from 1, and the distance to its nearest training
  /// sample.
  case duplicate(group: Int, distance: Double)
}

/// A comparison of two classes.
public struct PairComparison: Sendable, Equatable {
  public var first: Int
  public var second: Int
  public var regularization: Regularization
  public var bhattacharyyaDistance: Double
  /// By dimension, what it contributes to the squared distance between the means; see
  /// `SpectralDetector.separationShares(_:_:at:)`.
  public var separationShares: [Double]

  public init(
    first: Int, second: Int, regularization: Regularization, bhattacharyyaDistance: Double,
    separationShares: [Double] = []
  ) {
    self.separationShares = separationShares
    self.first = first
    self.second = second
    self.regularization = regularization
    self.bhattacharyyaDistance = bhattacharyyaDistance
  }
}
