import COpenBLAS
import Foundation

/// The factorization A = L Lᵀ of a symmetric positive definite matrix (D, D). O(D³ / 3).
public struct CholeskyFactorization: Sendable, Equatable {
  /// Lᵀ.
  public let upperFactor: PackedTriangle

  /// Creates a factorization from Lᵀ.
  public init(upperFactor: PackedTriangle) { self.upperFactor = upperFactor }

  /// Factors a symmetric matrix of which only the upper triangle is read (LAPACK's dpotrf).
  ///
  /// - Throws: ``LinearAlgebraError/numericalFailure(routine:info:)`` if the matrix is not positive definite.
  public init(upperTriangle matrix: consuming Matrix) throws(LinearAlgebraError) {
    precondition(matrix.rowCount == matrix.columnCount, "not square")
    let routine = "dpotrf"
    guard var order = Int32(exactly: matrix.rowCount) else {
      throw .tooLarge(routine: routine, rowCount: matrix.rowCount, columnCount: matrix.columnCount)
    }
    if order > 0 {
      var triangle = CChar(UInt8(ascii: "L"))
      var info: Int32 = 0
      dpotrf_(&triangle, &order, &matrix.elements, &order, &info)
      try LinearAlgebraError.check(info, routine)
    }
    upperFactor = PackedTriangle(upperTriangleOf: matrix)
  }

  /// Factors A = XᵀX for X (M, D) with M ≥ D, without forming A (LAPACK's dgelqf on Xᵀ). Errors grow with the square
  /// root of A's condition number κ instead of κ. O(2·M·D²).
  ///
  /// - Throws: ``LinearAlgebraError``, never for finite input. A linearly dependent column gives a diagonal element
  ///   near 0 instead of an error.
  public init(ofGram rows: consuming Matrix) throws(LinearAlgebraError) {
    precondition(rows.rowCount >= rows.columnCount, "fewer rows than dimensions")
    let (routine, dimension) = ("dgelqf", rows.columnCount)
    guard var order = Int32(exactly: dimension), var count = Int32(exactly: rows.rowCount) else {
      throw .tooLarge(routine: routine, rowCount: rows.rowCount, columnCount: dimension)
    }
    if order > 0 {
      var scales = [Double](repeating: 0, count: dimension)
      var info: Int32 = 0
      var (workCount, reply): (Int32, Double) = (-1, 0)
      dgelqf_(&order, &count, &rows.elements, &order, &scales, &reply, &workCount, &info)
      try LinearAlgebraError.check(info, routine)
      workCount = try LinearAlgebraError.workspaceSize(reply, routine, rows)
      var work = [Double](repeating: 0, count: Int(workCount))
      dgelqf_(&order, &count, &rows.elements, &order, &scales, &work, &workCount, &info)
      try LinearAlgebraError.check(info, routine)
    }
    // Our rows are the columns of LAPACK's matrix, so the first D of them contain L, transposed.
    upperFactor = PackedTriangle(upperTriangleOf: rows.firstRows(dimension))
  }

  /// log det A.
  public var logDeterminant: Double {
    upperFactor.diagonal.reduce(0) { $0 + 2 * log(abs($1)) }
  }

  /// An estimate of the condition number, in the 1-norm, of S A S for a diagonal S (LAPACK's dpocon), given S and the
  /// 1-norm of S A S; infinite if it is singular to working precision. O(D²).
  public func conditionNumber(scaledBy scales: [Double], norm: Double) -> Double {
    guard var order = Int32(exactly: upperFactor.order), order > 0 else { return 1 }
    var scaled = Matrix(upperFactor)
    scaled.scaleColumns(by: scales)
    var triangle = CChar(UInt8(ascii: "L"))
    var (norm, reciprocal, info) = (norm, 0.0, Int32(0))
    var work = [Double](repeating: 0, count: 3 * upperFactor.order)
    var integerWork = [Int32](repeating: 0, count: upperFactor.order)
    scaled.elements.withUnsafeBufferPointer { scaled in
      dpocon_(
        &triangle, &order, scaled.baseAddress, &order, &norm, &reciprocal, &work, &integerWork, &info)
    }
    return info == 0 && reciprocal > 0 ? 1 / reciprocal : .infinity
  }

  /// A⁻¹, (D, D). O(D³ / 2).
  public var inverse: Matrix {
    // L⁻¹, in column-major order an upper triangle U, and U Uᵀ in its place.
    var inverse = upperFactor.inverseTranspose
    guard var order = Int32(exactly: upperFactor.order), order > 0 else { return inverse }
    var triangle = CChar(UInt8(ascii: "U"))
    var info: Int32 = 0
    dlauum_(&triangle, &order, &inverse.elements, &order, &info)
    precondition(info == 0, "not a triangle")
    inverse.mirrorLowerTriangle()
    return inverse
  }

  /// L⁻¹ v, whose sum of squares is vᵀ A⁻¹ v. O(D²).
  public func whitened(_ vector: [Double]) -> [Double] {
    var row = Matrix(rowCount: 1, columnCount: vector.count, elements: vector)
    whitenRows(of: &row)
    return row.elements
  }

  /// A⁻¹ v. O(D²).
  public func solution(for vector: [Double]) -> [Double] {
    var row = Matrix(rowCount: 1, columnCount: vector.count, elements: vector)
    whitenRows(of: &row)
    multiplyByInverseFactor(&row)
    return row.elements
  }

  /// Replaces every row v of a (B, D) matrix by L⁻¹ v. O(B·D² / 2).
  public func whitenRows(of rows: inout Matrix) { upperFactor.solveRows(of: &rows) }

  /// Multiplies a (B, D) matrix by L⁻¹ from the right: `rows · v` becomes `rows · L⁻¹ v` for every v. O(B·D² / 2).
  public func multiplyByInverseFactor(_ rows: inout Matrix) { upperFactor.solveTransposedRows(of: &rows) }
}
