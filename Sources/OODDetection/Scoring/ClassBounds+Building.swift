import LinearAlgebra

extension ClassBounds {
  /// The number of nearest other means that determine a class's directions. Their cost is small compared with fitting
  /// the class, which takes D times as long as one of them.
  static func referenceCount(classCount: Int, dimension: Int) -> Int {
    min(classCount - 1, max(32, min(dimension / 8, 128)))
  }
  /// The number of directions per class at one λ.
  static let directionsAtOneLambda = 16

  /// The bounds for classes factored at one λ; nil if there is only one distinct class, or if rounding errors would
  /// invalidate the bounds.
  ///
  /// O(K·D²·(128 + 16)/2), which pays off from a few hundred samples on.
  ///
  /// Classes with far fewer samples than dimensions have no directions; see ``SpanBounds``.
  ///
  /// - Parameter all: The means of all classes, if `classes` are only some of them.
  static func build(
    _ classes: [FactoredClass], among all: AllMeans? = nil, _ execution: Execution
  ) async throws -> ClassBounds? {
    let all = all ?? AllMeans(classes.map(\.mean))
    guard all.means.count > 1, !classes.isEmpty, classes.allSatisfy(\.hasUsableBounds) else { return nil }
    let work = buildingWork(classCount: classes.count, dimension: classes[0].mean.count)
    var marginals: [ClassMarginal] = []
    try await forEachInOrder(classes.count, threadCount: execution.threadCount) { index in
      switch try classes[index].factor.loaded() {
      case .triangle(let factor): try marginal(of: all.indices[index], among: all.means, by: factor)
      case .span: ClassMarginal.none(dimension: classes[index].mean.count)
      }
    } consume: { _, marginal in
      marginals.append(marginal)
      execution.meter.complete(WorkCount(multiplyAdds: work.multiplyAdds / Double(classes.count)))
    }
    return ClassBounds(means: classes.map(\.mean), marginals: marginals, parts: [[0]], in: all.frame)
  }

  /// The bounds for classes with one common factor, in the coordinates in which their covariance is the identity.
  static func build(
    _ whitened: WhitenedClasses, _ classes: [FactoredClass], _ execution: Execution
  ) async throws -> ClassBounds? {
    guard classes.allSatisfy(\.hasUsableBounds) else { return nil }
    let means = whitened.classes.map(\.mean)
    var marginals: [ClassMarginal] = []
    try await forEachInOrder(means.count, threadCount: execution.threadCount) { index in
      try marginal(of: index, among: means, by: nil)
    } consume: { _, marginal in
      marginals.append(marginal)
    }
    return ClassBounds(means: means, marginals: marginals, parts: [[0]])
  }

  /// Beyond this, rounding errors of double precision would not be small compared with those of single precision.
  static func isUsable(conditionNumber: Double) -> Bool { conditionNumber < 1e14 }

  /// The cost of ``build(_:_:)``.
  static func buildingWork(classCount: Int, dimension: Int) -> WorkCount {
    guard classCount > 1 else { return WorkCount() }
    let references = referenceCount(classCount: classCount, dimension: dimension)
    return .triangularSolve(
      rows: classCount * (references + min(references, directionsAtOneLambda)), order: dimension)
  }

  /// The marginal of one class at the λ of its factor L, in at most 16 directions.
  ///
  /// For orthonormal rows Q, ‖Q L⁻¹ (z − μ)‖² is a part of d². Q approximately spans the other means, whitened by L⁻¹.
  ///
  /// - Parameter factor: L; nil for the identity.
  static func marginal(
    of index: Int, among means: [[Double]], by factor: CholeskyFactorization?
  ) throws -> ClassMarginal {
    var references = references(of: index, among: means)
    factor?.whitenRows(of: &references)
    // All other classes have equal weight, regardless of their distance.
    references.scaleRows(by: references.squaredRowNorms().map(inverseRoot))
    var gram = Matrix(rowCount: references.rowCount, columnCount: references.rowCount)
    gram.addRowGram(of: references, scale: 1)
    gram.mirrorUpperTriangle()
    let size = min(directionsAtOneLambda, references.rowCount, references.columnCount)
    var directions = Matrix.product(try gram.leadingSubspace(size), by: references)
    directions = try directions.orthonormalizedRows()
    factor?.multiplyByInverseFactor(&directions)
    let squares = directions.squaredRowNorms()
    directions.scaleRows(by: squares.map(inverseRoot))
    return ClassMarginal(
      directions: directions,
      weights: Matrix(
        rowCount: squares.count, columnCount: 1, elements: squares.map { $0.isNormal ? $0 : 0 }),
      relativeErrors: [1e-6])
  }

  static func inverseRoot(_ square: Double) -> Double { square.isNormal ? 1 / square.squareRoot() : 0 }

  /// The differences of the nearest other means from one mean, (s, D).
  static func references(of index: Int, among means: [[Double]]) -> Matrix {
    var others = means.indices.filter { $0 != index }
    let count = referenceCount(classCount: means.count, dimension: means[index].count)
    if others.count > count {
      let distances = RowBlocks(count: others.count, size: count).flatMap { range in
        differences(others[range], index, means).squaredRowNorms()
      }
      others = TopK.indices(ofLargest: count, in: distances.map { -$0 }).map { others[$0] }
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

extension ClassMarginal {
  /// No directions, which give a bound of 0.
  static func none(dimension: Int) -> ClassMarginal {
    ClassMarginal(
      directions: Matrix(rowCount: 0, columnCount: dimension), weights: Matrix(rowCount: 0, columnCount: 1),
      relativeErrors: [0])
  }
}

extension Matrix {
  /// Up to `count` orthonormal rows (count, s) that approximately span the leading eigenvectors of this symmetric (s,
  /// s) matrix, by subspace iteration from random signs (Halko, Martinsson and Tropp 2011, doi:10.1137/090771806).
  /// O(s²·count).
  func leadingSubspace(_ count: Int) throws -> Matrix {
    var subspace = Matrix(randomRows: min(count, rowCount), columnCount: rowCount) {
      $0.next() >> 63 == 0 ? 1 : -1
    }
    var product = Matrix(rowCount: 0, columnCount: 0)
    // The other means lie in all directions, so eigenvalues decrease slowly: with two steps, the subspace would rule
    // out only a third as many classes.
    for _ in 0..<6 {
      for _ in 0..<2 {
        Matrix.multiply(subspace, by: self, into: &product)
        swap(&subspace, &product)
      }
      subspace = try subspace.orthonormalizedRows()
    }
    return subspace
  }
}
