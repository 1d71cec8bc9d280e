import FeatureFiles
import TestData
import Testing

/// Tests specific to PyTorch files. The conformance tests check their values.
struct TorchTests {
  @Test func storagesAreMappedWhateverTheView() throws {
    for file in ["dataset/full.pt", "arrays/views.pt", "arrays/big_endian.pt"] {
      for array in try FeatureFile.open(Fixtures.path(file)).arrays where array.elementType.isNumeric {
        #expect(array.isMemoryMapped, "\(file): \(array.name)")
      }
    }
  }

  @Test func singleTensorHasTheNameOfTheFile() throws {
    let directory = try ScratchFolder()
    let path = try directory.file("train.features.pth", Fixtures.bytes("arrays/tensor.pt"))
    #expect(try FeatureFile.open(path).arrays.map(\.name) == ["train.features"])
  }

  @Test func arraysComeInTheOrderOfTheFile() throws {
    let file = try FeatureFile.open(Fixtures.path("dataset/full.pt"))
    #expect(file.arrays.map(\.name) == ["features", "labels", "ids", "class_names", "images"])
  }

  @Test func unsupportedTensorsAreNotErrors() throws {
    let file = try FeatureFile.open(Fixtures.path("refused/partly.pt"))
    #expect(file.arrays.map(\.name) == ["features"])
    expectUnreadable(
      in: file,
      [
        "complex": "elements of type torch.complex64; save tensor.real and tensor.imag",
        "float8": "elements of type torch.float8_e4m3fn; save tensor.float()",
        "negated": "a view that PyTorch negates when read; save tensor.clone()",
        "expanded": "1 values shown 1000000000 times; save tensor.contiguous()",
      ])
  }

  @Test func unsupportedValuesHaveReasons() throws {
    let file = try FeatureFile.open(Fixtures.path("arrays/containers.pt"))
    #expect(Set(file.unreadable.keys) == ["huge", "raw"])
    let error = #expect(throws: FeatureFileError.self) { try file.array(named: "huge") }
    #expect(
      error?.description.contains("‘huge’ holds an integer of more than 64 bits; save it as text") == true)
  }

  /// PyTorch never verifies checksums, and writes 0 if it is configured to omit them.
  @Test func checksumsAreComparedWhereThereAreAny() throws {
    let full = try FeatureFile.open(Fixtures.path("dataset/full.pt"))
    for name in ["features", "labels", "images"] {
      let check = try #require(IntegrityCheck(of: full.array(named: name)))
      try check.finish()
    }
    for file in ["dataset/unchecked.pt", "arrays/filled_in.pt"] {
      #expect(IntegrityCheck(of: try FeatureFile.open(Fixtures.path(file)).arrays[0]) == nil)
    }
    // Verifying a small part of a large storage would read all of it.
    let views = try FeatureFile.open(Fixtures.path("arrays/views.pt"))
    #expect(IntegrityCheck(of: try views.array(named: "base")) != nil)
    #expect(IntegrityCheck(of: try views.array(named: "transposed")) != nil)
    #expect(IntegrityCheck(of: try views.array(named: "row")) == nil)
  }

  @Test func rowsOfViewsAreRead() throws {
    let file = try FeatureFile.open(Fixtures.path("arrays/views.pt"))
    #expect(try file.array(named: "one_column").doubles(rows: [4, 0, 1]) == [55, 7, 19])
    #expect(try file.array(named: "transposed").doubles(rows: [2]).prefix(6) == [2, 5, 8, 11, 14, 17])
    #expect(try file.array(named: "expanded").doubles(rows: [1]) == [2.5, 2.5, 2.5, 2.5, 2.5])
  }
}
