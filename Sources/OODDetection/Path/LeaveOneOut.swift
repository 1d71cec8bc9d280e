import Foundation
import LinearAlgebra

/// The leave-one-out negative log-density along a path of λ: that of training samples under their own class fitted
/// without them, in the directions that training samples reach. Lower is better.
public struct LeaveOneOutPath: Sendable, Equatable {
  /// The path, P values.
  public let regularizations: [Regularization]
  /// The mean of −ℓ over all included samples, each held out of its own class, (P,), in nats; NaN if every class has
  /// only one sample.
  public let meanNLL: [Double]
  /// The mean for each class, in the detector's order, (P,); nil for classes of one sample.
  public let classMeanNLL: [[Double]?]
  /// The number of samples that were held out.
  public let includedSampleCount: Int
  /// The labels of classes with only one sample, which cannot be held out.
  public let excludedLabels: [Int]
  /// The mean of −ℓ of held-out samples under their own class, (P,), in the same directions, so that the two curves
  /// are comparable; nil without held-out samples that belong to a class.
  public let heldOutNLL: [Double]?
  /// D − D', the number of excluded directions, which no training sample reaches.
  public let unreachedDimensionCount: Int

  public init(
    regularizations: [Regularization], meanNLL: [Double], classMeanNLL: [[Double]?],
    includedSampleCount: Int, excludedLabels: [Int], heldOutNLL: [Double]? = nil,
    unreachedDimensionCount: Int = 0
  ) {
    self.regularizations = regularizations
    self.meanNLL = meanNLL
    self.classMeanNLL = classMeanNLL
    self.includedSampleCount = includedSampleCount
    self.excludedLabels = excludedLabels
    self.heldOutNLL = heldOutNLL
    self.unreachedDimensionCount = unreachedDimensionCount
  }

  /// The λ with the lowest mean; nil if it is at an end of the path, beyond which the minimum may lie, or if every
  /// class has only one sample.
  public var proposed: Regularization? {
    guard let lowest = lowestIndex, lowest > 0, lowest < regularizations.count - 1 else { return nil }
    return regularizations[lowest]
  }

  /// The end of the path at which the mean is lowest; nil if the lowest mean is between the ends or does not exist.
  public var lowestAtEnd: Regularization? {
    guard let lowest = lowestIndex, lowest == 0 || lowest == regularizations.count - 1 else { return nil }
    return regularizations[lowest]
  }

  private var lowestIndex: Int? {
    includedSampleCount > 0 ? meanNLL.indices.min { meanNLL[$0] < meanNLL[$1] } : nil
  }

  /// This path followed by another one of the same samples.
  public func appending(_ next: LeaveOneOutPath) -> LeaveOneOutPath {
    LeaveOneOutPath(
      regularizations: regularizations + next.regularizations, meanNLL: meanNLL + next.meanNLL,
      classMeanNLL: zip(classMeanNLL, next.classMeanNLL).map { first, second in
        first.flatMap { first in second.map { first + $0 } }
      },
      includedSampleCount: includedSampleCount, excludedLabels: excludedLabels,
      heldOutNLL: heldOutNLL.flatMap { first in next.heldOutNLL.map { first + $0 } },
      unreachedDimensionCount: unreachedDimensionCount)
  }
}

extension SpectralDetector {
  /// The exact leave-one-out negative log-density along a path of λ, computed without refitting: that of every
  /// training sample under its own class fitted without it, with fixed weights, in the directions that training
  /// samples reach. `rows` and `labels` must be those of the fit. O(N·m·(D + P)), plus O(K·D³) if features are
  /// linearly dependent.
  ///
  /// - Parameter heldOut: Labeled samples that were not used for fitting. The result includes the mean of their −ℓ
  ///   under their own class, in the same directions.
  /// - Throws: ``DetectorError/trainingSamplesDiffer(label:expected:found:)``,
  ///   ``DetectorError/singularCovariance(label:rank:dimension:)`` if λ = 0 and a held-out covariance is singular, the
  ///   errors of scoring, `CancellationError`, and the errors of `rows`.
  @concurrent
  public func leaveOneOut(
    _ rows: any FeatureRows, labels: [Int], heldOut: (rows: any FeatureRows, labels: [Int])? = nil,
    along path: [Regularization], threadCount: Int = SpectralDetector.defaultThreadCount,
    progress: ProgressHandler? = nil
  ) async throws -> LeaveOneOutPath {
    let execution = Execution(threadCount: threadCount, meter: WorkMeter(progress))
    return try await leaveOneOut(rows, labels: labels, heldOut: heldOut, along: path, execution: execution)
  }

  func leaveOneOut(
    _ rows: any FeatureRows, labels: [Int], heldOut: (rows: any FeatureRows, labels: [Int])? = nil,
    along path: [Regularization], execution: Execution
  ) async throws -> LeaveOneOutPath {
    for dimension in [rows.dimension, heldOut?.rows.dimension ?? dimension] where dimension != self.dimension
    {
      throw DetectorError.dimensionMismatch(expected: self.dimension, found: dimension)
    }
    let members = try trainingMembers(labels, sampleCount: rows.count)
    let unseen =
      try heldOut.map { try ClassMembers.indices(of: $0.labels, sampleCount: $0.rows.count) } ?? [:]
    let reached = try ReachedDirections(of: self, storedEpsilon: rows.storedEpsilon)
    let planned = zip(classes, members).map { gaussian, members in
      let count = members.rows.count + (unseen[gaussian.label]?.count ?? 0)
      return WorkCount.product(count, gaussian.spectrum.directionCount, dimension + 2 * path.count + 1)
    }
    execution.meter.plan(planned.reduce(WorkCount(), +))

    var total = [Double](repeating: 0, count: path.count)
    var unseenTotal = total
    var (included, unseenCount) = (0, 0)
    var classMeans: [[Double]?] = []
    try await forEachInOrder(classes.count, threadCount: execution.threadCount) { index in
      let holdout = try holdout(
        classes[index], members[index], in: rows, reached: reached, along: path, execution)
      let totals = try holdout.totals(execution)
      let unseenRows = unseen[classes[index].label] ?? []
      let unseenTotals = try heldOut.map {
        try holdout.totals(ofUnseen: unseenRows, of: classes[index], in: $0.rows, reached, execution)
      }
      execution.meter.complete(planned[index] - holdout.work(rowCount: members[index].rows.count))
      return (totals, unseenTotals)
    } consume: { index, found in
      let count = members[index].rows.count
      classMeans.append(found.0?.map { $0 / Double(count) })
      if let totals = found.0 {
        included += count
        total = zip(total, totals).map(+)
      }
      if let totals = found.1 {
        unseenCount += unseen[classes[index].label]?.count ?? 0
        unseenTotal = zip(unseenTotal, totals).map(+)
      }
    }
    return LeaveOneOutPath(
      regularizations: path, meanNLL: total.map { included > 0 ? $0 / Double(included) : .nan },
      classMeanNLL: classMeans, includedSampleCount: included,
      excludedLabels: classes.filter { $0.count < 2 }.map(\.label),
      heldOutNLL: unseenCount > 0 ? unseenTotal.map { $0 / Double(unseenCount) } : nil,
      unreachedDimensionCount: dimension - reached.dimension)
  }

  /// The mean of −ℓ of labeled held-out samples under their own class for each λ of a path, (P,), in the directions
  /// that training samples reach; nil if none belongs to a class. For a detector without its training samples;
  /// otherwise, leave-one-out includes it. O(N·m·(D + P)).
  ///
  /// - Throws: as ``leaveOneOut(_:labels:heldOut:along:threadCount:progress:)``.
  func heldOutNLL(
    _ rows: any FeatureRows, labels: [Int], along path: [Regularization], execution: Execution
  ) async throws -> [Double]? {
    let unseen = try ClassMembers.indices(of: labels, sampleCount: rows.count)
    let reached = try ReachedDirections(of: self, storedEpsilon: rows.storedEpsilon)
    var total = [Double](repeating: 0, count: path.count)
    var count = 0
    try await forEachInOrder(classes.count, threadCount: execution.threadCount) { index -> [Double]? in
      guard let indices = unseen[classes[index].label] else { return nil }
      let holdout = ClassHoldout(
        label: classes[index].label, weight: classes[index].weight, count: classes[index].count,
        spectrum: try reached.spectrum(of: classes[index]), dimension: reached.dimension,
        samples: CentredSamples(count: 0, ranges: []) { _ in Matrix(rowCount: 0, columnCount: 0) }, path: path
      )
      return try holdout.totals(ofUnseen: indices, of: classes[index], in: rows, reached, execution)
    } consume: { index, totals in
      guard let totals else { return }
      count += unseen[classes[index].label]?.count ?? 0
      total = zip(total, totals).map(+)
    }
    return count > 0 ? total.map { $0 / Double(count) } : nil
  }

  /// The holdout of one class in the reached directions.
  private func holdout(
    _ gaussian: GaussianClass, _ members: ClassMembers, in rows: any FeatureRows, reached: ReachedDirections,
    along path: [Regularization], _ execution: Execution
  ) throws -> ClassHoldout {
    ClassHoldout(
      label: gaussian.label, weight: gaussian.weight, count: gaussian.count,
      spectrum: try reached.spectrum(of: gaussian), dimension: reached.dimension,
      samples: gaussian.samples(members, in: rows, execution) { reached.projected($0) }, path: path)
  }

  /// The training samples of every class, in the detector's order.
  func trainingMembers(_ labels: [Int], sampleCount: Int) throws(DetectorError) -> [ClassMembers] {
    let found = try ClassMembers.partition(labels, sampleCount: sampleCount)
    let byLabel = Dictionary(uniqueKeysWithValues: found.map { ($0.label, $0) })
    var members: [ClassMembers] = []
    for gaussian in classes {
      let count = byLabel[gaussian.label]?.rows.count ?? 0
      guard count == gaussian.count, let matching = byLabel[gaussian.label] else {
        throw .trainingSamplesDiffer(label: gaussian.label, expected: gaussian.count, found: count)
      }
      members.append(matching)
    }
    let known = Set(classes.map(\.label))
    for extra in found where !known.contains(extra.label) {
      throw .trainingSamplesDiffer(label: extra.label, expected: 0, found: extra.rows.count)
    }
    return members
  }
}

extension GaussianClass {
  /// The class's centred samples after `project`, checked for NaN and infinity.
  func samples(
    _ members: ClassMembers, in rows: any FeatureRows, _ execution: Execution,
    project: @escaping @Sendable (consuming Matrix) -> Matrix = { $0 }
  ) -> CentredSamples {
    let isHeld = count * mean.count <= execution.heldElementCount
    let ranges = RowBlocks(count: count, size: isHeld ? max(1, count) : execution.blockSize)
    return CentredSamples(count: count, ranges: ranges) { range in
      try Task.checkCancellation()
      return project(try centred(Array(members.rows[range]), in: rows))
    }
  }

  /// The centred rows.
  fileprivate func centred(_ indices: [Int], in rows: any FeatureRows) throws -> Matrix {
    var block = try rows.matrix(at: indices)
    try NonFiniteRows(block.nonFiniteRows().map { indices[$0] }).check()
    block.subtractFromRows(mean, meanRemainder)
    return block
  }
}

extension ClassHoldout {
  /// Σ −ℓ of rows that the class was not fitted on, for each λ, (P,).
  fileprivate func totals(
    ofUnseen indices: [Int], of gaussian: GaussianClass, in rows: any FeatureRows,
    _ reached: ReachedDirections,
    _ execution: Execution
  ) throws -> [Double] {
    var totals = [Double](repeating: 0, count: path.count)
    for range in RowBlocks(count: indices.count, size: execution.blockSize) {
      try Task.checkCancellation()
      let centred = try gaussian.centred(Array(indices[range]), in: rows)
      totals = zip(totals, self.totals(ofUnseen: reached.projected(centred))).map(+)
    }
    return totals
  }
}
