/// Why LAPACK gave no answer. The sign of its `info` tells a mistake of ours from one of the numbers.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
  /// `info` < 0: argument number `argument` (from 1) was wrong. A defect of the caller, or NaN in its input.
  case illegalArgument(routine: String, argument: Int)
  /// `info` > 0: no convergence, or a leading minor of that order that is not positive.
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

  /// Turns LAPACK's `info` into an error.
  static func check(_ info: Int32, _ routine: String) throws(LinearAlgebraError) {
    if info < 0 { throw .illegalArgument(routine: routine, argument: Int(-info)) }
    if info > 0 { throw .numericalFailure(routine: routine, info: Int(info)) }
  }

  /// A workspace size that LAPACK replied in floating point, as an integer.
  static func workspaceSize(
    _ reply: Double, _ routine: String, _ matrix: Matrix
  ) throws(LinearAlgebraError) -> Int32 {
    guard reply < Double(Int32.max) else {
      throw .tooLarge(routine: routine, rowCount: matrix.rowCount, columnCount: matrix.columnCount)
    }
    return Int32(reply.rounded(.up))
  }
}
