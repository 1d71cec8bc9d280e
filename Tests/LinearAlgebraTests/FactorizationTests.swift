import Foundation
import Testing

@testable import LinearAlgebra

@Suite("Factorizations")
struct FactorizationTests {
  /// A positive definite matrix XXᵀ + I with an invalid lower triangle, which must not be read.
  static func definite(_ order: Int) -> (upper: Matrix, full: Matrix) {
    let block = MatrixTests.integers(order, order + 2, seed: 5)
    var full = Matrix(rowCount: order, columnCount: order)
    for index in 0..<order { full[index, index] = 1 }
    full.addRowGram(of: block, scale: 1)
    full.mirrorUpperTriangle()
    var upper = full
    for row in 0..<order { for column in 0..<row { upper[row, column] = .nan } }
    return (upper, full)
  }

  static func largestDifference(_ left: Matrix, _ right: Matrix) -> Double {
    guard left.rowCount == right.rowCount, left.columnCount == right.columnCount else { return .infinity }
    return zip(left.elements, right.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  static func identity(_ order: Int) -> Matrix {
    var identity = Matrix(rowCount: order, columnCount: order)
    for index in 0..<order { identity[index, index] = 1 }
    return identity
  }

  static func rowGram(_ rows: Matrix) -> Matrix {
    var gram = Matrix(rowCount: rows.rowCount, columnCount: rows.rowCount)
    gram.addRowGram(of: rows, scale: 1)
    gram.mirrorUpperTriangle()
    return gram
  }

  @Test(arguments: [0, 1, 2, 9, 70])
  func eigendecompositionsRebuildTheMatrix(order: Int) throws {
    let (upper, full) = Self.definite(order)
    let decomposition = try SymmetricEigendecomposition(upperTriangle: upper)
    let values = decomposition.eigenvalues
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(Self.largestDifference(Self.rowGram(decomposition.eigenvectors), Self.identity(order)) < 1e-13)
    var scaled = decomposition.eigenvectors
    scaled.scaleRows(by: values)
    let rebuilt = MatrixTests.naiveProduct(MatrixTests.transposed(decomposition.eigenvectors), scaled)
    #expect(Self.largestDifference(rebuilt, full) <= 1e-13 * (values.first ?? 0))
  }

  @Test func knownEigenvalues() throws {
    let matrix = Matrix(rowCount: 2, columnCount: 2, elements: [2, 1, 1, 2])
    let decomposition = try SymmetricEigendecomposition(upperTriangle: matrix)
    #expect(abs(decomposition.eigenvalues[0] - 3) < 1e-15 && abs(decomposition.eigenvalues[1] - 1) < 1e-15)
    #expect(abs(abs(decomposition.eigenvectors[0, 0]) - 0.5.squareRoot()) < 1e-15)
    #expect(abs(decomposition.eigenvectors[0, 0] - decomposition.eigenvectors[0, 1]) < 1e-15)
  }

  @Test(arguments: [0, 1, 2, 9, 40])
  func choleskySolvesAndGivesTheDeterminant(order: Int) throws {
    let (upper, full) = Self.definite(order)
    let factorization = try CholeskyFactorization(upperTriangle: upper)
    let expected = (0..<order).map { Double($0 % 5) - 2 }
    let right = full.multiplied(by: expected)
    let solution = factorization.solution(for: right)
    #expect(zip(solution, expected).allSatisfy { abs($0 - $1) < 1e-9 })
    let squared = factorization.whitened(right).reduce(0) { $0 + $1 * $1 }
    let quadratic = zip(right, expected).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(squared - quadratic) <= 1e-10 * max(1, quadratic))
    let logDeterminant = try SymmetricEigendecomposition(upperTriangle: full).eigenvalues.reduce(0) {
      $0 + log($1)
    }
    #expect(abs(factorization.logDeterminant - logDeterminant) <= 1e-10 * max(1, abs(logDeterminant)))
  }

  @Test(arguments: [0, 1, 2, 9, 128, 300])
  func theInverseOfAFactoredMatrix(order: Int) throws {
    let (upper, full) = Self.definite(order)
    let inverse = try CholeskyFactorization(upperTriangle: upper).inverse
    let product = Matrix.product(full, by: inverse)
    for row in 0..<order {
      for column in 0..<order {
        #expect(abs(product[row, column] - (row == column ? 1 : 0)) < 1e-9)
        #expect(inverse[row, column] == inverse[column, row])
      }
    }
  }

  @Test(arguments: [0, 1, 2, 9, 40])
  func factorsWorkOnRows(order: Int) throws {
    let factorization = try CholeskyFactorization(upperTriangle: Self.definite(order).upper)
    let rows = MatrixTests.integers(3, order, seed: 7)
    var whitened = rows
    factorization.whitenRows(of: &whitened)
    for row in 0..<3 {
      let expected = factorization.whitened(Array(rows.row(row)))
      #expect(zip(whitened.row(row), expected).allSatisfy { abs($0 - $1) < 1e-12 })
    }
    // (rows · L⁻¹) v is rows · (L⁻¹ v).
    var product = rows
    factorization.multiplyByInverseFactor(&product)
    let vector = (0..<order).map { Double($0 % 3) - 1 }
    let expected = rows.multiplied(by: factorization.whitened(vector))
    #expect(zip(product.multiplied(by: vector), expected).allSatisfy { abs($0 - $1) < 1e-10 })
  }

  @Test(arguments: [(0, 0), (1, 1), (5, 3), (40, 12)])
  func factorsOfGramMatricesNeedNoGramMatrix(rows: Int, columns: Int) throws {
    var samples = MatrixTests.integers(rows, columns, seed: 8)
    for index in 0..<columns { samples[index, index] += 20 }
    var gram = Matrix(rowCount: columns, columnCount: columns)
    gram.addColumnGram(of: samples, scale: 1)
    let (direct, formed) = (
      try CholeskyFactorization(ofGram: samples), try CholeskyFactorization(upperTriangle: gram)
    )
    #expect(abs(direct.logDeterminant - formed.logDeterminant) < 1e-11)
    let vector = (0..<columns).map { Double($0) - 1 }
    let squares = [direct, formed].map { $0.whitened(vector).reduce(0) { $0 + $1 * $1 } }
    #expect(abs(squares[0] - squares[1]) <= 1e-12 * max(1, squares[1]))
  }

  @Test func gramFactorsKeepWhatFormingTheGramMatrixLoses() throws {
    // Two columns that differ by 1e-9: their Gram matrix has condition number 4e18.
    let samples = Matrix(rowCount: 2, columnCount: 2, elements: [1, 1, 0, 1e-9])
    let factorization = try CholeskyFactorization(ofGram: samples)
    #expect(abs(factorization.logDeterminant - 2 * log(1e-9)) < 1e-12)
  }

  @Test func conditionNumbersAreEstimated() throws {
    let diagonal = Matrix(rowCount: 3, columnCount: 3, elements: [8, 0, 0, 0, 2, 0, 0, 0, 1e-3])
    let factorization = try CholeskyFactorization(upperTriangle: diagonal)
    #expect(abs(factorization.conditionNumber(scaledBy: [1, 1, 1], norm: 8) - 8000) < 1e-9)
    #expect(abs(factorization.conditionNumber(scaledBy: [0.5, 1, 10], norm: 2) - 20) < 1e-12)
  }

  @Test func choleskyRejectsIndefiniteMatrices() {
    let matrix = Matrix(rowCount: 2, columnCount: 2, elements: [1, 2, 2, 1])
    #expect(throws: LinearAlgebraError.numericalFailure(routine: "dpotrf", info: 2)) {
      try CholeskyFactorization(upperTriangle: matrix)
    }
  }

  @Test func errorsSayWhichRoutine() {
    #expect("\(LinearAlgebraError.illegalArgument(routine: "dsyevd", argument: 3))".contains("argument 3"))
    #expect("\(LinearAlgebraError.numericalFailure(routine: "dpotrf", info: 2))".contains("dpotrf"))
    #expect(
      "\(LinearAlgebraError.tooLarge(routine: "dgeqrf", rowCount: 1, columnCount: 2))".contains("1 × 2"))
  }

  @Test func orthonormalizationKeepsOrderAndDirection() throws {
    // Orthonormal rows perturbed by 1e-3 each: the result is orthonormal and close.
    let exact = try SymmetricEigendecomposition(upperTriangle: Self.definite(12).full).eigenvectors.firstRows(
      7)
    var bent = exact
    bent.add(MatrixTests.integers(7, 12, seed: 6), times: 1e-4)
    bent.scaleRows(by: [1, -1, 1, -1, 1, 1, -1])
    let repaired = try bent.orthonormalizedRows()
    #expect(Self.largestDifference(Self.rowGram(repaired), Self.identity(7)) < 1e-14)
    #expect(Self.largestDifference(repaired, bent) < 0.02)
    #expect(try Matrix(rowCount: 0, columnCount: 4).orthonormalizedRows().rowCount == 0)
  }

  @Test func runtimeHasAName() {
    let runtime = BLASRuntime.current()
    #expect(runtime.library.hasPrefix("OpenBLAS"))
    #expect(!runtime.kernels.isEmpty)
    #expect(runtime.threadCount >= 1)
  }

  /// Of matrices of all sizes of elements. A close bound is within a fifth of the largest eigenvalue, the other one of
  /// these here is not.
  @Test(arguments: [1, 2, 40, 130], [1e-200, 1e-25, 1, 1e30])
  func largestEigenvaluesAreBounded(order: Int, scale: Double) throws {
    var generator = SplitMix64(seed: 11)
    let rows = Matrix(
      rowCount: order, columnCount: 2 * order,
      elements: (0..<2 * order * order).map { _ in
        scale.squareRoot() * Double.random(in: -1...1, using: &generator)
      })
    let gram = Self.rowGram(rows)
    let largest = try SymmetricEigendecomposition(upperTriangle: gram).eigenvalues.max() ?? 0
    let (close, loose) = (
      gram.largestEigenvalueBound(isClose: true), gram.largestEigenvalueBound(isClose: false)
    )
    #expect(close >= largest && close < 1.2 * largest)
    #expect(loose >= largest * (1 - 1e-12) && (order < 40 || loose > 1.5 * largest))
  }

  /// A bound holds where the power method misses the eigenvector.
  @Test func theLargestEigenvalueIsNotMissed() {
    var matrix = Self.identity(6)
    (matrix[0, 0], matrix[1, 1], matrix[0, 1], matrix[1, 0]) = (20, 20, -20, -20)
    let bound = matrix.largestEigenvalueBound(isClose: true)
    #expect(bound >= 40 && bound < 40.01)
  }

  /// Squares of the elements would underflow, or overflow.
  @Test(arguments: [Float(1e-30), 1e-3, 1e30], [false, true])
  func spectralNormsAreBounded(scale: Float, isTriangular: Bool) throws {
    var generator = SplitMix64(seed: 12)
    var rows = Matrix(rowCount: 140, columnCount: 140)
    for row in 0..<140 {
      for column in 0..<(isTriangular ? row + 1 : 140) {
        rows[row, column] = Double.random(in: -1...1, using: &generator)
      }
    }
    let norm = try (SymmetricEigendecomposition(upperTriangle: Self.rowGram(rows)).eigenvalues.max() ?? 0)
      .squareRoot()
    let scaled = Float32Matrix(
      rounding: rows, origin: [Double](repeating: 0, count: 140), scale: Double(scale))
    let bounds = [true, false].map {
      scaled.spectralNormBound(isTriangular: isTriangular, isClose: $0) / Double(scale)
    }
    #expect(bounds[0] >= norm && bounds[0] < 1.12 * norm)
    #expect(bounds[1] >= norm && bounds[1] > 1.2 * norm)
  }
}
