import LinearAlgebra
import Testing

@Suite("Matrices")
struct MatrixTests {
  /// Small integers, so that sums are exact and can be compared for equality.
  static func integers(_ rows: Int, _ columns: Int, seed: Int) -> Matrix {
    Matrix(
      rowCount: rows, columnCount: columns,
      elements: (0..<rows * columns).map { Double(($0 * 7919 + seed * 104_729) % 19 - 9) })
  }

  static func naiveProduct(_ left: Matrix, _ right: Matrix) -> Matrix {
    var result = Matrix(rowCount: left.rowCount, columnCount: right.columnCount)
    for row in 0..<left.rowCount {
      for column in 0..<right.columnCount {
        for inner in 0..<left.columnCount { result[row, column] += left[row, inner] * right[inner, column] }
      }
    }
    return result
  }

  static func transposed(_ matrix: Matrix) -> Matrix {
    var result = Matrix(rowCount: matrix.columnCount, columnCount: matrix.rowCount)
    for row in 0..<matrix.rowCount {
      for column in 0..<matrix.columnCount { result[column, row] = matrix[row, column] }
    }
    return result
  }

  @Test(arguments: [(1, 1, 1), (3, 4, 5), (17, 2, 9), (0, 3, 2), (3, 0, 2), (3, 2, 0)])
  func productsMatchTheirDefinition(rows: Int, inner: Int, columns: Int) {
    let (left, right) = (Self.integers(rows, inner, seed: 1), Self.integers(inner, columns, seed: 2))
    let expected = Self.naiveProduct(left, right)
    var result = Matrix(rowCount: 2, columnCount: 2, repeating: .nan)
    Matrix.multiply(left, by: right, into: &result)
    #expect(result == expected)
    result = Matrix(rowCount: 1, columnCount: 9, repeating: .nan)
    Matrix.multiply(left, byTransposeOf: Self.transposed(right), into: &result)
    #expect(result == expected)
    result.subtractProduct(left, by: right)
    #expect(result.elements.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [(4, 3), (2, 6), (0, 3), (3, 0)])
  func gramMatrices(rows: Int, columns: Int) {
    let block = Self.integers(rows, columns, seed: 3)
    var byColumns = Matrix(rowCount: columns, columnCount: columns, repeating: 1)
    byColumns.addColumnGram(of: block, scale: 2)
    byColumns.mirrorUpperTriangle()
    let expectedColumns = Self.naiveProduct(Self.transposed(block), block).elements.map { 1 + 2 * $0 }
    #expect(byColumns.elements == expectedColumns)
    var inParts = Matrix(rowCount: columns, columnCount: columns, repeating: 1)
    for part in [0..<rows / 2, rows / 2..<rows] { inParts.addColumnGram(of: block, rows: part, scale: 2) }
    inParts.mirrorUpperTriangle()
    #expect(inParts == byColumns)
    var byRows = Matrix(rowCount: rows, columnCount: rows)
    byRows.addRowGram(of: block, scale: 1)
    byRows.mirrorUpperTriangle()
    #expect(byRows == Self.naiveProduct(block, Self.transposed(block)))
  }

  /// Also across the edges of tiles.
  @Test(arguments: [0, 1, 5, 33, 70])
  func trianglesAreMirrored(order: Int) {
    let source = Self.integers(order, order, seed: 4)
    for isUpper in [false, true] {
      var matrix = source
      if isUpper { matrix.mirrorUpperTriangle() } else { matrix.mirrorLowerTriangle() }
      for row in 0..<order {
        for column in 0..<order {
          let isKept = isUpper ? column >= row : column <= row
          #expect(matrix[row, column] == (isKept ? source[row, column] : source[column, row]))
        }
      }
    }
  }

  @Test func rowsAreWorkedOn() {
    let source = Matrix(rowCount: 2, columnCount: 3, elements: [1, 2, 3, 4, 5, 6])
    var matrix = source
    matrix.subtractFromRows([1, 1, 2])
    #expect(matrix.elements == [0, 1, 1, 3, 4, 4])
    var assigned = Matrix(rowCount: 0, columnCount: 0)
    assigned.assign(source, subtracting: [1, 0, 2], [0, 1, 0])
    #expect(assigned == matrix)
    #expect(matrix.squaredRowNorms() == [2, 41])
    matrix.squareElements()
    #expect(matrix.elements == [0, 1, 1, 9, 16, 16])
    matrix.scaleRows(by: [2, 0.5])
    #expect(matrix.elements == [0, 2, 2, 4.5, 8, 8])
    matrix.scaleColumns(by: [2, 1, 0])
    #expect(matrix.elements == [0, 2, 0, 9, 8, 0])
    matrix.add(source, times: 10)
    #expect(matrix.elements == [10, 22, 30, 49, 58, 60])
    var sums = [100.0, 0, 0]
    source.addColumnSums(shiftedBy: [1, 2, 3], to: &sums)
    #expect(sums == [103, 3, 3])
    #expect(source.multiplied(by: [1, 0, -1]) == [-2, -2])
    #expect(source.transposeMultiplied(by: [1, -1]) == [-3, -3, -3])
    #expect(source.firstRows(1).elements == [1, 2, 3])
    #expect(Matrix(rowCount: 2, columnCount: 0).squaredRowNorms() == [0, 0])
    #expect(Matrix(rowCount: 0, columnCount: 2).transposeMultiplied(by: []) == [0, 0])
  }

  @Test func rowsAreGatheredAndJoined() {
    let source = Matrix(rowCount: 3, columnCount: 2, elements: [1, 2, 3, 4, 5, 6])
    var gathered = Matrix(rowCount: 0, columnCount: 0)
    gathered.assign(RowBlockMatrix(source), rows: [2, 0, 2], subtracting: [2, 0], [-1, 0])
    #expect(gathered == Matrix(rowCount: 3, columnCount: 2, elements: [4, 6, 0, 2, 4, 6]))
    var joined = Matrix(rowCount: 0, columnCount: 2)
    joined.append(rowsOf: source)
    joined.append(rowsOf: source.rows(1..<2))
    #expect(joined == Matrix(rowCount: 4, columnCount: 2, elements: [1, 2, 3, 4, 5, 6, 3, 4]))
  }

  /// Blocks take half the memory where float32 represents them, and give the same numbers.
  @Test func blocksOfSinglesAreExact() {
    let halves = Matrix(rowCount: 2, columnCount: 3, elements: [0.5, -1, 3e-30, -0.0, 0x1p-149, 7])
    let tenths = Matrix(rowCount: 2, columnCount: 3, elements: [0.1, 1, 2, 3, 4, 5])
    let small = Matrix(rowCount: 1, columnCount: 3, elements: [1e300, 0, 1])
    var blocks = RowBlockMatrix(columnCount: 3)
    for block in [halves, tenths, small] { blocks.append(block) }
    // 3e-30 is not a float32.
    #expect(blocks.byteCount == 8 * 15)
    #expect((0..<3).map { blocks.block($0) } == [halves, tenths, small])
    var singles = RowBlockMatrix(columnCount: 3)
    let exact = Matrix(rowCount: 2, columnCount: 3, elements: [0.5, -1, 0x1p-100, -0.0, 0x1p-149, 7])
    singles.append(exact)
    singles.append(tenths)
    #expect(singles.byteCount == 4 * 6 + 8 * 6)
    #expect(singles.block(0) == exact && singles.block(0)[1, 0].sign == .minus)
    #expect(singles.squaredDistances(of: [1, 2, 0], from: [0, 0, 1]) == [36, 0.1 * 0.1 + 1 + 1, 2.25])
  }

  @Test func singlePrecisionDistancesToGroups() {
    let samples = Float32Matrix(
      rounding: Self.integers(5, 7, seed: 4), origin: [1, 0, 0, 0, 0, 0, 2], scale: 0.5)
    #expect(samples.elements[0] == Float((Self.integers(5, 7, seed: 4)[0, 0] - 1) / 2))
    var directions = Float32Matrix(rowCount: 32, columnCount: 7)
    directions.setRows(from: 16, to: Self.integers(3, 7, seed: 5), times: 2)
    let offsets = (0..<32).map { Float($0 % 5) }
    var weights = Float32Matrix(rowCount: 32, columnCount: 3)
    weights.setRows(from: 0, to: Self.integers(32, 3, seed: 6), times: 1)
    // Sums of small integers and quarters of them are exact in any order.
    let found = samples.weightedSquaredDistances(
      to: directions, offsets: offsets, weights: weights, groupSize: 16)
    #expect(found.rowCount == 5 && found.columnCount == 6)
    for row in 0..<5 {
      for group in 0..<2 {
        for column in 0..<3 {
          let expected = (group * 16..<group * 16 + 16).reduce(Float(0)) { sum, direction in
            let projection = (0..<7).reduce(Float(0)) {
              $0 + samples.elements[row * 7 + $1] * directions.elements[direction * 7 + $1]
            }
            let difference = projection - offsets[direction]
            return sum + difference * difference * weights.elements[direction * 3 + column]
          }
          #expect(found.elements[row * 6 + group * 3 + column] == expected)
        }
      }
      let norm = (0..<7).reduce(Float(0)) {
        $0 + samples.elements[row * 7 + $1] * samples.elements[row * 7 + $1]
      }
      #expect(abs(samples.rowNorms()[row] - norm.squareRoot()) <= 1e-6 * norm.squareRoot())
    }
  }

  @Test func nonFiniteRowsAreFound() {
    var matrix = Matrix(rowCount: 5, columnCount: 4, repeating: .greatestFiniteMagnitude)
    #expect(matrix.nonFiniteRows().isEmpty)
    matrix[1, 3] = .nan
    matrix[2, 0] = -.infinity
    matrix[4, 1] = .infinity
    #expect(matrix.nonFiniteRows() == [1, 2, 4])
  }

  @Test func reshapingKeepsTheCount() {
    var matrix = Matrix(rowCount: 3, columnCount: 3)
    matrix.reshape(rowCount: 2, columnCount: 2)
    #expect(matrix.elements.count == 4 && matrix.rowCount == 2)
    matrix.reshape(rowCount: 5, columnCount: 2)
    #expect(matrix.elements.count == 10 && matrix.columnCount == 2)
  }
}

@Suite("Matrix product probe")
struct MatrixProductProbeTests {
  @Test("multiplies and counts its operations", arguments: [(1, 2), (8, 1024), (33, 71_874)])
  func product(order: Int, operationCount: Double) {
    for precision in [MatrixProductProbe.Precision.single, .double] {
      var probe = MatrixProductProbe(order: order, precision: precision)
      #expect(probe.firstElement == 0)
      probe.multiply()
      #expect(probe.firstElement == Double(order) / 8)
      #expect(probe.operationCount == operationCount)
    }
  }
}
