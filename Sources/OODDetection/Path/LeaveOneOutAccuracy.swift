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
    try await compareHeldOut(members, in: rows, holdouts, along: path, execution) { samples in
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
