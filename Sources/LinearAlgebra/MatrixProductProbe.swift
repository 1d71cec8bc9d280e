import COpenBLAS

/// A product of two square matrices, over and over: for measuring how fast the machine is at what it does best.
public struct MatrixProductProbe: Sendable {
  public enum Precision: Sendable {
    case single, double
  }

  /// n.
  public let order: Int
  private var single: [[Float]] = []
  private var double: [[Double]] = []

  /// Allocates three (n, n) matrices.
  public init(order: Int, precision: Precision) {
    precondition(order > 0 && order <= 32_000, "an order that BLAS can index")
    self.order = order
    let count = order * order
    switch precision {
    case .single: single = [0.5, 0.25, 0].map { [Float](repeating: $0, count: count) }
    case .double: double = [0.5, 0.25, 0].map { [Double](repeating: $0, count: count) }
    }
  }

  /// The floating-point operations of one ``multiply()``: 2 n³.
  public var operationCount: Double { 2 * Double(order) * Double(order) * Double(order) }

  /// One call of SGEMM or DGEMM.
  public mutating func multiply() {
    let n = Int32(order)
    if single.isEmpty {
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, double[0], n, double[1], n, 0, &double[2], n)
    } else {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, single[0], n, single[1], n, 0, &single[2], n)
    }
  }

  /// The first element of the latest product, n / 8, or 0 before the first.
  public var firstElement: Double { single.isEmpty ? double[2][0] : Double(single[2][0]) }
}
