import LinearAlgebra

/// Densities that are estimated instead of computed.
extension MixtureScorer {
  /// Decides which classes of every sample are estimated, with closer estimates for those that these would not suffice
  /// for. A collective if there are ranks.
  ///
  /// - Parameter share: The division of the classes over ranks; nil on a single rank.
  func chooseEstimated(
    _ batch: inout ScoringBatch, _ visits: inout ClassVisits, on share: ClassShare? = nil,
    _ execution: Execution
  ) async throws {
    guard let estimates = classBounds as? DistanceEstimates else { return }
    var ranges = try await estimatedRanges(batch, visits, on: share, execution)
    if estimates.precision == .both {
      batch = try await Self.together(share) { [batch, visits, ranges] in
        // Those that closer estimates would not suffice for either are computed.
        let open = try await samplesByClass(batch.samples.rowCount, execution) { [bounds = batch.bounds] in
          let range = ranges[$0]
          return visits.estimatedClasses(
            $0, bounds, from: range.ceiling, below: range.fineCeiling, floor: range.floor)
        }
        return try await refined(batch, open, estimates, execution)
      }
      ranges = try await estimatedRanges(batch, visits, on: share, execution)
    }
    visits.estimate(below: ranges.map(\.ceiling))
  }

  /// The range of ℓ of one sample's classes that are estimated.
  private struct EstimatedRange: Sendable {
    /// The highest lower end of ℓ.
    var floor: Double
    /// The upper end of ℓ below which classes are estimated.
    var ceiling: Double
    /// Likewise with closer estimates.
    var fineCeiling: Double
  }

  /// The ranges of all samples, (B,). A collective if there are ranks.
  private func estimatedRanges(
    _ batch: ScoringBatch, _ visits: ClassVisits, on share: ClassShare?, _ execution: Execution
  ) async throws -> [EstimatedRange] {
    let count = batch.samples.rowCount
    let bounds = batch.bounds
    var floors = try await Self.together(share) {
      try await forEachSample(count, execution) { visits.estimatedFloor($0, bounds) }
    }
    if let share {
      floors = try await share.ranks.waiting { [floors] in try $0.combined(floors) { max($0, $1) } }
    }
    let classCount = share?.owners.count ?? classes.count
    let densities = floors.map { EstimatedDensities(floor: $0, classCount: classCount) }
    var errors = try await Self.together(share) {
      try await forEachSample(count, execution) { visits.estimationErrors($0, bounds, densities[$0]) }
        .flatMap { $0 }
    }
    if let share {
      errors = try await share.ranks.waiting { [errors] in try $0.combined(errors, EstimatedDensities.sum) }
    }
    let length = EstimatedDensities.countOfErrors
    return densities.enumerated().map { sample, densities in
      let errors = errors[sample * length..<(sample + 1) * length]
      return EstimatedRange(
        floor: densities.floor, ceiling: densities.ceiling(errors),
        fineCeiling: densities.ceiling(errors, gain: EstimatedDensities.gainOfFineEstimates))
    }
  }

  /// Computes something on every rank.
  private static func together<Value: Sendable>(
    _ share: ClassShare?, _ body: () async throws -> Value
  ) async throws -> Value {
    if let share { try await share.ranks.together(body) } else { try await body() }
  }

  /// The number of samples between two checks for cancellation.
  private static let refinedCount = 1_024

  /// A batch with closer estimates of the classes of some samples.
  private func refined(
    _ batch: ScoringBatch, _ samplesByClass: [[Int]], _ estimates: DistanceEstimates, _ execution: Execution
  ) async throws -> ScoringBatch {
    var batch = batch
    let jobs = jobs(samplesByClass, blockSize: Self.refinedCount)
    let work = jobs.map { estimates.fineWork(rowCount: $0.samples.count) }
    execution.meter.plan(work.reduce(WorkCount(), +))
    let quantized = try await quantized(batch.samples, execution) { estimates.quantized($0) }
    try await forEachInOrder(jobs.count, threadCount: execution.threadCount) { [rows = batch.samples] index in
      estimates.fineIntervals(to: jobs[index].classIndex, of: quantized, at: jobs[index].samples, rows: rows)
    } consume: { index, found in
      execution.meter.complete(work[index])
      for (sample, interval) in zip(jobs[index].samples, found ?? []) {
        let place = sample * classes.count + jobs[index].classIndex
        batch.bounds.squaredDistances[place] = interval.least
        batch.bounds.estimates[place] = interval.estimate
      }
    }
    return batch
  }
}
