import LinearAlgebra

/// The leave-one-out negative log-density along a path of t: that of training samples under their own class fitted
/// without them, in the directions that training samples reach. Lower is better.
///
/// It is a density of the features before normalization if β < 1, so that curves of different β are comparable as long
/// as the same directions are unreached, and of the normalized features if β = 1.
public struct LeaveOneOutPath: Sendable, Equatable {
  /// The path, P values.
  public let regularizations: [Regularization]
  /// The mean of −ℓ over all included samples, each held out of its own class, (P,), in nats; NaN if every class has
  /// only one sample.
  public let meanNLL: [Double]
  /// The share of the included samples whose likeliest class is their own, each by its held-out ℓ and the other
  /// classes' ℓ_k, (P,); nil if it was not requested.
  public let accuracy: [Double]?
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

  /// The least mean; nil if every class has only one sample.
  public var lowest: (regularization: Regularization, meanNLL: Double)? {
    lowestIndex.map { (regularizations[$0], meanNLL[$0]) }
  }

  private var lowestIndex: Int? {
    includedSampleCount > 0 ? meanNLL.indices.min { meanNLL[$0] < meanNLL[$1] } : nil
  }

  /// This path followed by another one of the same samples.
  public func appending(_ next: LeaveOneOutPath) -> LeaveOneOutPath {
    LeaveOneOutPath(
      regularizations: regularizations + next.regularizations, meanNLL: meanNLL + next.meanNLL,
      accuracy: accuracy.flatMap { first in next.accuracy.map { first + $0 } },
      classMeanNLL: zip(classMeanNLL, next.classMeanNLL).map { first, second in
        first.flatMap { first in second.map { first + $0 } }
      },
      includedSampleCount: includedSampleCount, excludedLabels: excludedLabels,
      heldOutNLL: heldOutNLL.flatMap { first in next.heldOutNLL.map { first + $0 } },
      unreachedDimensionCount: unreachedDimensionCount)
  }
}

extension SpectralDetector {
  /// The exact leave-one-out negative log-density along a path of t, computed without refitting: that of every
  /// training sample under its own class fitted without it, with fixed weights, ρ_k and r_k, in the directions that
  /// training samples reach. `rows` and `labels` must be those of the fit. O(N·m·(D + P)), plus O(K·D³) if features are
  /// linearly dependent.
  ///
  /// - Parameters:
  ///   - heldOut: Labeled samples that were not used for fitting. The result includes the mean of their −ℓ under their
  ///     own class, in the same directions.
  ///   - includesAccuracy: Whether to compute ``LeaveOneOutPath/accuracy``, which compares every sample with every
  ///     class that can be likelier than its own: O(N·K·D·(D + P)) at most.
  /// - Throws: ``DetectorError/trainingSamplesDiffer(label:expected:found:)``,
  ///   ``DetectorError/singularCovariance(label:rank:dimension:)`` if a held-out covariance is singular, the errors of
  ///   scoring, `CancellationError`, and the errors of `rows`.
  @concurrent
  public func leaveOneOut(
    _ rows: any FeatureRows, labels: [Int], heldOut: (rows: any FeatureRows, labels: [Int])? = nil,
    along path: [Regularization], includesAccuracy: Bool = false,
    threadCount: Int = SpectralDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> LeaveOneOutPath {
    let execution = Execution(threadCount: threadCount, meter: WorkMeter(progress))
    return try await leaveOneOut(
      rows, labels: labels, heldOut: heldOut, along: path, includesAccuracy: includesAccuracy,
      execution: execution)
  }

  func leaveOneOut(
    _ original: any FeatureRows, labels: [Int], heldOut: (rows: any FeatureRows, labels: [Int])? = nil,
    along path: [Regularization], includesAccuracy: Bool = false, execution: Execution
  ) async throws -> LeaveOneOutPath {
    try original.requireDimension(dimension)
    try heldOut?.rows.requireDimension(dimension)
    // Pooled classes may need the samples of all others.
    let original =
      setting.pooling == .none ? original : (original as? DividedRows)?.undivided ?? original
    let rows = normalized(original)
    let members = try trainingMembers(labels, sampleCount: rows.count)
    let unseen =
      try heldOut.map { try ClassMembers.indices(of: $0.labels, sampleCount: $0.rows.count) } ?? [:]
    let planned = zip(classes, members).map { gaussian, members in
      let count = members.rows.count + (unseen[gaussian.label]?.count ?? 0)
      return WorkCount.product(count, gaussian.spectrum.directionCount, dimension + 2 * path.count + 1)
    }
    execution.meter.plan(planned.reduce(WorkCount(), +))
    let holdouts = try await holdouts(members, in: rows, along: path, execution)

    let own = try await share.ranks.together {
      var own: [(totals: [Double]?, unseen: [Double]?)] = []
      try await forEachInOrder(share.own.count, threadCount: execution.threadCount) { place in
        let index = share.own[place]
        let holdout = holdouts.classes[index]
        var totals = try holdout.totals(execution)
        let correction = try densityCorrection(
          of: members[index].rows, in: original, dimension: holdout.dimension, execution)
        totals = totals.map { $0.map { $0 + correction } }
        let unseenRows = unseen[classes[index].label] ?? []
        let unseenTotals = try heldOut.map {
          try self.totals(ofUnseen: unseenRows, in: $0.rows, index, holdouts, execution)
        }
        execution.meter.complete(planned[index] - holdout.work(rowCount: members[index].rows.count))
        return (totals, unseenTotals)
      } consume: { _, found in
        own.append(found)
      }
      return own
    }
    var total = [Double](repeating: 0, count: path.count)
    var unseenTotal = total
    var (included, unseenCount) = (0, 0)
    var classMeans: [[Double]?] = []
    for (index, found) in try await share.joined(own, pathCount: path.count).enumerated() {
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
    // Few classes may all be read before one of them notices.
    try Task.checkCancellation()
    return LeaveOneOutPath(
      regularizations: path, meanNLL: total.map { included > 0 ? $0 / Double(included) : .nan },
      accuracy: includesAccuracy && included > 0
        ? try await leaveOneOutAccuracy(members, in: rows, holdouts, along: path, execution) : nil,
      classMeanNLL: classMeans, includedSampleCount: included,
      excludedLabels: classes.filter { $0.count < 2 }.map(\.label),
      heldOutNLL: unseenCount > 0 ? unseenTotal.map { $0 / Double(unseenCount) } : nil,
      unreachedDimensionCount: dimension - holdouts.reached.dimension)
  }

  /// The mean of −ℓ of labeled held-out samples under their own class for each t of a path, (P,), in the directions
  /// that training samples reach; nil if none belongs to a class. For a detector without its training samples;
  /// otherwise, leave-one-out includes it. O(N·m·(D + P)).
  ///
  /// - Throws: as ``leaveOneOut(_:labels:heldOut:along:includesAccuracy:threadCount:progress:)``.
  func heldOutNLL(
    _ rows: any FeatureRows, labels: [Int], along path: [Regularization], execution: Execution
  ) async throws -> [Double]? {
    let unseen = try ClassMembers.indices(of: labels, sampleCount: rows.count)
    // Densities of held-out samples need no training samples.
    let members = classes.map { ClassMembers(label: $0.label, rows: []) }
    let holdouts = try await holdouts(members, in: rows, along: path, execution)
    var total = [Double](repeating: 0, count: path.count)
    var count = 0
    try await forEachInOrder(classes.count, threadCount: execution.threadCount) { index -> [Double]? in
      guard let indices = unseen[classes[index].label] else { return nil }
      return try totals(ofUnseen: indices, in: rows, index, holdouts, execution)
    } consume: { index, totals in
      guard let totals else { return }
      count += unseen[classes[index].label]?.count ?? 0
      total = zip(total, totals).map(+)
    }
    return count > 0 ? total.map { $0 / Double(count) } : nil
  }

  func normalized(_ rows: any FeatureRows) -> any FeatureRows { setting.normalization.normalized(rows) }

  /// The holdouts of all classes in the reached directions.
  ///
  /// - Parameter rows: Normalized.
  func holdouts(
    _ members: [ClassMembers], in rows: any FeatureRows, along path: [Regularization], _ execution: Execution
  ) async throws -> ReachedHoldouts {
    let reached = try ReachedDirections(of: self, storedEpsilon: rows.storedEpsilon)
    // Tied classes share their spectrum, also after a projection.
    let shared = setting.pooling == .tied && reached.basis != nil ? try reached.represented(classes[0]) : nil
    let factors = otherSamples(members, in: rows, execution)
    let scale = setting.pooling.value.squareRoot()
    var holdouts: [ClassHoldout] = []
    try await forEachInOrder(classes.count, threadCount: execution.threadCount) { index in
      let gaussian = classes[index]
      let represented: GaussianClass
      if !share.isOwn(index) {
        // Only its owner holds samples out.
        represented = gaussian
      } else if let shared, let basis = reached.basis {
        represented = ScoringFrame([gaussian], onto: basis, spectra: [shared.spectrum]).classes[0]
      } else {
        represented = try reached.represented(gaussian)
      }
      return ClassHoldout(
        gaussian: represented, dimension: reached.dimension,
        samples: gaussian.samples(members[index], in: rows, execution) { reached.projected($0) },
        others: factors.map {
          $0.rows(without: index, of: classes.count, scale: scale) { reached.projected($0) }
        } ?? others(than: index, members, in: rows, execution) { reached.projected($0) },
        path: path)
    } consume: { _, holdout in
      holdouts.append(holdout)
    }
    return ReachedHoldouts(reached: reached, classes: holdouts)
  }

  /// Factors of the training samples of other classes; nil if they are not needed or do not pay off.
  private func otherSamples(
    _ members: [ClassMembers], in rows: any FeatureRows, _ execution: Execution
  ) -> OtherSamples? {
    guard setting.pooling != .none, let otherSamples,
      OtherSamples.pays(sampleCount: sampleCount, classCount: classes.count, dimension: dimension)
    else { return nil }
    var quiet = execution
    quiet.meter = WorkMeter()
    return otherSamples.value {
      OtherSamples(zip(classes, members).map { $0.samples($1, in: rows, quiet) })
    }
  }

  /// The centred training samples of all other classes, times √α; nil without pooling.
  func others(
    than index: Int, _ members: [ClassMembers], in rows: any FeatureRows, _ execution: Execution,
    project: @escaping @Sendable (consuming Matrix) -> Matrix = { $0 }
  ) -> CentredSamples? {
    guard setting.pooling != .none else { return nil }
    return CentredSamples.joined(
      classes.indices.filter { $0 != index }.map {
        classes[$0].samples(members[$0], in: rows, execution, project: project)
      }
    ).withRowsScaled(by: setting.pooling.value.squareRoot())
  }

  /// Σ −ℓ of rows that class `index` was not fitted on, for each t, (P,).
  private func totals(
    ofUnseen indices: [Int], in original: any FeatureRows, _ index: Int, _ holdouts: ReachedHoldouts,
    _ execution: Execution
  ) throws -> [Double] {
    let (rows, holdout) = (normalized(original), holdouts.classes[index])
    let correction = try densityCorrection(
      of: indices, in: original, dimension: holdout.dimension, execution)
    var totals = [Double](repeating: correction, count: holdout.path.count)
    for range in RowBlocks(count: indices.count, size: execution.blockSize) {
      try Task.checkCancellation()
      let centred = try classes[index].centred(Array(indices[range]), in: rows)
      totals = zip(totals, holdout.totals(ofUnseen: holdouts.reached.projected(centred))).map(+)
    }
    return totals
  }

  /// What turns a sum of NLL of normalized features into one of the features before normalization.
  private func densityCorrection(
    of indices: [Int], in original: any FeatureRows, dimension: Int, _ execution: Execution
  ) throws -> Double {
    let normalization = setting.normalization
    guard normalization.value > 0, normalization.value < 1 else { return 0 }
    var sum = 0.0
    for range in RowBlocks(count: indices.count, size: execution.blockSize) {
      try Task.checkCancellation()
      for norm in try original.matrix(at: Array(indices[range])).rowNorms() {
        sum += normalization.densityCorrection(norm: norm, dimension: dimension)
      }
    }
    return sum
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

extension ClassShare {
  /// The sums of all classes along a path, nil where there are none. A collective.
  fileprivate func joined(
    _ own: [(totals: [Double]?, unseen: [Double]?)], pathCount: Int
  ) async throws -> [(totals: [Double]?, unseen: [Double]?)] {
    if isWhole { return own }
    func record(_ sums: [Double]?) -> [Double] {
      [sums == nil ? 0 : 1] + (sums ?? [Double](repeating: 0, count: pathCount))
    }
    return try await joined(
      own.map { record($0.totals) + record($0.unseen) }, length: 2 * (pathCount + 1)
    ).map { numbers in
      func sums(_ start: Int) -> [Double]? {
        numbers[start] == 0 ? nil : Array(numbers[start + 1..<start + 1 + pathCount])
      }
      return (sums(0), sums(pathCount + 1))
    }
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
  func centred(_ indices: [Int], in rows: any FeatureRows) throws -> Matrix {
    var block = try rows.matrix(at: indices)
    try NonFiniteRows(block.nonFiniteRows().map { indices[$0] }).check()
    block.subtractFromRows(mean, meanRemainder)
    return block
  }
}

/// The holdouts of all classes in the directions that training samples reach.
struct ReachedHoldouts: Sendable {
  let reached: ReachedDirections
  let classes: [ClassHoldout]
}

extension SpectralDetector {
  /// The share of held-out training samples whose likeliest class is their own for each t of a path, (P,): the own
  /// class by its held-out ℓ, the other classes by ℓ_k, all in the reached directions. Classes of one sample are
  /// rivals but have no share.
  ///
  /// Only classes that a bound does not place behind the held-out ℓ of a sample's own class are computed.
  ///
  /// - Parameter rows: Normalized.
  func leaveOneOutAccuracy(
    _ members: [ClassMembers], in rows: any FeatureRows, _ holdouts: ReachedHoldouts,
    along path: [Regularization], _ execution: Execution
  ) async throws -> [Double] {
    if !share.isWhole {
      return try await accuracyTogether(members, in: rows, holdouts, along: path, execution)
    }
    var correct = [Int](repeating: 0, count: path.count)
    var sampleCount = 0
    try await compareHeldOut(
      members, in: rows, holdouts, along: path, includesValues: false, execution
    ) { samples in
      sampleCount += samples.rows.count
      for (sample, own) in samples.own.enumerated() {
        for index in path.indices where samples.likeliest.classes[sample * path.count + index] == own {
          correct[index] += 1
        }
      }
    }
    return correct.map { Double($0) / Double(sampleCount) }
  }
}
