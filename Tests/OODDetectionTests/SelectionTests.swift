import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

@Suite("Top k and neighbours")
struct SelectionTests {
  @Test(arguments: [0, 1, 5, 100, 1000])
  func topKIsTheHeadOfTheSortedScores(count: Int) {
    var random = NormalNumbers(seed: 12)
    let scores = (0..<200).map { _ in (random.normal() * 3).rounded() }
    let sorted = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    #expect(TopK.indices(ofLargest: count, in: scores) == Array(sorted.prefix(count)))
  }

  @Test func infiniteScoresComeFirst() {
    #expect(TopK.indices(ofLargest: 2, in: [1, .infinity, -.infinity, .infinity]) == [1, 3])
    #expect(TopK.indices(ofLargest: -1, in: [1]).isEmpty)
  }

  @Test func neighboursAreTheNearestRows() async throws {
    var random = NormalNumbers(seed: 13)
    let rows = Matrix(
      rowCount: 3000, columnCount: 2, elements: random.vector(6000).map { ($0 * 4).rounded() })
    let query = [0.5, -1.25]
    let distances = (0..<3000).map { index in
      zip(rows.row(index), query).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
    let sorted = distances.indices.sorted {
      distances[$0] != distances[$1] ? distances[$0] < distances[$1] : $0 < $1
    }
    let found = try await NeighborSearch.nearest(to: query, in: rows, count: 9)
    #expect(found == sorted.prefix(9).map { Neighbor(index: $0, distance: distances[$0]) })
  }

  @Test func neighboursOfFewRows() async throws {
    let rows = Matrix(rowCount: 2, columnCount: 1, elements: [.nan, 3])
    #expect(
      try await NeighborSearch.nearest(to: [1], in: rows, count: 5) == [Neighbor(index: 1, distance: 2)])
    #expect(try await NeighborSearch.nearest(to: [1], in: rows, count: 0).isEmpty)
    await #expect(throws: DetectorError.dimensionMismatch(expected: 1, found: 2)) {
      try await NeighborSearch.nearest(to: [1, 2], in: rows, count: 1)
    }
  }
}
