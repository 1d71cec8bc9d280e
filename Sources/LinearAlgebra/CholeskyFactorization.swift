import COpenBLAS
import Foundation

/// A = L Lᵀ of a symmetric positive definite matrix (LAPACK's dpotrf). O(D³ / 3).
public struct CholeskyFactorization: Sendable {
  /// Holds Lᵀ in its upper triangle; what stands below is left over from the input.
  private let factor: Matrix

  /// Factors a symmetric matrix of which only the upper triangle is read.
  ///
  /// - Throws: ``LinearAlgebraError/numericalFailure(routine:info:)`` where it is not positive definite.
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
    factor = matrix
  }

  /// log det A.
  public var logDeterminant: Double {
    (0..<factor.rowCount).reduce(0) { $0 + 2 * log(factor[$1, $1]) }
  }

  /// L⁻¹ v, whose sum of squares is vᵀ A⁻¹ v. O(D²).
  public func whitened(_ vector: [Double]) -> [Double] {
    solve(vector, transposed: CblasTrans)
  }

  /// A⁻¹ v. O(D²).
  public func solution(for vector: [Double]) -> [Double] {
    solve(whitened(vector), transposed: CblasNoTrans)
  }

  private func solve(_ vector: [Double], transposed: CBLAS_TRANSPOSE) -> [Double] {
    precondition(vector.count == factor.rowCount, "lengths differ")
    var result = vector
    if result.isEmpty { return result }
    factor.elements.withUnsafeBufferPointer { factor in
      result.withUnsafeMutableBufferPointer { result in
        cblas_dtrsv(
          CblasRowMajor, CblasUpper, transposed, CblasNonUnit, Int32(result.count), factor.baseAddress,
          Int32(result.count), result.baseAddress, 1)
      }
    }
    return result
  }
}
