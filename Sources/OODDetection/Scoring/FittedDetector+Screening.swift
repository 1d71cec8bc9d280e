import LinearAlgebra

extension FittedDetector {
  /// How many samples are tried to learn whether a screen pays.
  private static let trialCount = 512

  /// A screen for a path, or none where it would cost more than it saves: for few samples, and where at some λ most
  /// classes can matter to most samples, whatever the screen.
  func screen(
    _ rows: any FeatureRows, along path: [Regularization], _ execution: Execution
  ) async throws -> ClassScreen? {
    let building = ClassScreen.buildingWork(classes, along: path)
    let bounding = ClassScreen.boundingWork(classes, along: path, rowCount: rows.count)
    let complete = work(rowCount: rows.count, pathCount: path.count).multiplyAdds
    // Single precision is twice as fast. At the least the likeliest and the closest class are looked at in full.
    let cost =
      building.multiplyAdds + bounding.multiplyAdds / 2 + complete * 2 / Double(max(2, classes.count))
    guard building.multiplyAdds > 0, cost < complete / 3 else { return nil }

    execution.meter.plan(building)
    guard let screen = try await ClassScreen.build(classes, along: path, execution) else {
      execution.meter.plan(WorkCount() - building)
      return nil
    }
    return try await pays(screen, along: path, rows, execution) ? screen : nil
  }

  func work(rowCount: Int, pathCount: Int) -> WorkCount {
    classes.reduce(WorkCount()) {
      $0 + BlockDistances.work(rowCount: rowCount, gaussian: $1, pathCount: pathCount)
    }
  }

  /// Whether some samples, spread over all, leave most classes out.
  private func pays(
    _ screen: ClassScreen, along path: [Regularization], _ rows: any FeatureRows, _ execution: Execution
  ) async throws -> Bool {
    let sample = EveryNth(rows: rows, step: max(1, rows.count / Self.trialCount))
    let scorer = MixtureScorer(
      path: path, classes: classes.map { SpectralPath($0, along: path) }, screen: screen, dimension: dimension
    )
    do {
      let counts = try await scorer.scores(of: sample, execution)[0].visitedClassCounts
      return counts.reduce(0) { $0 + Int($1) } * 2 < counts.count * classes.count
    } catch is DetectorError {
      // Rows that cannot be scored are found, all of them, when it comes to scoring.
      return false
    }
  }
}

/// Every n-th of some rows.
private struct EveryNth: FeatureRows {
  let rows: any FeatureRows
  let step: Int

  var count: Int { (rows.count + step - 1) / step }
  var dimension: Int { rows.dimension }

  func matrix(at indices: [Int]) throws -> Matrix {
    try rows.matrix(at: indices.map { $0 * step })
  }
}
