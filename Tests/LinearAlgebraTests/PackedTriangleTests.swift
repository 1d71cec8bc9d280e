import LinearAlgebra
import Testing

@Suite("Packed triangles")
struct PackedTriangleTests {
  /// Well conditioned, with ones below the diagonal that must not be read.
  static func dense(_ order: Int) -> Matrix {
    var matrix = MatrixTests.integers(order, order, seed: 11)
    for row in 0..<order {
      for column in 0..<order {
        matrix[row, column] =
          column < row ? 1 : column == row ? 2 + Double(row % 3) : matrix[row, column] * 1e-3
      }
    }
    return matrix
  }

  @Test(arguments: [0, 1, 2, 127, 128, 129, 256, 300])
  func solutionsMultiplyBack(order: Int) {
    let matrix = Self.dense(order)
    let triangle = PackedTriangle(upperTriangleOf: matrix)
    #expect(triangle.elements.count == PackedTriangle.elementCount(order: order))
    #expect(triangle.diagonal == (0..<order).map { matrix[$0, $0] })
    #expect(PackedTriangle(order: order, elements: triangle.elements) == triangle)
    #expect(PackedTriangle(order: order, elements: triangle.elements + [0]) == nil)

    let expected = MatrixTests.integers(3, order, seed: 12)
    for isTransposed in [false, true] {
      var rows = Matrix(rowCount: 3, columnCount: order)
      for row in 0..<3 {
        for column in 0..<order {
          for inner in 0..<order where isTransposed ? inner >= column : inner <= column {
            let element = isTransposed ? matrix[column, inner] : matrix[inner, column]
            rows[row, column] += expected[row, inner] * element
          }
        }
      }
      if isTransposed { triangle.solveTransposedRows(of: &rows) } else { triangle.solveRows(of: &rows) }
      #expect(FactorizationTests.largestDifference(rows, expected) < 1e-10)
    }
  }

  /// Every row of a padded matrix has the bits that it has alone, wherever it stands.
  @Test(arguments: [1, 3, 64, 127, 128, 130, 300])
  func rowsAreSolvedIndependently(order: Int) {
    let triangle = PackedTriangle(upperTriangleOf: Self.dense(order))
    let rows = MatrixTests.integers(61, order, seed: 14)
    func solved(_ places: [Int]) -> Matrix {
      var some = rows.rows(places)
      some.padRows()
      triangle.solveRows(of: &some)
      return some
    }
    let together = solved(Array(0..<61))
    let order = (0..<100).map { $0 * 17 % 61 }
    let permuted = solved(order)
    for (place, row) in order.enumerated() { #expect(permuted.row(place) == together.row(row)) }
    #expect(solved([40]).row(0) == together.row(40))
  }

  @Test(arguments: [0, 1, 63, 64, 65, 127, 129, 200, 300])
  func solutionsByColumnsMultiplyBack(order: Int) {
    let matrix = Self.dense(order)
    let expected = MatrixTests.integers(order, 5, seed: 13)
    var columns = Matrix(rowCount: order, columnCount: 5)
    for row in 0..<order {
      for column in 0..<5 {
        for inner in 0...row { columns[row, column] += matrix[inner, row] * expected[inner, column] }
      }
    }
    PackedTriangle(upperTriangleOf: matrix).solveTransposedColumns(of: &columns)
    #expect(FactorizationTests.largestDifference(columns, expected) < 1e-10)
  }

  @Test(arguments: [0, 1, 63, 64, 65, 129, 200])
  func inverseMultipliesBack(order: Int) {
    let matrix = Self.dense(order)
    let inverse = PackedTriangle(upperTriangleOf: matrix).inverseTranspose
    for row in 0..<order {
      for column in 0..<order {
        if column > row { #expect(inverse[row, column] == 0) }
        let product = (0...row).reduce(0) { $0 + matrix[$1, row] * inverse[$1, column] }
        #expect(abs(product - (row == column ? 1 : 0)) < 1e-12)
      }
    }
  }

  @Test func halfTheMemoryOfADenseMatrix() {
    #expect(Double(PackedTriangle.elementCount(order: 2048)) < 0.54 * 2048 * 2048)
    #expect(PackedTriangle.elementCount(order: 4) == 16)
  }
}
