import Foundation
import LinearAlgebra

extension ClassBounds {
  /// The largest ratio of λ within a part of a path. The bound at the largest λ of a part is valid for the others but
  /// less tight.
  static let widestStep = 1.6
  /// The number of directions that each node contributes.
  private static let directionsPerNode = 8
  private static let largestNodeCount = 6

  /// The number of directions of bounds that are to rule out most classes before others.
  private static let coarseDirectionCount = 16

  /// The bounds for decomposed classes along a path; nil if there is only one distinct class.
  ///
  /// - Parameter all: The means of all classes, if `classes` are only some of them.
  ///
  /// O(K·D²·(128 + 2·r)), r up to 48.
  static func build(
    _ classes: [GaussianClass], among all: AllMeans? = nil, along path: [Regularization],
    _ execution: Execution
  ) async throws -> ClassBounds? {
    let all = all ?? AllMeans(classes.map(\.mean))
    let parts = parts(of: path)
    return ClassBounds(
      means: classes.map(\.mean),
      marginals: try await marginals(of: classes, among: all, along: path, parts: parts, execution),
      parts: parts, in: all.frame)
  }

  /// The bounds at some points of a path in ascending order of their cost: those of the most useful directions, if that
  /// is much cheaper, then those of all. None if there is only one distinct class. They cost as much to build as those
  /// of ``build(_:among:along:_:)``.
  ///
  /// - Parameter points: Indices of the path.
  static func build(
    _ classes: [GaussianClass], among all: AllMeans? = nil, along path: [Regularization], at points: [Int],
    _ execution: Execution
  ) async throws -> [ClassBounds] {
    let all = all ?? AllMeans(classes.map(\.mean))
    let (means, parts) = (classes.map(\.mean), points.map { [$0] })
    let marginals = try await marginals(of: classes, among: all, along: path, parts: parts, execution)
    let coarse =
      marginals.contains { $0.directions.rowCount > 2 * coarseDirectionCount }
      ? ClassBounds(
        means: means, marginals: marginals.map { $0.prefix(coarseDirectionCount) }, parts: parts,
        in: all.frame)
      : nil
    let fine = ClassBounds(means: means, marginals: marginals, parts: parts, in: all.frame)
    return [coarse, fine].compactMap { $0 }
  }

  /// None if there is only one class.
  private static func marginals(
    of classes: [GaussianClass], among all: AllMeans, along path: [Regularization], parts: [[Int]],
    _ execution: Execution
  ) async throws -> [ClassMarginal] {
    guard all.means.count > 1, !classes.isEmpty, !path.isEmpty else { return [] }
    let ends = parts.map { path[$0[$0.endIndex - 1]] }
    let nodes = nodes(of: path)
    let work = buildingWork(classes, along: path)
    var marginals: [ClassMarginal] = []
    try await forEachInOrder(classes.count, threadCount: execution.threadCount) { index in
      let gaussian = classes[index]
      return try gaussian.scaledSpectrum.marginal(
        telling: references(of: all.indices[index], among: all),
        nodes: nodes.map { (gaussian.ridge(at: $0.regularization), $0.count) },
        along: ends.map { gaussian.ridge(at: $0) })
    } consume: { _, marginal in
      marginals.append(marginal)
      execution.meter.complete(WorkCount(multiplyAdds: work.multiplyAdds / Double(classes.count)))
    }
    return marginals
  }

  /// The cost of ``build(_:among:along:_:)``.
  static func buildingWork(_ classes: [GaussianClass], along path: [Regularization]) -> WorkCount {
    guard classes.count > 1, !path.isEmpty, let dimension = classes.first?.mean.count else {
      return WorkCount()
    }
    let references = referenceCount(classCount: classes.count, dimension: dimension)
    let rows = references + 2 * directionCount(along: path, otherCount: references)
    return classes.reduce(WorkCount()) {
      $0 + .product(rows, $1.spectrum.directionCount, $1.mean.count)
    }
  }

  /// The cost of bounds along a path for `rowCount` samples.
  ///
  /// - Parameter pointCount: The number of points of the path for which the cheapest bounds are computed; nil for bounds
  ///   of groups of close λ.
  static func boundingWork(
    _ classes: [GaussianClass], along path: [Regularization], pointCount: Int? = nil, rowCount: Int
  ) -> WorkCount {
    guard let dimension = classes.first?.mean.count else { return WorkCount() }
    let references = referenceCount(classCount: classes.count, dimension: dimension)
    var directions = directionCount(along: path, otherCount: references)
    if pointCount != nil { directions = min(directions, coarseDirectionCount) }
    return .product(
      rowCount, dimension + (pointCount ?? parts(of: path).count), classes.count * directions)
  }

  private static func directionCount(along path: [Regularization], otherCount: Int) -> Int {
    nodes(of: path).reduce(0) { $0 + min($1.count, otherCount) }
  }

  /// The λ that determine directions, evenly spaced along a path, each with its number of directions.
  private static func nodes(of path: [Regularization]) -> [(regularization: Regularization, count: Int)] {
    guard let least = path.min(), let greatest = path.max() else { return [] }
    guard least.value > 0, greatest.value > 2 * least.value else {
      return [(greatest, directionsAtOneLambda)]
    }
    // Separate logarithms, since the quotient of the largest and smallest λ may overflow.
    let start = log10(least.value)
    let decades = log10(greatest.value) - start
    let count = min(largestNodeCount, max(2, Int(decades.rounded()) + 1))
    return (0..<count).map { node in
      let value = pow(10, start + decades * Double(node) / Double(count - 1))
      let within = min(max(least.value, value), greatest.value)
      return (Regularization(unchecked: within), directionsPerNode)
    }
  }

  /// The indices of a path in groups of close λ, both ascending.
  static func parts(of path: [Regularization]) -> [[Int]] {
    var parts: [[Int]] = []
    var start = Regularization.standard
    for index in path.indices.sorted(by: { path[$0] < path[$1] }) {
      if !parts.isEmpty, path[index].value <= start.value * widestStep {
        parts[parts.endIndex - 1].append(index)
      } else {
        start = path[index]
        parts.append([index])
      }
    }
    return parts
  }
}

extension Spectrum {
  /// A marginal for the λ of a path, in directions that separate the other means from this class's mean.
  ///
  /// Each node contributes directions Σ(λ)⁻¹ m for differences of means m. These are the directions that separate two
  /// classes best at that λ (Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x).
  ///
  /// - Parameter references: The differences of other means from this class's mean, (s, D).
  fileprivate func marginal(
    telling references: Matrix, nodes: [(regularization: Regularization, count: Int)],
    along path: [Regularization]
  ) throws -> ClassMarginal {
    let dimension = references.columnCount
    let basis = self.basis
    let projected = Matrix.product(references, byTransposeOf: basis)
    var residuals: Matrix?
    if !isComplete {
      residuals = references
      residuals?.subtractProduct(projected, by: basis)
    }
    var coordinates = Matrix(rowCount: 0, columnCount: directionCount)
    var outside = Matrix(rowCount: 0, columnCount: dimension)
    for node in nodes {
      let found = try directions(projected, residuals, at: node.regularization, count: node.count)
      coordinates.append(rowsOf: found.coordinates)
      if let rows = found.outside { outside.append(rowsOf: rows) }
    }
    // At most D rows can be orthonormal.
    let count = min(coordinates.rowCount, dimension)
    var rows = Matrix.product(coordinates.firstRows(count), by: basis)
    if residuals != nil { rows.add(outside.firstRows(count), times: 1) }
    rows.scaleRows(by: rows.squaredRowNorms().map(ClassBounds.inverseRoot))
    for row in rows.nonFiniteRows() {
      for column in 0..<dimension { rows[row, column] = 0 }
    }
    rows = try rows.orthonormalizedRows()
    return try marginal(on: rows, basis, along: path).ordered(telling: references)
  }

  /// Rows that span Σ(λ)⁻¹ m for the dominant combinations of m, as coordinates along V and, if V is not complete, the
  /// part outside of V.
  private func directions(
    _ projected: Matrix, _ residuals: Matrix?, at regularization: Regularization, count: Int
  ) throws -> (coordinates: Matrix, outside: Matrix?) {
    let precisions = eigenvalues.prefix(directionCount).map { 1 / ($0 + regularization.value) }
    var whitened = projected
    whitened.scaleColumns(by: precisions.map { $0.squareRoot() })
    var gram = Matrix(rowCount: projected.rowCount, columnCount: projected.rowCount)
    gram.addRowGram(of: whitened, scale: 1)
    if let residuals { gram.addRowGram(of: residuals, scale: 1 / regularization.value) }
    gram.mirrorUpperTriangle()
    // All other classes have equal weight, regardless of their distance.
    let scales = (0..<gram.rowCount).map { ClassBounds.inverseRoot(gram[$0, $0]) }
    gram.scaleRows(by: scales)
    gram.scaleColumns(by: scales)
    // Means near the largest double overflow; then any directions are as good.
    guard gram.nonFiniteRows().isEmpty else {
      let rows = min(count, gram.rowCount)
      return (
        Matrix(rowCount: rows, columnCount: directionCount),
        residuals.map { Matrix(rowCount: rows, columnCount: $0.columnCount) }
      )
    }
    var mixing = try gram.leadingSubspace(min(count, gram.rowCount))
    mixing.scaleColumns(by: scales)
    var scaled = projected
    scaled.scaleColumns(by: precisions)
    let coordinates = Matrix.product(mixing, by: scaled)
    guard let residuals else { return (coordinates, nil) }
    var outside = Matrix(rowCount: 0, columnCount: 0)
    mixing.scaleColumns(by: [Double](repeating: 1 / regularization.value, count: mixing.columnCount))
    Matrix.multiply(mixing, by: residuals, into: &outside)
    return (coordinates, outside)
  }

  /// The marginal on orthonormal rows (r, D), rotated so that it is uncorrelated.
  private func marginal(
    on rows: Matrix, _ basis: Matrix, along path: [Regularization]
  ) throws -> ClassMarginal {
    var coordinates = Matrix.product(rows, byTransposeOf: basis)
    coordinates.scaleColumns(by: eigenvalues.prefix(directionCount).map { $0.squareRoot() })
    var covariance = Matrix(rowCount: rows.rowCount, columnCount: rows.rowCount)
    covariance.addRowGram(of: coordinates, scale: 1)
    let decomposition = try SymmetricEigendecomposition(upperTriangle: covariance)
    let directions = Matrix.product(decomposition.eigenvectors, by: rows)
    var weights = Matrix(rowCount: rows.rowCount, columnCount: path.count)
    for row in 0..<rows.rowCount {
      for (part, regularization) in path.enumerated() {
        weights[row, part] = 1 / (max(0, decomposition.eigenvalues[row]) + regularization.value)
      }
    }
    // The correlation that rounding leaves is at most r·D units of the largest variance.
    let unit = Double(rows.rowCount * rows.columnCount) * 0x1p-52
    return ClassMarginal(
      directions: directions, weights: weights, relativeErrors: path.map { unit * conditionNumber(at: $0) })
  }
}

extension ClassMarginal {
  /// The first directions.
  fileprivate func prefix(_ count: Int) -> ClassMarginal {
    let count = min(count, directions.rowCount)
    return ClassMarginal(
      directions: directions.firstRows(count), weights: weights.firstRows(count),
      relativeErrors: relativeErrors)
  }

  /// The directions in the order of their usefulness: the sum of their shares in the distances of other means, over all
  /// means and λ.
  ///
  /// - Parameter references: The differences of other means from this class's mean, (s, D).
  fileprivate func ordered(telling references: Matrix) -> ClassMarginal {
    var squares = Matrix.product(references, byTransposeOf: directions)
    squares.squareElements()
    let distances = Matrix.product(squares, by: weights)
    var usefulness = [Double](repeating: 0, count: directions.rowCount)
    for row in 0..<squares.rowCount {
      for (direction, square) in squares.row(row).enumerated() {
        for part in 0..<weights.columnCount where distances[row, part] > 0 {
          usefulness[direction] += square * weights[direction, part] / distances[row, part]
        }
      }
    }
    // Not a number after an overflow, in which case any order is as good.
    let order =
      usefulness.allSatisfy(\.isFinite)
      ? usefulness.indices.sorted { usefulness[$0] > usefulness[$1] } : Array(usefulness.indices)
    return ClassMarginal(
      directions: directions.matrix(at: order), weights: weights.matrix(at: order),
      relativeErrors: relativeErrors)
  }
}
