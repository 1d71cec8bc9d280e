import Foundation
import LinearAlgebra

extension SpectralDetector {
  /// The scores of every sample, (N,), with the nearest classes, at one t.
  ///
  /// Computes only the distances of classes that can affect the result, which is the same as with all classes; see
  /// ``SampleScores/visitedClassCounts``.
  ///
  /// - Parameter includesBackground: Whether to compute the background, which relative scores need, as one more class.
  /// - Throws: ``DetectorError``, `CancellationError`, and the errors of `rows`.
  @concurrent
  public func scores(
    of rows: any FeatureRows, at regularization: Regularization, includesBackground: Bool = false,
    threadCount: Int = SpectralDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> SampleScores {
    let execution = Execution(threadCount: threadCount, meter: WorkMeter(progress))
    return try await scores(
      of: rows, along: [regularization], includesBackground: includesBackground, execution: execution)[0]
  }

  /// The scores of every sample for every λ of a path of P values, in path order, without refitting. Samples (N, D)
  /// are projected once onto the eigenvectors of each class that can matter to them at some λ, and all λ share the
  /// squared projections. O(N·K·m·(D + P)) time at most, O(N·P) memory for the result: 32 bytes per sample and λ. Up
  /// to `threadCount` child tasks run at a time and check for cancellation at every class and block.
  ///
  /// - Throws: ``DetectorError/dimensionMismatch(expected:found:)``,
  ///   ``DetectorError/singularCovariance(label:rank:dimension:)`` if λ = 0 and a class lacks full rank,
  ///   ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)``, `CancellationError`, and the errors of `rows`.
  @concurrent
  public func scores(
    of rows: any FeatureRows, along path: [Regularization], includesBackground: Bool = false,
    threadCount: Int = SpectralDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> [SampleScores] {
    let execution = Execution(threadCount: threadCount, meter: WorkMeter(progress))
    return try await scores(
      of: rows, along: path, includesBackground: includesBackground, execution: execution)
  }

  /// - Parameters:
  ///   - planned: The work that the meter already expects; nil if none.
  ///   - known: The bounds for this path, if they were already built or found useless; nil if that was not tried.
  func scores(
    of original: any FeatureRows, along path: [Regularization], includesBackground: Bool = false,
    columns: ScoreColumns = .all, execution: Execution, planned: WorkCount? = nil,
    classBounds known: ClassBounds?? = nil
  ) async throws -> [SampleScores] {
    try requireScorable(original, along: path)
    guard !path.isEmpty else { return [] }
    let estimate = work(rowCount: original.count, pathCount: path.count)
    execution.meter.plan(estimate - (planned ?? WorkCount()))
    let frame = ownFrame
    let normalized = self.normalized(original)
    let rows = frame.rows(normalized)
    var prepared = frame.paths(along: path)
    let unready = prepared.indices.filter { !prepared[$0].isReady(forSampleCount: rows.count) }
    prepared = try await share.ranks.together { [prepared] in
      var completed = prepared
      try await forEachInOrder(unready.count, threadCount: execution.threadCount) { index in
        let scored = prepared[unready[index]]
        return try await abandonable(SpectralPath.completionWork(scored.gaussian), scored.completed)
      } consume: { index, scored in
        completed[unready[index]] = scored
      }
      return completed
    }
    let classBounds: ClassBounds?
    if let known {
      classBounds = known
    } else {
      let rows = (original as? DividedRows)?.undivided ?? original
      classBounds = try await share.ranks.together {
        try await self.classBounds(rows, along: path, execution)
      }
    }
    var scorer = MixtureScorer(
      path: path, classes: prepared, classBounds: classBounds, dimension: rows.dimension,
      featureCount: dimension)
    scorer.columns = columns
    var scores: [SampleScores]
    if share.isWhole {
      scores = try await scorer.scores(of: rows, replacing: estimate, execution)
    } else {
      // As on one rank, which leaves out negligible classes where it has bounds.
      let hasBounds = try await share.ranks.waiting { try $0.allGather([classBounds == nil ? 0 : 1]) }
      scores = try await scorer.scoresOfAllRanks(
        of: original, dropsNegligible: path.count == 1 && hasBounds.joined().contains(1), share: share,
        frame: { self.normalized($0) }, execution)
    }
    if includesBackground {
      let background = try await share.ranks.waiting { _ in try self.background() }
      let distances: [[Double]]
      if share.isWhole {
        distances = try await SpectralPath(background, along: path).distances(of: normalized, execution)
      } else if classes.count == 1 {
        // The background is that class.
        distances = scores.map(\.squaredDistanceToMostLikely)
      } else {
        distances = try await share.ranks.joinedByRange(of: normalized.count, width: path.count) {
          try await SpectralPath(background, along: path).distances(
            of: RangeOfRows(rows: normalized, range: $0), execution)
        }
      }
      for index in path.indices {
        scores[index].background = BackgroundScores(
          squaredDistances: distances[index],
          logNormalizer: background.logNormalizer(at: path[index]), dimension: dimension)
      }
    }
    return scores
  }

  /// The frame of this rank's classes.
  var ownFrame: ScoringFrame {
    share.isWhole ? ScoringFrame(of: self) : ScoringFrame(share.own.map { classes[$0] })
  }

  func requireScorable(_ rows: any FeatureRows, along path: [Regularization]) throws(DetectorError) {
    try rows.requireDimension(dimension)
    for regularization in path { try requireInvertible(at: regularization) }
  }

  /// - Throws: ``DetectorError/singularCovariance(label:rank:dimension:)`` if λ = 0 and a class lacks full rank.
  func requireInvertible(at regularization: Regularization) throws(DetectorError) {
    for gaussian in classes { try gaussian.requireInvertible(at: regularization) }
  }
}

extension GaussianClass {
  /// - Throws: ``DetectorError/singularCovariance(label:rank:dimension:)`` if the class has no ridge and lacks full
  ///   rank.
  func requireInvertible(at regularization: Regularization) throws(DetectorError) {
    if ridge(at: regularization).value == 0, scaledSpectrum.rank < mean.count {
      throw .singularCovariance(label: label, rank: scaledSpectrum.rank, dimension: mean.count)
    }
  }

  /// ℓ_k + ½ d_k² = log π_k − ½ (log det Σ_k(λ) + D log 2π).
  func logNormalizer(at regularization: Regularization) -> Double {
    log(weight) - 0.5 * (logDeterminant(at: regularization) + Double(mean.count) * log(2 * .pi))
  }
}

extension SpectralDetector {
  /// The number of samples of the trial that decides whether bounds pay off.
  private static let trialCount = 512

  /// The bounds for a path; nil if they would cost more than they save: for few samples, or if most classes can matter
  /// to most samples at some λ.
  func classBounds(
    _ rows: any FeatureRows, along path: [Regularization], _ execution: Execution
  ) async throws -> ClassBounds? {
    let frame = ownFrame
    let building = ClassBounds.buildingWork(frame.classes, along: path)
    let bounding = ClassBounds.boundingWork(frame.classes, along: path, rowCount: rows.count)
    let complete = work(rowCount: rows.count, pathCount: path.count).multiplyAdds
    // Single precision is twice as fast. At least the likeliest and the closest class are computed in full.
    let cost =
      building.multiplyAdds + bounding.multiplyAdds / 2 + complete * 2 / Double(max(2, classes.count))
    guard building.multiplyAdds > 0, cost < complete / 3 else { return nil }

    execution.meter.plan(building)
    let all = share.isWhole ? nil : AllMeans(classes.map(\.mean), indices: share.own)
    guard let classBounds = try await ClassBounds.build(frame.classes, among: all, along: path, execution)
    else {
      execution.meter.plan(WorkCount() - building)
      return nil
    }
    return try await pays(classBounds, in: frame, along: path, rows, execution) ? classBounds : nil
  }

  func work(rowCount: Int, pathCount: Int) -> WorkCount {
    share.own.reduce(WorkCount()) {
      $0 + BlockDistances.work(rowCount: rowCount, gaussian: classes[$1], pathCount: pathCount)
    }
  }

  /// Whether the bounds rule out most classes for a sample of the rows.
  private func pays(
    _ classBounds: ClassBounds, in frame: ScoringFrame, along path: [Regularization],
    _ rows: any FeatureRows, _ execution: Execution
  ) async throws -> Bool {
    let step = max(1, rows.count / Self.trialCount)
    let sample = frame.rows(
      SelectedRows(rows: normalized(rows), indices: Array(stride(from: 0, to: rows.count, by: step))))
    let scorer = MixtureScorer(
      path: path, classes: frame.paths(along: path), classBounds: classBounds, dimension: sample.dimension)
    do {
      let counts = try await scorer.scores(of: sample, execution)[0].visitedClassCounts
      return counts.reduce(0) { $0 + Int($1) } * 2 < counts.count * share.own.count
    } catch is DetectorError {
      // Scoring itself reports all rows that cannot be scored.
      return false
    }
  }
}

extension ScoredClass {
  /// d² of every sample for every t, (P, N), block by block.
  func distances(of rows: any FeatureRows, _ execution: Execution) async throws -> [[Double]] {
    execution.meter.plan(distanceWork(rowCount: rows.count))
    let distances = try distances()
    var found = [[Double]](repeating: [], count: logNormalizers.count)
    let blocks = RowBlocks(
      count: rows.count, size: execution.blockSize, workerCount: execution.threadCount)
    try await forEachInOrder(blocks.count, threadCount: execution.threadCount) { index in
      var block = BlockDistances()
      block.centred.assign(try rows.matrix(at: Array(blocks[index])), subtracting: mean, meanRemainder)
      distances(&block)
      execution.meter.complete(distanceWork(rowCount: blocks[index].count))
      return block.squaredDistances
    } consume: { _, squaredDistances in
      for index in found.indices {
        for row in 0..<squaredDistances.rowCount {
          let distance = squaredDistances[row, index]
          found[index].append(distance.isNaN ? .infinity : distance)
        }
      }
    }
    return found
  }
}
