import COpenBLAS
import CVectorKernels

/// An upper triangular matrix U (D, D) without most elements below its diagonal: panels of up to 128 rows, each a
/// dense row-major matrix that starts at the panel's diagonal. It takes D²/2 + 64·D numbers instead of D² and still
/// uses dense kernels.
public struct PackedTriangle: Sendable, Equatable {
  /// The number of rows of a panel: enough for fast products, few enough for little waste.
  public static let panelHeight = Int(GMMSCOPE_LARGEST_TRIANGLE)

  /// D.
  public let order: Int
  /// The elements, panel by panel, 0 below the diagonal.
  public private(set) var elements: [Double]

  /// The number of elements for a matrix of the given order.
  public static func elementCount(order: Int) -> Int {
    let (whole, rest) = (order / panelHeight, order % panelHeight)
    // Panel p has 128 rows of D − 128·p.
    return whole * panelHeight * order - panelHeight * panelHeight * (whole * (whole - 1) / 2) + rest * rest
  }

  /// The upper triangle of a square matrix.
  public init(upperTriangleOf matrix: Matrix) {
    precondition(matrix.rowCount == matrix.columnCount, "not square")
    order = matrix.rowCount
    elements = []
    elements.reserveCapacity(Self.elementCount(order: order))
    for row in 0..<order {
      let first = row - row % Self.panelHeight
      elements.append(contentsOf: repeatElement(0, count: row - first))
      elements.append(contentsOf: matrix.elements[row * order + row..<(row + 1) * order])
    }
  }

  /// Creates a triangle from its ``elements``; nil if their number is wrong.
  public init?(order: Int, elements: [Double]) {
    guard order >= 0, elements.count == Self.elementCount(order: order) else { return nil }
    self.order = order
    self.elements = elements
  }

  /// (D,).
  public var diagonal: [Double] {
    panels.flatMap { panel in
      (0..<panel.height).map { elements[panel.offset + $0 * panel.width + $0] }
    }
  }

  /// The sum of the squares of all elements, the trace of Uᵀ U. O(D²).
  public var squaredNorm: Double { elements.reduce(0) { $0 + $1 * $1 } }

  /// Replaces every row v of a (B, D) matrix by x with x U = v. Equal rows of a padded matrix stay equal; see
  /// ``Matrix/padRows()``. O(B·D² / 2).
  public func solveRows(of rows: inout Matrix) {
    withPanels(of: &rows) { panel, block, rowCount in
      panel.solve(CblasNoTrans, block, rowCount)
      panel.subtract(CblasNoTrans, from: block, rowCount)
    }
  }

  /// Replaces every row v of a (B, D) matrix by x with x Uᵀ = v. O(B·D² / 2).
  public func solveTransposedRows(of rows: inout Matrix) {
    withPanels(of: &rows, isReversed: true) { panel, block, rowCount in
      panel.subtract(CblasTrans, from: block, rowCount)
      panel.solve(CblasTrans, block, rowCount)
    }
  }

  /// Replaces a (D, M) matrix X by U⁻ᵀ X. O(D²·M / 2).
  public func solveTransposedColumns(of columns: inout Matrix) {
    let width = columns.columnCount
    solveTransposed(&columns) { _ in width }
  }

  /// U⁻ᵀ, a lower triangle, (D, D). O(D³ / 6).
  public var inverseTranspose: Matrix {
    var inverse = Matrix(rowCount: order, columnCount: order)
    for index in 0..<order { inverse[index, index] = 1 }
    solveTransposed(&inverse) { $0 }
    return inverse
  }

  /// Replaces a matrix X (D, M) by U⁻ᵀ X.
  ///
  /// - Parameter width: The number of columns of the result that are not 0 in its first `rowCount` rows.
  private func solveTransposed(_ columns: inout Matrix, width: (_ rowCount: Int) -> Int) {
    precondition(columns.rowCount == order, "lengths differ")
    let stride = Int32(columns.columnCount)
    elements.withUnsafeBufferPointer { elements in
      columns.elements.withUnsafeMutableBufferPointer { columns in
        guard let triangle = elements.baseAddress, let block = columns.baseAddress, !columns.isEmpty else {
          return
        }
        for panel in panels {
          for first in Swift.stride(from: 0, to: panel.height, by: Self.solvedRowCount) {
            // Large triangular systems are solved at a third of the speed of a product.
            let height = min(Self.solvedRowCount, panel.height - first)
            let corner = triangle + panel.offset + first * (panel.width + 1)
            let solved = block + (panel.firstRow + first) * Int(stride)
            let width = Int32(width(panel.firstRow + first + height))
            cblas_dtrsm(
              CblasRowMajor, CblasLeft, CblasUpper, CblasTrans, CblasNonUnit, Int32(height), width, 1,
              corner, Int32(panel.width), solved, stride)
            let rest = panel.width - first - height
            guard rest > 0 else { continue }
            cblas_dgemm(
              CblasRowMajor, CblasTrans, CblasNoTrans, Int32(rest), width, Int32(height), -1,
              corner + height, Int32(panel.width), solved, stride, 1, solved + height * Int(stride), stride)
          }
        }
      }
    }
  }

  /// The number of rows that are solved for at a time.
  private static let solvedRowCount = 64

  private struct Panel {
    var firstRow: Int
    var height: Int
    /// The index of its first element in ``elements``.
    var offset: Int
    /// The length of its rows.
    var width: Int
  }

  private var panels: [Panel] {
    var offset = 0
    return stride(from: 0, to: order, by: Self.panelHeight).map { first in
      let panel = Panel(
        firstRow: first, height: min(Self.panelHeight, order - first), offset: offset, width: order - first)
      offset += panel.height * panel.width
      return panel
    }
  }

  private func withPanels(
    of rows: inout Matrix, isReversed: Bool = false,
    _ body: (PanelView, UnsafeMutablePointer<Double>, Int) -> Void
  ) {
    precondition(rows.columnCount == order, "lengths differ")
    let rowCount = rows.rowCount
    elements.withUnsafeBufferPointer { elements in
      rows.elements.withUnsafeMutableBufferPointer { rows in
        guard let triangle = elements.baseAddress, let block = rows.baseAddress, !rows.isEmpty else { return }
        for panel in isReversed ? panels.reversed() : panels {
          let view = PanelView(
            elements: triangle + panel.offset, height: panel.height, width: panel.width, order: order)
          body(view, block + panel.firstRow, rowCount)
        }
      }
    }
  }
}

/// A panel [U_pp U_p>], valid only within the closure that receives it. Blocks are columns of a row-major (B, D)
/// matrix from the panel's first row on: [X_p X_>].
private struct PanelView {
  let elements: UnsafePointer<Double>
  let height: Int
  let width: Int
  let order: Int

  /// Replaces X_p by X_p U_pp⁻¹, or by X_p U_pp⁻ᵀ.
  func solve(_ transposed: CBLAS_TRANSPOSE, _ block: UnsafeMutablePointer<Double>, _ rowCount: Int) {
    guard transposed == CblasTrans else {
      // OpenBLAS takes twice as long.
      gmmscope_solve_triangle(block, order, rowCount, elements, width, height)
      return
    }
    cblas_dtrsm(
      CblasRowMajor, CblasRight, CblasUpper, transposed, CblasNonUnit, Int32(rowCount), Int32(height), 1,
      elements, Int32(width), block, Int32(order))
  }

  /// Subtracts X_p U_p> from X_>; transposed, subtracts X_> U_p>ᵀ from X_p.
  func subtract(_ transposed: CBLAS_TRANSPOSE, from block: UnsafeMutablePointer<Double>, _ rowCount: Int) {
    let rest = width - height
    guard rest > 0 else { return }
    let isTransposed = transposed == CblasTrans
    let (source, target) = isTransposed ? (block + height, block) : (block, block + height)
    let (columns, inner) = isTransposed ? (height, rest) : (rest, height)
    guard RowwiseProduct.paddedRowCount(rowCount) == rowCount else {
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, transposed, Int32(rowCount), Int32(columns), Int32(inner), -1, source,
        Int32(order), elements + height, Int32(width), 1, target, Int32(order))
      return
    }
    RowwiseProduct.multiply(
      .init(elements: UnsafePointer(source), stride: order),
      .init(elements: elements + height, stride: width),
      transposed: transposed, .init(elements: target, stride: order), rowCount: rowCount,
      columnCount: columns, inner: inner, alpha: -1, beta: 1)
  }
}

extension Matrix {
  /// The triangle with zeros below its diagonal, (D, D).
  public init(_ triangle: PackedTriangle) {
    self.init(rowCount: triangle.order, columnCount: triangle.order)
    var source = 0
    for row in 0..<triangle.order {
      let first = row - row % PackedTriangle.panelHeight
      let length = triangle.order - first
      elements.replaceSubrange(
        row * triangle.order + first..<(row + 1) * triangle.order,
        with: triangle.elements[source..<source + length])
      source += length
    }
  }
}
