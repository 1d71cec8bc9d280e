import ExplorerModel
import LinearAlgebra
import Testing

struct DistanceOverviewTests {
  /// |i² − j²| mod a prime: no two close ones are neighbors, and some are equal.
  private func matrix(_ count: Int) -> Matrix {
    var matrix = Matrix(rowCount: count, columnCount: count)
    for row in 0..<count {
      for column in 0..<count where row != column {
        matrix[row, column] = Double(abs(row * row - column * column) % 1009 + 1)
      }
    }
    return matrix
  }

  @Test(arguments: [2, 7, 130, 300])
  func allPairsAreSeen(count: Int) {
    let distances = matrix(count)
    var pairs: [(Double, Int, Int)] = []
    for row in 0..<count {
      for column in 0..<row { pairs.append((distances[row, column], row, column)) }
    }
    pairs.sort { $0 < $1 }
    let overview = DistanceOverview(distances)
    #expect(overview.closestPairs.count == min(256, pairs.count))
    for (found, expected) in zip(overview.closestPairs, pairs) {
      #expect(found == ClassPair(first: expected.2, second: expected.1, distance: expected.0))
    }
    #expect(overview.range == pairs[0].0...pairs[pairs.count - 1].0)
    #expect(overview.blocks.rowCount <= 128)
    #expect((overview.blocks.rowCount - 1) * overview.blockSize < count)
    let side = overview.blocks.rowCount
    var expected = [[Double]](repeating: [Double](repeating: .infinity, count: side), count: side)
    for (distance, first, second) in pairs.reversed() {
      let (one, other) = (first / overview.blockSize, second / overview.blockSize)
      expected[one][other] = distance
      expected[other][one] = distance
    }
    #expect((0..<side).map { Array(overview.blocks.row($0)) } == expected)
  }

  @Test func aSingleClassHasNoPairs() {
    let overview = DistanceOverview(Matrix(rowCount: 1, columnCount: 1))
    #expect(overview.range == nil && overview.closestPairs.isEmpty && overview.blocks[0, 0] == .infinity)
  }
}
