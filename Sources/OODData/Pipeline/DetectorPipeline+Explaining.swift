import LinearAlgebra
public import OODDetection

extension DetectorPipeline {
  /// The details of rows in the outlier table, in addition to their scores.
  public func details(
    _ detector: FittedDetector, _ data: DataSet, _ rows: [OutlierRow], _ scores: ScoredData,
    _ score: ScoreKind
  ) async throws -> [SampleReference: OutlierDetail] {
    let pValues = try await OutlierPValues(data: data, scores: scores, score: score).pValues(of: rows) {
      try await detector.heldOutDistances(
        of: $0, $1, labels: $2, at: scores.regularization, threadCount: threadCount)
    }
    var details: [SampleReference: OutlierDetail] = [:]
    for split in Split.allCases {
      let wanted = rows.map(\.reference).filter { $0.split == split }
      guard !wanted.isEmpty, let samples = data[split] else { continue }
      let comparisons = try await detector.comparisons(
        of: samples.rows.matrix(at: wanted.map(\.index)), at: scores.regularization, score: score,
        threadCount: threadCount)
      for (reference, found) in zip(wanted, comparisons) {
        details[reference] = OutlierDetail(
          secondClass: found.secondClass, margin: found.margin, pValue: pValues[reference],
          gaussianTail: found.gaussianTail)
      }
    }
    return details
  }

  /// Explains one sample. O(N·D) for its neighbors.
  public func explain(
    _ detector: FittedDetector, _ data: DataSet, _ reference: SampleReference,
    _ regularization: Regularization, _ score: ScoreKind, neighborCount: Int = 5
  ) async throws -> ExplainedSample {
    guard let samples = data[reference.split] else { throw DataSetError.noFiles }
    let index = reference.index
    let features = try samples.rows.matrix(at: [index]).elements
    let explanation = try detector.explanation(of: features, at: regularization, score: score)
    return ExplainedSample(
      reference: reference, regularization: regularization, name: samples.name(of: index),
      label: samples.labels?[index],
      columns: samples.columns.sorted { $0.key < $1.key }.map { ($0.key, $0.value[index]) },
      origin: samples.origin(of: index).map { "\($0.path) row \($0.row)" },
      features: features, explanation: explanation, picture: try samples.images?.picture(at: index),
      neighbors: try await neighbors(
        of: reference, features: features, in: data.train, count: neighborCount))
  }

  /// The nearest training samples with a label ≥ 0. A training sample is not its own neighbor.
  private func neighbors(
    of reference: SampleReference, features: [Double], in train: DataSplit?, count: Int
  ) async throws -> [NeighborSample] {
    guard let train else { return [] }
    let found = try await NeighborSearch.nearest(to: features, in: train.rows, count: count + 1)
    return try found.filter { !(reference.split == .train && $0.index == reference.index) }
      .prefix(count)
      .map { neighbor in
        NeighborSample(
          reference: SampleReference(split: .train, index: neighbor.index),
          name: train.name(of: neighbor.index), label: train.labels?[neighbor.index] ?? -1,
          distance: neighbor.distance, picture: try train.images?.picture(at: neighbor.index))
      }
  }
}
