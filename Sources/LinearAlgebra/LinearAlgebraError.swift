/// An error of LAPACK. The sign of `info` distinguishes invalid arguments from numerical failures.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
  /// `info` < 0: argument number `argument` (from 1) was invalid, due to a defect of the caller or NaN in its input.
  case illegalArgument(routine: String, argument: Int)
  /// `info` > 0: the iteration did not converge, or the leading minor of order `info` is not positive.
  case numericalFailure(routine: String, info: Int)
  /// The matrix is larger than LAPACK's 32-bit integers can index.
  case tooLarge(routine: String, rowCount: Int, columnCount: Int)

  public var description: String {
    switch self {
    case .illegalArgument(let routine, let argument):
      "\(routine) rejected its argument \(argument)"
    case .numericalFailure(let routine, let info):
      "\(routine) failed numerically (info \(info))"
    case .tooLarge(let routine, let rowCount, let columnCount):
      "\(routine) cannot index a matrix of \(rowCount) × \(columnCount)"
    }
  }

  /// Throws the error for LAPACK's `info`.
  static func check(_ info: Int32, _ routine: String) throws(LinearAlgebraError) {
    if info < 0 { throw .illegalArgument(routine: routine, argument: Int(-info)) }
    if info > 0 { throw .numericalFailure(routine: routine, info: Int(info)) }
  }

  /// Converts a workspace size, which LAPACK returns in floating point, to an integer.
  static func workspaceSize(
    _ reply: Double, _ routine: String, _ matrix: Matrix
  ) throws(LinearAlgebraError) -> Int32 {
    guard reply < Double(Int32.max) else {
      throw .tooLarge(routine: routine, rowCount: matrix.rowCount, columnCount: matrix.columnCount)
    }
    return Int32(reply.rounded(.up))
  }
}
