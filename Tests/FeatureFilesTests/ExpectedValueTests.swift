import FeatureFiles
import TestData
import Testing

/// Arrays written by NumPy and safetensors have exactly the expected values.
struct ExpectedValueTests {
  @Test func everyArrayOfEveryFixture() throws {
    let expected = try Fixtures.expected()
    #expect(expected.count == 93)
    for (name, arrays) in expected {
      let file = try FeatureFile.open(Fixtures.path(name))
      #expect(Set(file.arrays.map(\.name)) == Set(arrays.keys), "\(name)")
      for array in file.arrays {
        try compare(array, with: #require(arrays[array.name]), in: name)
      }
    }
  }

  private func compare(_ array: NamedArray, with expected: ExpectedArray, in file: String) throws {
    let place: Comment = "\(file): \(array.name)"
    #expect(array.shape == expected.shape, place)
    #expect(array.elementType.rawValue == expected.elementType, place)
    if let strings = expected.strings {
      #expect(try array.strings() == strings, place)
      #expect(throws: FeatureFileError.self, place) { try array.doubles() }
      #expect(throws: FeatureFileError.self, place) { try array.integers() }
      return
    }
    let numbers = try #require(expected.numbers, place).map(\.value)
    let values = try array.doubles()
    #expect(values.elementsEqual(numbers, by: isSame), place)
    let backwards = Array((0..<array.rowCount).reversed())
    let rows = try array.doubles(rows: backwards)
    let expectedRows = backwards.flatMap { numbers[$0 * array.rowLength..<($0 + 1) * array.rowLength] }
    #expect(rows.elementsEqual(expectedRows, by: isSame), place)
    if let integers = expected.integers {
      #expect(try array.strings() == integers, place)
      if array.elementType == .uint64 {
        #expect(throws: FeatureFileError.self, place) { try array.integers() }
      } else {
        #expect(try array.integers().map(String.init) == integers, place)
      }
    }
  }

  @Test func integersOfFloatsMustBeWhole() throws {
    let directory = try ScratchFolder()
    let path = "\(directory.path)/x.npy"
    try NPYWriter.write(OutputArray(name: "x", shape: [2, 2], values: .float32([1, -2, 3, 1e9])), to: path)
    #expect(try FeatureFile.open(path).arrays[0].integers() == [1, -2, 3, 1_000_000_000])
    for bad in [0.5, .nan, .infinity, 1e19] as [Float] {
      try NPYWriter.write(OutputArray(name: "x", shape: [2, 2], values: .float32([1, 2, 3, bad])), to: path)
      let array = try FeatureFile.open(path).arrays[0]
      let error = try #require(throws: FeatureFileError.self) { try array.integers() }
      guard case .notAnInteger(_, "x", 1, let value) = error else { throw error }
      #expect(isSame(value, Double(bad)))
    }
  }

  @Test func bytesRequireUInt8() throws {
    let file = try FeatureFile.open(Fixtures.path("dataset/stored.npz"))
    let error = #expect(throws: FeatureFileError.self) { try file.array(named: "labels").bytes(rows: [0]) }
    #expect(error?.description.contains("‘labels’ holds int64, but bytes (uint8) are required") == true)
  }
}
