import LinearAlgebra
import Testing

/// Loops compiled for several vector widths, at lengths that do and do not fill them.
@Suite("Vector kernels")
struct VectorKernelTests {
  static let lengths = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 130]

  private static func numbers(_ count: Int, _ seed: Int) -> [Double] {
    (0..<count).map { Double(($0 &* 7919 &+ seed &* 104_729) % 2003) / 7 - 100 }
  }

  @Test(arguments: lengths)
  func rowsAreWhatPlainLoopsGive(length: Int) {
    let (first, second) = (Self.numbers(3 * length, 1), Self.numbers(length, 2))
    let source = Matrix(rowCount: 3, columnCount: length, elements: first)
    let differences = (0..<3 * length).map { first[$0] - second[$0 % max(1, length)] }
    var subtracted = source
    subtracted.subtractFromRows(second)
    #expect(subtracted.elements == differences)
    let nothing = [Double](repeating: 0, count: length)
    var assigned = Matrix(rowCount: 0, columnCount: 0)
    assigned.assign(source, subtracting: second, nothing)
    #expect(assigned == subtracted)
    var gathered = Matrix(rowCount: 0, columnCount: 0)
    gathered.assign(RowBlockMatrix(source), rows: [2, 0], subtracting: second, nothing)
    var blocks = RowBlockMatrix(columnCount: length)
    for block in [source.rows(0..<2), source.rows(2..<3)] { blocks.append(block) }
    var again = Matrix(rowCount: 0, columnCount: 0)
    again.assign(blocks, rows: [2, 0], subtracting: second, nothing)
    #expect(again == gathered)
    #expect(gathered.elements == Array(differences[(2 * length)...]) + Array(differences[..<length]))
    let singles = Matrix(rowCount: 3, columnCount: length, elements: first.map { Double(Float($0)) })
    gathered.assign(RowBlockMatrix(singles), rows: [1], subtracting: second, nothing)
    #expect(gathered.elements == (0..<length).map { singles.elements[length + $0] - second[$0] })
    for rows in [source, singles] {
      var centred = rows
      centred.subtractFromRows(second)
      #expect(
        RowBlockMatrix(rows).squaredDistances(of: [2, 0, 1], from: second)
          == [2, 0, 1].map { centred.squaredRowNorms()[$0] })
    }
    var squares = source
    squares.squareElements()
    #expect(squares.elements == first.map { $0 * $0 })
    var sums = second
    source.addColumnSums(shiftedBy: second, to: &sums)
    let expected = (0..<length).map { column in
      (0..<3).reduce(second[column]) { $0 + (first[$1 * length + column] - second[column]) }
    }
    #expect(sums == expected)
    let rounded = Float32Matrix(rounding: source, origin: second, scale: 1.0 / 3)
    #expect(rounded.elements == differences.map { Float($0 * (1.0 / 3)) })
  }

  /// Integers, whose products and sums are exact in any order.
  @Test(arguments: lengths)
  func gramProductsOfAFewVectors(length: Int) {
    let count = Matrix.gramVectorCount
    func whole(_ rowCount: Int, _ seed: Int) -> Matrix {
      Matrix(
        rowCount: rowCount, columnCount: length,
        elements: (0..<rowCount * length).map { Double(($0 &* 7919 &+ seed) % 23) - 11 })
    }
    let (vectors, rows, start) = (whole(count, 3), whole(5, 8), whole(count, 1))
    var found = start
    found.addGramProducts(vectors, of: rows, scale: 0.5)
    for vector in 0..<count {
      for column in 0..<length {
        let expected = (0..<5).reduce(start[vector, column]) { sum, row in
          sum + 0.5 * zip(vectors.row(vector), rows.row(row)).map(*).reduce(0, +) * rows[row, column]
        }
        #expect(found[vector, column] == expected)
      }
    }
  }

  @Test(arguments: lengths)
  func rangesOfFiniteValues(length: Int) throws {
    // Integers, whose sums are exact in any order.
    let values = (0..<length).map { Double(($0 &* 7919) % 2003) - 900 }
    let range = try #require(FiniteRange(values))
    #expect(range.least == values.min() ?? .infinity)
    #expect(range.greatest == values.max() ?? -.infinity)
    #expect(range.sum == values.reduce(0, +))
    for bad in [Double.nan, .infinity, -.infinity, .signalingNaN] {
      for place in [0, length / 2, length - 1] where length > 0 {
        var damaged = values
        damaged[place] = bad
        #expect(FiniteRange(damaged) == nil)
        let rows = Matrix(rowCount: 2, columnCount: length, elements: values + damaged)
        #expect(rows.nonFiniteRows() == [1])
      }
    }
  }
}
