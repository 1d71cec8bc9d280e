import LinearAlgebra
public import OODDetection

extension DetectorPipeline {
  /// The details of samples in addition to their scores, computed in blocks. O(B·K·m·D) for B samples.
  ///
  /// - Parameter rows: The samples, in any order.
  public func details(
    _ detector: SpectralDetector, _ data: DataSet, _ rows: some RandomAccessCollection<OutlierRow> & Sendable,
    _ scores: ScoredData, _ score: ScoreKind, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> [SampleReference: OutlierDetail] {
    var calibrated = CalibratedClasses(of: data, scores, score)
    try await calibrated.calibrate(for: rows) {
      try await detector.heldOutDistances(
        of: $0, $1, labels: $2, at: scores.regularization, threadCount: threadCount)
    }
    let places = Dictionary(uniqueKeysWithValues: detector.classes.enumerated().map { ($1.label, $0) })
    var details: [SampleReference: OutlierDetail] = [:]
    var rest = rows[...]
    while !rest.isEmpty {
      try Task.checkCancellation()
      let block = Array(rest.prefix(Self.detailBlockLength))
      rest = rest.dropFirst(block.count)
      for split in Split.allCases {
        let wanted = block.filter { $0.reference.split == split }
        guard !wanted.isEmpty, let samples = data[split] else { continue }
        let comparisons = try await detector.comparisons(
          of: samples.rows.matrix(at: wanted.map(\.reference.index)), at: scores.regularization, score: score,
          threadCount: threadCount)
        for (row, found) in zip(wanted, comparisons) {
          let own = row.label.flatMap { places[$0] }
          details[row.reference] = OutlierDetail(
            secondClass: found.secondClass, margin: found.margin, pValue: calibrated.pValue(of: row),
            gaussianTail: found.gaussianTail, ownSquaredDistance: own.map { found.squaredDistances[$0] })
        }
      }
      progress(WorkProgress(completed: Double(details.count), planned: Double(rows.count)))
    }
    return details
  }

  /// The number of samples whose distances to all classes are in memory at a time.
  private static let detailBlockLength = 4096

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

/// Calibrates the p-values of samples with samples that did not contribute to the fit of their nearest
/// class. Uses held-out in-distribution samples nearest to the class if there are enough, else leave-one-out
/// distances of the class's training samples.
struct CalibratedClasses {
  private let data: DataSet
  private let scores: ScoredData
  private let score: ScoreKind
  private var calibrations: [Int: PValueCalibration] = [:]
  private var leftOut: [Int: HeldOutDistances] = [:]

  /// Computes leave-one-out squared distances for the training samples (rows, labels) of some classes, by
  /// class index.
  typealias LeaveOneOut = (
    _ classIndices: Set<Int>, _ rows: any FeatureRows, _ labels: [Int]
  ) async throws -> [Int: HeldOutDistances]

  init(of data: DataSet, _ scores: ScoredData, _ score: ScoreKind) {
    (self.data, self.scores, self.score) = (data, scores, score)
  }

  /// Calibrates the classes that some samples are nearest to.
  mutating func calibrate(for rows: some Sequence<OutlierRow>, leaveOneOut: LeaveOneOut) async throws {
    var (nearest, needed) = (Set<Int>(), Set<Int>())
    for row in rows {
      nearest.insert(row.nearestClass)
      if row.reference.split == .train { needed.insert(row.nearestClass) }
    }
    let heldOut = heldOutDistances(nearestTo: nearest)
    needed.formUnion(heldOut.filter { $0.value.count < PValueCalibration.leastHeldOutCount }.keys)
    if !needed.isEmpty, let train = data.train, let labels = train.labels {
      leftOut = try await leaveOneOut(needed, train.rows, labels)
    }
    for (index, distances) in heldOut {
      calibrations[index] = PValueCalibration(
        heldOut: distances, leaveOneOut: leftOut[index]?.squaredDistances)
    }
  }

  /// The p-value of a sample; nil without calibration samples, for example with a saved model and few held-out
  /// samples.
  ///
  /// For a training sample nearest to its own class, the p-value uses its leave-one-out distance. Its
  /// ordinary distance is biased low, because the sample contributed to the fit.
  func pValue(of row: OutlierRow) -> CalibratedPValue? {
    guard let calibration = calibrations[row.nearestClass] else { return nil }
    switch row.reference.split {
    case .test:
      let isHeldOut = row.label.map { $0 >= 0 } ?? false
      return calibration.pValue(
        ofSquaredDistance: row.squaredDistance, amongThoseOf: isHeldOut ? .heldOut : nil)
    case .train:
      let own = leftOut[row.nearestClass]?.squaredDistance(ofRow: row.reference.index)
      return calibration.pValue(
        ofSquaredDistance: own ?? row.squaredDistance, amongThoseOf: own == nil ? nil : .leaveOneOut)
    }
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
