import Testing

@testable import FeatureFiles

/// What is particular to MATLAB's format 5; its values are checked with those of the other formats.
struct MATTests {
  @Test func smallIntegersStandForDoubles() throws {
    let array = try FeatureFile.open(Fixtures.path("arrays/big_endian.mat")).array(named: "small")
    #expect(array.elementType == .float64)
    #expect(array.storedType == .uint8)
    #expect(try array.integers() == [1, 3, 5, 2, 4, 6])
    #expect(throws: FeatureFileError.self) { try array.bytes(rows: [0]) }
  }

  @Test func kindsThatAreNotReadAreNoError() throws {
    let file = try FeatureFile.open(Fixtures.path("refused/partly.mat"))
    #expect(file.arrays.map(\.name) == ["features"])
    let reasons = file.unreadable.mapValues(\.description)
    for (name, reason) in [
      ("sparse", "a sparse matrix; save full(sparse)"),
      ("complex", "complex numbers; save real(complex) and imag(complex)"),
      ("mixed", "cells that hold something else than one text each; save them as arrays"),
      ("structures", "an array of structures; save one structure of arrays"),
      ("square", "a matrix of cells; save each column as a cell array"),
    ] {
      let found = try #require(reasons[name])
      #expect(found.hasSuffix("‘\(name)’ holds \(reason)"), "\(found)")
    }
    #expect(reasons.count == 5)
  }
}
