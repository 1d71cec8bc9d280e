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
  /// - Parameters:
  ///   - all: The means of all classes, if `classes` are only some of them.
  ///   - includesSpans: Whether classes that are represented by their span have directions. Otherwise their bound is 0.
  static func build(
    _ classes: [FactoredClass], among all: AllMeans? = nil, includesSpans: Bool = true,
    _ execution: Execution
  ) async throws -> ClassBounds? {
    let all = all ?? AllMeans(classes.map(\.mean))
    guard all.means.count > 1, !classes.isEmpty, classes.allSatisfy(\.hasUsableBounds) else { return nil }
    let work = buildingWork(classCount: classes.count, dimension: classes[0].mean.count)
    var marginals: [ClassMarginal] = []
    try await forEachInOrder(classes.count, threadCount: execution.threadCount) { index in
      switch try classes[index].factor.loaded() {
      case .triangle(let factor): try marginal(of: all.indices[index], among: all, by: factor)
      case .span(let span):
        includesSpans
          ? ClassMarginal(whitened: try marginalRows(of: all.indices[index], among: all, by: span))
          : ClassMarginal.none(dimension: classes[index].mean.count)
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
    let all = AllMeans(means)
    var marginals: [ClassMarginal] = []
    try await forEachInOrder(means.count, threadCount: execution.threadCount) { index in
      try marginal(of: index, among: all, by: nil)
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
    of index: Int, among all: AllMeans, by factor: CholeskyFactorization?
  ) throws -> ClassMarginal {
    var references = references(of: index, among: all)
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
    return ClassMarginal(whitened: directions)
  }

  /// The marginal of one class that is represented by its span, as rows W (16, D): ‖W(z − μ)‖² is a part of d².
  static func marginalRows(
    of index: Int, among all: AllMeans, by span: SpanCovariance
  ) throws -> Matrix {
    try span.marginalRows(separating: references(of: index, among: all), count: directionsAtOneLambda)
  }

  static func inverseRoot(_ square: Double) -> Double { square.isNormal ? 1 / square.squareRoot() : 0 }

  /// The differences of the nearest other means from one mean, (s, D).
  static func references(of index: Int, among all: AllMeans) -> Matrix {
    let mean = all.means[index]
    let count = referenceCount(classCount: all.means.count, dimension: mean.count)
    let others = all.nearest(to: index, count: count)
    var differences = Matrix(
      rowCount: others.count, columnCount: mean.count, elements: others.flatMap { all.means[$0] })
    differences.subtractFromRows(mean)
    return differences
  }
}

extension ClassMarginal {
  /// The marginal with the squared distance ‖W(z − μ)‖² at one λ, for W (r, D).
  fileprivate init(whitened rows: Matrix) {
    let squares = rows.squaredRowNorms()
    directions = rows
    directions.scaleRows(by: squares.map(ClassBounds.inverseRoot))
    weights = Matrix(
      rowCount: squares.count, columnCount: 1, elements: squares.map { $0.isNormal ? $0 : 0 })
    relativeErrors = [1e-6]
  }

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
