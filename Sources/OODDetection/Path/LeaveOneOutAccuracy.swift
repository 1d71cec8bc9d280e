import Foundation
import LinearAlgebra

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
    let included = classes.indices.filter { classes[$0].count > 1 }
    let sampleCount = included.reduce(0) { $0 + classes[$1].count }
    guard classes.count > 1 else { return path.map { _ in 1 } }
    let frame = reachedFrame(holdouts)
    let excluded = holdouts.reached.basis == nil ? holdouts.reached.constantColumns.count : 0
    let scorer = MixtureScorer(
      path: path, classes: frame.paths(along: path, excluding: excluded),
      classBounds: try await rivalBounds(frame, rowCount: sampleCount, along: path, execution),
      dimension: frame.classes[0].mean.count)
    var correct = [Int](repeating: 0, count: path.count)
    for group in groups(included, pathCount: path.count, execution) {
      var indices: [Int] = []
      var own: [Int32] = []
      var densities: [Double] = []
      try await forEachInOrder(group.count, threadCount: execution.threadCount) { place in
        try holdouts.classes[group[place]].logDensities(execution)
      } consume: { place, found in
        let rows = members[group[place]].rows
        indices += rows
        own += [Int32](repeating: Int32(group[place]), count: rows.count)
        densities += found
      }
      let likeliest = try await scorer.likeliestClasses(
        of: SelectedRows(rows: frame.rows(rows), indices: indices), known: own, densities: densities,
        execution)
      for (place, found) in likeliest.enumerated() where found == own[place / path.count] {
        correct[place % path.count] += 1
      }
    }
    return correct.map { Double($0) / Double(sampleCount) }
  }

  /// The classes in the reached directions, along their eigenvectors if they share them.
  private func reachedFrame(_ holdouts: ReachedHoldouts) -> ScoringFrame {
    let spectra = holdouts.classes.map(\.gaussian.spectrum)
    if setting.pooling == .tied, spectra[0].isComplete {
      return ScoringFrame(classes, sharing: spectra[0], in: holdouts.reached.basis)
    }
    return holdouts.reached.basis.map { ScoringFrame(classes, onto: $0, spectra: spectra) }
      ?? ScoringFrame(classes)
  }

  /// The bounds on distances; nil if they would cost more than they can save.
  private func rivalBounds(
    _ frame: ScoringFrame, rowCount: Int, along path: [Regularization], _ execution: Execution
  ) async throws -> ClassBounds? {
    let building = ClassBounds.buildingWork(frame.classes, along: path)
    let bounding = ClassBounds.boundingWork(frame.classes, along: path, rowCount: rowCount)
    let complete = work(rowCount: rowCount, pathCount: path.count).multiplyAdds
    guard building.multiplyAdds + bounding.multiplyAdds / 2 < complete / 3 else { return nil }
    execution.meter.plan(building)
    return try await ClassBounds.build(frame.classes, along: path, execution)
  }

  /// Consecutive classes whose samples' densities fit in memory together.
  private func groups(_ included: [Int], pathCount: Int, _ execution: Execution) -> [[Int]] {
    let limit = max(1, execution.batchByteCount / (40 * pathCount + 8 * dimension))
    var groups: [[Int]] = []
    var count = 0
    for index in included {
      count += classes[index].count
      if groups.isEmpty || count > limit {
        groups.append([index])
        count = classes[index].count
      } else {
        groups[groups.endIndex - 1].append(index)
      }
    }
    return groups
  }
}

extension ClassHoldout {
  /// The held-out ℓ of each of the class's samples for each t, (n·P,), sample after sample.
  fileprivate func logDensities(_ execution: Execution) throws -> [Double] {
    let normalizers = path.map { heldOutNormalizer(at: $0) }
    var densities = [Double](repeating: -.infinity, count: gaussian.count * path.count)
    try forEachSample(execution) { sample, distances, remainders in
      for index in path.indices where remainders[index] > 0 {
        densities[sample * path.count + index] =
          -(normalizers[index] + 0.5 * (distances[index] + log(remainders[index])))
      }
    }
    return densities
  }
}
