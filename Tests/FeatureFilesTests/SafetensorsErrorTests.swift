import FeatureFiles
import TestData
import Testing

/// The metadata and unsupported types of safetensors files; see `MalformedFileTests` for malformed ones.
struct SafetensorsErrorTests {
  @Test func unsupportedType() throws {
    let path = try Fixtures.path("refused/float8.safetensors")
    let error = try #require(throws: FeatureFileError.self) { try FeatureFile.open(path) }
    guard case .unsupportedElementType(_, "a", "elements of type F8_E4M3", _) = error else { throw error }
  }

  @Test func emptyIsNotAnError() throws {
    let directory = try ScratchFolder()
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
