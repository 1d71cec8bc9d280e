import LinearAlgebra
public import OODDetection

extension DetectorPipeline {
  /// The details of rows in the outlier table, in addition to their scores.
  public func details(
    _ detector: SpectralDetector, _ data: DataSet, _ rows: [OutlierRow], _ scores: ScoredData,
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
    _ detector: SpectralDetector, _ data: DataSet, _ reference: SampleReference,
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
      features: explanation.features, explanation: explanation,
      picture: try samples.images?.picture(at: index),
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

/// Calibrates the p-values of outliers with samples that did not contribute to the fit of their nearest
/// class. Uses held-out in-distribution samples nearest to the class if there are enough, else leave-one-out
/// distances of the class's training samples.
struct OutlierPValues {
  let data: DataSet
  let scores: ScoredData
  let score: ScoreKind

  /// Computes leave-one-out squared distances for the training samples (rows, labels) of some classes, by
  /// class index.
  typealias LeaveOneOut = (
    _ classIndices: Set<Int>, _ rows: any FeatureRows, _ labels: [Int]
  ) async throws -> [Int: HeldOutDistances]

  /// Computes the p-value of each row. A row is absent without calibration samples, for example with a saved
  /// model and few held-out samples.
  ///
  /// For a training sample nearest to its own class, the p-value uses its leave-one-out distance. Its
  /// ordinary distance is biased low, because the sample contributed to the fit.
  func pValues(
    of rows: [OutlierRow], leaveOneOut: LeaveOneOut
  ) async throws -> [SampleReference: CalibratedPValue] {
    let heldOut = heldOutDistances(nearestTo: Set(rows.map(\.nearestClass)))
    var needed = Set(heldOut.filter { $0.value.count < PValueCalibration.leastHeldOutCount }.keys)
    for row in rows where row.reference.split == .train { needed.insert(row.nearestClass) }
    var leftOut: [Int: HeldOutDistances] = [:]
    if !needed.isEmpty, let train = data.train, let labels = train.labels {
      leftOut = try await leaveOneOut(needed, train.rows, labels)
    }
    var calibrations: [Int: PValueCalibration] = [:]
    for (index, distances) in heldOut {
      calibrations[index] = PValueCalibration(
        heldOut: distances, leaveOneOut: leftOut[index]?.squaredDistances)
    }
    var pValues: [SampleReference: CalibratedPValue] = [:]
    for row in rows {
      guard let calibration = calibrations[row.nearestClass] else { continue }
      switch row.reference.split {
      case .test:
        let isHeldOut = row.label.map { $0 >= 0 } ?? false
        pValues[row.reference] = calibration.pValue(
          ofSquaredDistance: row.squaredDistance, amongThoseOf: isHeldOut ? .heldOut : nil)
      case .train:
        let own = leftOut[row.nearestClass]?.squaredDistance(ofRow: row.reference.index)
        pValues[row.reference] = calibration.pValue(
          ofSquaredDistance: own ?? row.squaredDistance, amongThoseOf: own == nil ? nil : .leaveOneOut)
      }
    }
    return pValues
  }

  /// The d² of held-out in-distribution samples, grouped by nearest class, for the given classes. O(N).
  func heldOutDistances(nearestTo classIndices: Set<Int>) -> [Int: [Double]] {
    var found = Dictionary(uniqueKeysWithValues: classIndices.map { ($0, [Double]()) })
    guard let labels = data.test?.labels, let scored = scores.test, let dimension = data.dimension else {
      return found
    }
    let nearest = scored.nearestClass(score)
    for index in labels.indices where labels[index] >= 0 {
      let classIndex = Int(nearest[index])
      guard classIndices.contains(classIndex) else { continue }
      found[classIndex]?.append(scored.squaredDistance(ofRow: index, score, dimension: dimension))
    }
    return found
  }
}
