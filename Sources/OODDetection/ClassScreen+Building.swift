import LinearAlgebra

extension ClassScreen {
  /// How many other classes' means, the nearest ones, choose a class's directions.
  private static let referenceCount = 8 * directionCount

  /// The screen of a detector's classes; nil where there is nothing to tell apart or no bound would hold.
  ///
  /// O(K·D²·(128 + 32)): worth its cost from a few hundred samples on.
  static func build(_ metrics: [any ClassMetric], _ execution: Execution) async throws -> ClassScreen? {
    let work = buildingWork(metrics)
    guard work.multiplyAdds > 0 else { return nil }
    let means = metrics.map(\.mean)
    var projections: [Matrix] = []
    try await forEachInOrder(metrics.count, threadCount: execution.threadCount) { index in
      try projection(of: index, among: means, by: metrics[index].whitening())
    } consume: { _, projection in
      projections.append(projection)
      execution.meter.complete(WorkCount(multiplyAdds: work.multiplyAdds / Double(metrics.count)))
    }
    return ClassScreen(metrics: metrics, projections: projections)
  }

  /// What ``build(_:_:)`` costs; nothing where it gives nil at once.
  static func buildingWork(_ metrics: [any ClassMetric]) -> WorkCount {
    guard metrics.count > 1, metrics.allSatisfy({ isUsable(conditionNumber: $0.conditionNumber) }) else {
      return WorkCount()
    }
    return buildingWork(classCount: metrics.count, dimension: metrics[0].mean.count)
  }

  /// Past this, rounding errors of double precision would no longer be small beside those of single.
  static func isUsable(conditionNumber: Double) -> Bool { conditionNumber < 1e14 }

  static func buildingWork(classCount: Int, dimension: Int) -> WorkCount {
    guard classCount > 1 else { return WorkCount() }
    let references = min(classCount - 1, referenceCount)
    return .product(classCount * (references + directionCount), dimension, dimension)
  }

  /// Qᵀ W of one class, at most (16, D).
  static func projection(
    of index: Int, among means: [[Double]], by whitening: any Whitening
  ) throws -> Matrix {
    var references = references(of: index, among: means)
    whitening.whitenRows(of: &references)
    // Each other class counts alike, however far it is.
    references.scaleRows(
      by: references.squaredRowNorms().map { $0.isNormal ? 1 / $0.squareRoot() : 0 })
    var directions = try references.leadingRowSpace(directionCount)
    whitening.multiplyByWhitening(&directions)
    return directions
  }

  /// The nearest other means as seen from one, (s, D).
  private static func references(of index: Int, among means: [[Double]]) -> Matrix {
    var others = means.indices.filter { $0 != index }
    if others.count > referenceCount {
      let distances = RowBlocks(count: others.count, size: referenceCount).flatMap { range in
        differences(others[range], index, means).squaredRowNorms()
      }
      others = TopK.indices(ofLargest: referenceCount, in: distances.map { -$0 }).map { others[$0] }
    }
    return differences(others[...], index, means)
  }

  private static func differences(_ others: ArraySlice<Int>, _ index: Int, _ means: [[Double]]) -> Matrix {
    var elements: [Double] = []
    elements.reserveCapacity(others.count * means[index].count)
    for other in others { elements += means[other] }
    var differences = Matrix(
      rowCount: others.count, columnCount: means[index].count, elements: elements)
    differences.subtractFromRows(means[index])
    return differences
  }
}

extension Matrix {
  /// Up to `count` orthonormal rows whose span holds most of this (s, D) matrix's rows, by two steps of
  /// subspace iteration from random signs (Halko, Martinsson and Tropp 2011, doi:10.1137/090771806). All of it
  /// where s ≤ `count`. O(s²·D).
  fileprivate func leadingRowSpace(_ count: Int) throws -> Matrix {
    guard rowCount > min(count, columnCount) else { return try orthonormalizedRows() }
    var gram = Matrix(rowCount: rowCount, columnCount: rowCount)
    gram.addRowGram(of: self, scale: 1)
    gram.mirrorUpperTriangle()
    let size = min(count, columnCount)
    var state: UInt64 = 1
    var mixing = Matrix(
      rowCount: size, columnCount: rowCount,
      elements: (0..<size * rowCount).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 63 == 0 ? 1 : -1
      })
    var product = Matrix(rowCount: 0, columnCount: 0)
    for _ in 0..<2 {
      Matrix.multiply(mixing, by: gram, into: &product)
      swap(&mixing, &product)
    }
    Matrix.multiply(mixing, by: self, into: &product)
    return try product.orthonormalizedRows()
  }
}
