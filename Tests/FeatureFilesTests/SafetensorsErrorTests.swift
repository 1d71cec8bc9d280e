import FeatureFiles
import Testing

/// One test for each way in which a safetensors file can lie.
struct SafetensorsErrorTests {
  private static let four = Forged.tensor("a", "F32", "[1]", 0, 4)
  private static let zeros = [UInt8](repeating: 0, count: 16)

  @Test func lengthCutShort() throws {
    let error = try errorOpening("x.safetensors", [9, 0, 0, 0, 0])
    guard case .wrongSignature = error else { throw error }
  }

  @Test func headerLongerThanFile() throws {
    let error = try errorOpening("x.safetensors", Forged.safetensors("{}", length: 100))
    guard case .truncated(_, "the header", 100, 2) = error else { throw error }
  }

  @Test func headerOfPetabytes() throws {
    let error = try errorOpening("x.safetensors", Forged.safetensors("{}", length: 1 << 50))
    guard case .impossibleSize(_, "the header", "a header of 1125899906842624 bytes") = error else {
      throw error
    }
  }

  @Test(arguments: [
    ("{", "is not JSON at byte 9: a key is missing"),
    ("{\"a\":}", "is not JSON"),
    ("{} x", "something after the end"),
    ("{\"a\":\"\u{1}\"}", "a control character in text"),
    (#"{"a":"\ud800"}"#, "half of a surrogate pair"),
    (#"{"a":01}"#, "a number that begins with 0"),
    (#"{"a":"# + String(repeating: "[", count: 10_000), "nested too deeply"),
    (#"{"a":3}"#, "‘a’: is not described by a JSON object"),
    (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, "‘a’: has no dtype"),
    (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, "‘a’: has no shape"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "‘a’: has no shape"),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, "‘a’: has no shape"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "‘a’: has no data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, "‘a’: has no data_offsets"),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "‘a’: says dtype twice"),
    (#"{"__metadata__":{"note":3}}"#, "__metadata__: is not an object of texts"),
    (#"{"__metadata__":"note"}"#, "__metadata__: is not an object of texts"),
  ])
  func headerMalformed(header: String, problem: String) throws {
    let error = try errorOpening("x.safetensors", Forged.safetensors(header, content: [0, 0, 0, 0]))
    guard case .malformedHeader = error else { throw error }
    #expect(error.description.contains(problem))
  }

  @Test func textThatIsNotUTF8() throws {
    let content = Forged.safetensors("{\"a\":\"?\"}").replacing([0x3F], by: [0xFF])
    let error = try errorOpening("x.safetensors", content)
    #expect(error.description.contains("text is not UTF-8"))
  }

  @Test func nameTwice() throws {
    let error = try errorOpening(
      "x.safetensors", Forged.safetensors("{\(Self.four),\(Self.four)}", content: Self.zeros))
    guard case .duplicateName(_, "a") = error else { throw error }
    #expect(error.description.contains("‘a’ is there twice"))
  }

  @Test func sizeContradictsShape() throws {
    let header = "{\(Forged.tensor("a", "F32", "[2,2]", 0, 12))}"
    let error = try errorOpening(
      "x.safetensors", Forged.safetensors(header, content: Array(Self.zeros.prefix(12))))
    guard case .impossibleSize(_, "‘a’", let problem) = error else { throw error }
    #expect(problem == "shape [2, 2] of F32 needs 16 bytes, data_offsets gives 12")
  }

  @Test func shapeOverflows() throws {
    let header = "{\(Forged.tensor("a", "F32", "[4611686018427387904,4]", 0, 16))}"
    let error = try errorOpening("x.safetensors", Forged.safetensors(header, content: Self.zeros))
    guard case .impossibleSize(_, "‘a’", let problem) = error else { throw error }
    #expect(problem.contains("is larger than any memory"))
  }

  @Test func overlap() throws {
    let header = "{\(Forged.tensor("a", "F32", "[2]", 0, 8)),\(Forged.tensor("b", "F32", "[2]", 4, 12))}"
    let error = try errorOpening("x.safetensors", Forged.safetensors(header, content: Self.zeros))
    guard case .overlappingArrays(_, "a", "b") = error else { throw error }
    #expect(error.description.contains("‘a’ and ‘b’ claim the same bytes"))
  }

  @Test func gap() throws {
    let header = "{\(Forged.tensor("a", "F32", "[1]", 0, 4)),\(Forged.tensor("b", "F32", "[2]", 8, 16))}"
    let error = try errorOpening("x.safetensors", Forged.safetensors(header, content: Self.zeros))
    guard case .impossibleSize(_, "‘b’", "begins at byte 8, 4 after the one before") = error else {
      throw error
    }
  }

  @Test func endsBeyondTheFile() throws {
    let header = "{\(Forged.tensor("a", "F32", "[8]", 0, 32))}"
    let error = try errorOpening("x.safetensors", Forged.safetensors(header, content: Self.zeros))
    guard case .truncated(_, "the data", 32, 16) = error else { throw error }
  }

  @Test func bytesOfNoTensor() throws {
    let error = try errorOpening(
      "x.safetensors", Forged.safetensors("{\(Self.four)}", content: Self.zeros))
    guard case .impossibleSize(_, "the data", "12 bytes belong to no tensor") = error else { throw error }
  }

  @Test func typeNotRead() throws {
    let path = try Fixtures.path("refused/float8.safetensors")
    let error = try #require(throws: FeatureFileError.self) { try FeatureFile.open(path) }
    guard case .unsupportedElementType(_, "a", "elements of type F8_E4M3", _) = error else { throw error }
  }

  @Test func emptyIsNoError() throws {
    let directory = try ScratchDirectory()
    let path = try directory.file("x.safetensors", Forged.safetensors(#"{"__metadata__":{"a":"b"}}"#))
    let file = try FeatureFile.open(path)
    #expect(file.arrays.isEmpty)
    #expect(file.metadata == ["a": "b"])
  }

  @Test func metadataStaysBesideTheArraysItHolds() throws {
    let file = try FeatureFile.open(Fixtures.path("dataset/full.safetensors"))
    #expect(file.metadata["note"] == "[not a list")
    #expect(file.metadata["class_names"] == #"["zero", "one", "two"]"#)
    #expect(file["note"] == nil)
  }
}
