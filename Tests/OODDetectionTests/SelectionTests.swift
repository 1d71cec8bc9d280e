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

  /// The nearest rows by the formula, with the smaller row first where distances are equal.
  private func naive(_ samples: Matrix, in rows: Matrix, count: Int, excludesOwnRow: Bool = false)
    -> [[Neighbor]]
  {
    (0..<samples.rowCount).map { sample in
      let all = (0..<rows.rowCount).filter { !excludesOwnRow || $0 != sample }.map { row in
        Neighbor(
          index: row,
          distance: zip(samples.row(sample), rows.row(row)).reduce(0) {
            $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
          }.squareRoot())
      }
      return Array(
        all.filter(\.distance.isFinite).sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }
          .prefix(count))
    }
  }

  @Test(arguments: [1, 2, 50, 1000], [1, 3])
  func neighboursOfEverySampleAreThoseOfTheFormula(count: Int, threadCount: Int) async throws {
    var random = NormalNumbers(seed: 14)
    // Integers have many equal distances, and sums of their squares no rounding errors.
    let rows = Matrix(rowCount: 700, columnCount: 3, elements: random.vector(2100).map { ($0 * 4).rounded() })
    let samples = Matrix(
      rowCount: 61, columnCount: 3, elements: random.vector(183).map { ($0 * 4).rounded() })
    #expect(
      try await NeighborSearch.nearest(toEachOf: samples, in: rows, count: count, threadCount: threadCount)
        == naive(samples, in: rows, count: count))
  }

  @Test func aSampleIsNotItsOwnNeighbourWhereItIsExcluded() async throws {
    var random = NormalNumbers(seed: 15)
    var rows = Matrix(rowCount: 600, columnCount: 4, elements: random.vector(2400))
    // The rows 300 and 599 are duplicates of the row 2.
    for row in [300, 599] { rows.setRows(from: row, to: rows.rows(2..<3)) }
    let found = try await NeighborSearch.nearest(toEachOf: rows, in: rows, count: 2, excludesOwnRow: true)
    #expect(found[2] == [Neighbor(index: 300, distance: 0), Neighbor(index: 599, distance: 0)])
    #expect(found[300] == [Neighbor(index: 2, distance: 0), Neighbor(index: 599, distance: 0)])
    #expect(found[599] == [Neighbor(index: 2, distance: 0), Neighbor(index: 300, distance: 0)])
    let expected = naive(rows, in: rows, count: 2, excludesOwnRow: true)
    #expect(found.map { $0.map(\.index) } == expected.map { $0.map(\.index) })
    for (row, other) in zip(found.joined(), expected.joined()) {
      #expect(abs(row.distance - other.distance) <= 1e-14 * other.distance)
    }
  }

  @Test(arguments: [1e-160, 1e-3, 1e8, 1e153])
  func cancellationChangesNoNeighbour(scale: Double) async throws {
    var random = NormalNumbers(seed: 16)
    // Far from the origin, ‖a‖² + ‖b‖² − 2 a·b has no digit of most distances.
    let offset = scale > 1e100 ? 0 : 1e7
    let values = { (count: Int) in random.vector(count).map { (offset + ($0 * 8).rounded()) * scale } }
    let rows = Matrix(rowCount: 300, columnCount: 5, elements: values(1500))
    let samples = Matrix(
      rowCount: 30, columnCount: 5, elements: values(100) + Array(rows.elements.prefix(50)))
    let found = try await NeighborSearch.nearest(toEachOf: samples, in: rows, count: 7)
    let expected = naive(samples, in: rows, count: 7)
    for (found, expected) in zip(found.joined(), expected.joined()) {
      #expect(abs(found.distance - expected.distance) <= 1e-14 * expected.distance)
    }
    #expect(found.suffix(10).allSatisfy { $0.first?.distance == 0 })
  }

  @Test func whatHasNoDistanceHasNoNeighbours() async throws {
    let rows = Matrix(rowCount: 4, columnCount: 1, elements: [.nan, 3, .infinity, 1e200])
    let samples = Matrix(rowCount: 4, columnCount: 1, elements: [1, .nan, -.infinity, 1e200])
    let found = try await NeighborSearch.nearest(toEachOf: samples, in: rows, count: 5)
    #expect(
      found == [[Neighbor(index: 1, distance: 2)], [], [], [Neighbor(index: 3, distance: 0)]])
    let none = Matrix(rowCount: 0, columnCount: 1)
    #expect(try await NeighborSearch.nearest(toEachOf: samples, in: none, count: 5) == [[], [], [], []])
    #expect(try await NeighborSearch.nearest(toEachOf: none, in: rows, count: 5).isEmpty)
    await #expect(throws: DetectorError.dimensionMismatch(expected: 2, found: 1)) {
      try await NeighborSearch.nearest(toEachOf: samples, in: Matrix(rowCount: 1, columnCount: 2), count: 1)
    }
  }
}
