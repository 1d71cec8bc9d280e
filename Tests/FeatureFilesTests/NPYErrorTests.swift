import TestData
import Testing

@testable import FeatureFiles

/// Unsupported and truncated `.npy` files; see `MalformedFileTests` for malformed ones.
struct NPYErrorTests {
  @Test func truncatedHeader() throws {
    let whole = try Fixtures.bytes("dataset/features.npy")
    for (count, needed) in [(6, 10), (7, 10), (9, 12), (10, 128), (127, 128)] {
      let error = try errorOpening("x.npy", whole.prefix(count))
      guard case .truncated(_, "the header", needed, count) = error else { throw error }
    }
  }

  @Test func truncatedValues() throws {
    let whole = try Fixtures.bytes("dataset/features.npy")
    for count in [128, 211] {
      let error = try errorOpening("x.npy", whole.prefix(count))
      guard case .truncated(_, "the array", 84, let found) = error else { throw error }
      #expect(found == count - 128)
      #expect(error.description.contains("x.npy: the array needs 84 bytes, but only \(found) are available"))
    }
  }

  @Test func textOfWidthZero() throws {
    let error = try errorOpening("x.npy", Forged.npy("<U0", "(1125899906842624,)"))
    guard case .impossibleSize = error else { throw error }
    let directory = try ScratchFolder()
    let path = try directory.file("x.npy", Forged.npy("<U0", "(3,)"))
    #expect(try FeatureFile.open(path).arrays[0].strings() == ["", "", ""])
  }

  @Test(arguments: [
    (
      "object",
      "‘object’ holds Python objects; save it as an array of text, array.astype(str)"
    ),
    ("structured", "‘structured’ holds records (a structured type); save each field as an array"),
    ("complex", "‘complex’ holds complex numbers (NumPy type '<c16')"),
    ("datetime", "‘datetime’ holds dates or time spans (NumPy type '<M8[D]')"),
    ("longdouble", "‘longdouble’ holds floating-point numbers of an unusual width (NumPy type '<f16')"),
    ("void", "‘void’ holds raw bytes (NumPy type '|V2')"),
  ])
  func unsupportedType(name: String, message: String) throws {
    let path = try Fixtures.path("refused/\(name).npy")
    let error = try #require(throws: FeatureFileError.self) { try FeatureFile.open(path) }
    guard case .unsupportedElementType = error else { throw error }
    #expect(error.description.contains(message))
  }

  @Test func unalignedValues() throws {
    let directory = try ScratchFolder()
    for padding in 0..<8 {
      let header =
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }" + String(repeating: " ", count: padding)
      let values = OutputArray.bytes([1.5, -2.5]) { $0.bitPattern }
      let path = try directory.file("x.npy", Forged.npy(header, content: values))
      #expect(try FeatureFile.open(path).arrays[0].doubles() == [1.5, -2.5])
    }
  }
}
