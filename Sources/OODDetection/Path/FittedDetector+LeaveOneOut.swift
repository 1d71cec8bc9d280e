import Foundation
import LinearAlgebra

extension FittedDetector {
  /// The leave-one-out negative log-density over a path of λ, exactly, without refitting: every training
  /// sample under its own class fitted without it, weights held fixed. `rows` and `labels` must be those of
  /// the fit. O(N·m·(D + P)).
  ///
  /// - Throws: ``DetectorError/trainingSamplesDiffer(label:expected:found:)``,
  ///   ``DetectorError/singularCovariance(label:rank:dimension:)`` where λ = 0 leaves a held-out covariance
  ///   without an inverse, the errors of scoring, `CancellationError`, and what `rows` throws.
  @concurrent
  public func leaveOneOut(
    _ rows: any FeatureRows, labels: [Int], along path: [Regularization],
    threadCount: Int = FittedDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> LeaveOneOutPath {
    let execution = Execution(threadCount: threadCount, meter: WorkMeter(progress))
    return try await leaveOneOut(rows, labels: labels, along: path, execution: execution)
  }

  func leaveOneOut(
    _ rows: any FeatureRows, labels: [Int], along path: [Regularization], execution: Execution
  ) async throws -> LeaveOneOutPath {
    guard rows.dimension == dimension else {
      throw DetectorError.dimensionMismatch(expected: dimension, found: rows.dimension)
    }
    let members = try trainingMembers(labels, sampleCount: rows.count)
    let holdouts = zip(classes, members).map { gaussian, members in
      ClassHoldout(gaussian: gaussian, members: members, path: path)
    }
    execution.meter.plan(holdouts.reduce(WorkCount()) { $0 + $1.work(rowCount: $1.members.rows.count) })

    var total = [Double](repeating: 0, count: path.count)
    var included = 0
    var classMeans: [[Double]?] = []
    try await forEachInOrder(holdouts.count, threadCount: execution.threadCount) { index in
      try holdouts[index].totals(in: rows, execution)
    } consume: { index, totals in
      classMeans.append(totals?.map { $0 / Double(holdouts[index].members.rows.count) })
      guard let totals else { return }
      included += holdouts[index].members.rows.count
      total = zip(total, totals).map(+)
    }
    return LeaveOneOutPath(
      regularizations: path, meanNLL: total.map { included > 0 ? $0 / Double(included) : .nan },
      classMeanNLL: classMeans, includedSampleCount: included,
      excludedLabels: classes.filter { $0.count < 2 }.map(\.label))
  }

  /// The rows of every class, in the detector's order.
  private func trainingMembers(_ labels: [Int], sampleCount: Int) throws(DetectorError) -> [ClassMembers] {
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
