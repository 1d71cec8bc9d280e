import Testing

@testable import FeatureFiles

/// Tests specific to MATLAB's formats. The conformance tests check their values.
struct MATTests {
  @Test func smallIntegersRepresentDoubles() throws {
    let array = try FeatureFile.open(Fixtures.path("arrays/big_endian.mat")).array(named: "small")
    #expect(array.elementType == .float64)
    #expect(array.storedType == .uint8)
    #expect(try array.integers() == [1, 3, 5, 2, 4, 6])
    #expect(throws: FeatureFileError.self) { try array.bytes(rows: [0]) }
  }

  @Test func unsupportedKindsAreNotErrors() throws {
    let file = try FeatureFile.open(Fixtures.path("refused/partly.mat"))
    #expect(file.arrays.map(\.name) == ["features"])
    expectUnreadable(
      in: file,
      [
        "sparse": "a sparse matrix; save full(sparse)",
        "complex": "complex numbers; save real(complex) and imag(complex)",
        "mixed": "cells that hold anything but one string each; save them as arrays",
        "structures": "an array of structures; save one structure of arrays",
        "square": "a matrix of cells; save each column as a cell array",
      ])
  }

  @Test func unsupportedKindsOfVersion4AreNotErrors() throws {
    let file = try FeatureFile.open(Fixtures.path("refused/partly4.mat"))
    #expect(file.format == .mat && file.arrays.map(\.name) == ["good"])
    expectUnreadable(
      in: file,
      [
        "sparse": "a sparse matrix; save full(sparse)",
        "complex": "complex numbers; save real(complex) and imag(complex)",
        "vax": "numbers in VAX or Cray format; save it with -v7",
      ])
  }

  /// MATLAB's vectors are matrices of one row or one column, as features need to be.
  @Test(arguments: [
    ("arrays/version4.mat", "one_row", [1, 5]), ("arrays/version4.mat", "one_column", [4, 1]),
    ("arrays/version4.mat", "scalar", [1, 1]), ("arrays/shapes.mat", "row", [1, 5]),
    ("arrays/shapes.mat", "column", [4, 1]), ("arrays/shapes.mat", "scalar", [1, 1]),
    ("refused/partly73.mat", "one_row", [1, 6]), ("refused/partly73.mat", "one_column", [4, 1]),
    ("refused/partly73.mat", "scalar", [1, 1]), ("refused/partly73.mat", "packed_row", [1, 6]),
    ("refused/partly73.mat", "packed_column", [4, 1]),
  ])
  func vectorsAreMatricesToo(file: String, name: String, shape: [Int]) throws {
    let vector = try FeatureFile.open(Fixtures.path(file)).array(named: name)
    let matrix = vector.asMatrix
    let values = name == "scalar" ? [2.5] : (0..<shape[0] * shape[1]).map(Double.init)
    #expect(vector.shape == (name == "scalar" ? [] : [values.count]))
    #expect(try vector.doubles() == values)
    #expect(matrix.shape == shape && matrix.asMatrix.shape == shape && matrix.name == name)
    #expect(try matrix.doubles() == values)
    let rows = Array((0..<shape[0]).reversed())
    #expect(try matrix.doubles(rows: rows) == rows.flatMap { values[$0 * shape[1]..<($0 + 1) * shape[1]] })
  }

  @Test func otherArraysAreTheirOwnMatrices() throws {
    let file = try FeatureFile.open(Fixtures.path("dataset/full.mat"))
    for array in file.arrays where array.shape.count > 1 { #expect(array.asMatrix.shape == array.shape) }
  }
}
