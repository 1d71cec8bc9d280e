import Testing

@testable import FeatureFiles

/// One test for each way in which a `.npy` file can lie.
struct NPYErrorTests {
  private func message(_ content: [UInt8]) throws -> String {
    try errorOpening("x.npy", content).description
  }

  @Test func headerCutShort() throws {
    let whole = try Fixtures.bytes("dataset/features.npy")
    for (count, needed) in [(6, 10), (7, 10), (9, 12), (10, 128), (127, 128)] {
      let error = try errorOpening("x.npy", whole.prefix(count))
      guard case .truncated(_, "the header", needed, count) = error else { throw error }
    }
  }

  @Test func valuesCutShort() throws {
    let whole = try Fixtures.bytes("dataset/features.npy")
    for count in [128, 211] {
      let error = try errorOpening("x.npy", whole.prefix(count))
      guard case .truncated(_, "the array", 84, let found) = error else { throw error }
      #expect(found == count - 128)
      #expect(error.description.contains("x.npy: the array needs 84 bytes, \(found) are there"))
    }
  }

  @Test func versionUnknown() throws {
    #expect(try message(Forged.npy("{}", version: 4)).contains("version 4 of the npy format is unknown"))
  }

  @Test func headerLengthAbsurd() throws {
    let error = try errorOpening(
      "x.npy", [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7B])
    guard case .impossibleSize(_, "the header", "a header of 4294967295 bytes") = error else { throw error }
  }

  @Test(arguments: [
    ("", "is not a Python dictionary"),
    ("('<f4', 3)", "is not a Python dictionary"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } x", "is not a Python dictionary"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': __import__('os'), }", "is not a Python dictionary"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,", "is not a Python dictionary"),
    (String(repeating: "[", count: 10_000), "is not a Python dictionary"),
    ("{'descr': '<f4', 'shape': (3,)}", "must have the keys descr, fortran_order and shape"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'shape': (4,)}", "must have the keys"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (3,)}", "fortran_order is neither True nor False"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': 3}", "shape is not a tuple"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': ('a',)}", "shape is not a tuple of integers"),
    ("{'descr': 4, 'fortran_order': False, 'shape': (3,)}", "descr is not a type"),
    ("{'descr': '<q9', 'fortran_order': False, 'shape': (3,)}", "descr '<q9' is not a type"),
    ("{'descr': '', 'fortran_order': False, 'shape': (3,)}", "descr '' is not a type"),
    ("{'descr': '<U99999999999999999999', 'fortran_order': False, 'shape': (3,)}", "is not a type"),
  ])
  func headerMalformed(dictionary: String, problem: String) throws {
    let error = try errorOpening("x.npy", Forged.npy(dictionary, version: 2))
    guard case .malformedHeader = error else { throw error }
    #expect(error.description.contains(problem))
  }

  @Test(arguments: [
    ("(9223372036854775807, 2)", "is larger than any memory"),
    ("(1125899906842624, 1125899906842624)", "is larger than any memory"),
    ("(0, 4611686018427387904, 4611686018427387904)", "is larger than any memory"),
    ("(-3,)", "has a negative extent"),
    ("(4611686018427387904, 0)", "is larger than any memory"),
    ("(1125899906842624, 0)", "claims"),
    ("(\(String(repeating: "1,", count: 40)))", "40 dimensions, at most 32 can be read"),
  ])
  func shapeImpossible(shape: String, problem: String) throws {
    let error = try errorOpening("x.npy", Forged.npy("<f4", shape, content: [0, 0, 0, 0]))
    guard case .impossibleSize(_, "the header", let found) = error else { throw error }
    #expect(found.contains(problem))
  }

  @Test func petabytesClaimed() throws {
    let error = try errorOpening("x.npy", Forged.npy("<f8", "(1125899906842624, 100)", content: [0, 0]))
    guard case .truncated(_, "the array", 900_719_925_474_099_200, 2) = error else { throw error }
  }

  @Test func textsOfNoWidth() throws {
    let error = try errorOpening("x.npy", Forged.npy("<U0", "(1125899906842624,)"))
    guard case .impossibleSize = error else { throw error }
    let directory = try ScratchDirectory()
    let path = try directory.file("x.npy", Forged.npy("<U0", "(3,)"))
    #expect(try FeatureFile.open(path).arrays[0].strings() == ["", "", ""])
  }

  @Test(arguments: [
    (
      "object",
      "‘object’ holds Python objects (NumPy type '|O'); save it as an array of text, array.astype(str)"
    ),
    ("structured", "‘structured’ holds records (a structured type); save each field as an array"),
    ("complex", "‘complex’ holds complex numbers (NumPy type '<c16')"),
    ("datetime", "‘datetime’ holds dates or time spans (NumPy type '<M8[D]')"),
    ("longdouble", "‘longdouble’ holds floating-point numbers of an unusual width (NumPy type '<f16')"),
    ("void", "‘void’ holds raw bytes (NumPy type '|V2')"),
  ])
  func typeNotRead(name: String, message: String) throws {
    let path = try Fixtures.path("refused/\(name).npy")
    let error = try #require(throws: FeatureFileError.self) { try FeatureFile.open(path) }
    guard case .unsupportedElementType = error else { throw error }
    #expect(error.description.contains(message))
  }

  @Test func textThatIsNotUnicode() throws {
    let directory = try ScratchDirectory()
    for (type, content) in [("|S2", [0x61, 0, 0xFF, 0xFE]), ("<U1", [0x61, 0, 0, 0, 0, 0xD8, 0, 0])]
      as [(String, [UInt8])]
    {
      let path = try directory.file("x.npy", Forged.npy(type, "(2,)", content: content))
      let array = try FeatureFile.open(path).arrays[0]
      #expect(throws: FeatureFileError.invalidText(path: path, array: "x", row: 1)) { try array.strings() }
    }
  }

  @Test func unalignedValues() throws {
    let directory = try ScratchDirectory()
    for padding in 0..<8 {
      let header =
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }" + String(repeating: " ", count: padding)
      let values = OutputArray.bytes([1.5, -2.5]) { $0.bitPattern }
      let path = try directory.file("x.npy", Forged.npy(header, content: values))
      #expect(try FeatureFile.open(path).arrays[0].doubles() == [1.5, -2.5])
    }
  }
}
