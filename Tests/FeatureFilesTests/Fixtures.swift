import FeatureFiles
import Foundation
import TestData
import Testing

/// The files in `Fixtures/`, written by NumPy and safetensors, with their expected content.
enum Fixtures {
  static func path(_ name: String) throws -> String {
    try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(name)").path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  /// By file, then by array.
  static func expected() throws -> [String: [String: ExpectedArray]] {
    try JSONDecoder().decode([String: [String: ExpectedArray]].self, from: Data(bytes("expected.json")))
  }
}

/// The generator's description of one array.
struct ExpectedArray: Decodable {
  let shape: [Int]
  let elementType: String
  let numbers: [ExpectedNumber]?
  let integers: [String]?
  let strings: [String]?
}

/// A number in JSON, with NaN and infinities as strings.
struct ExpectedNumber: Decodable {
  let value: Double

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      value = try #require(Double(text))
    } else {
      value = try container.decode(Double.self)
    }
  }
}

/// Bitwise equality, except that all NaN are equal.
func isSame(_ left: Double, _ right: Double) -> Bool {
  left.isNaN ? right.isNaN : left == right && left.sign == right.sign
}

/// Opens a file with the given name and content and returns the error that it must throw.
func errorOpening(_ name: String, _ content: some Sequence<UInt8>) throws -> FeatureFileError {
  let directory = try ScratchFolder()
  let path = try directory.file(name, content)
  return try #require(throws: FeatureFileError.self) { _ = try FeatureFile.open(path) }
}

/// Expects arrays of a file to be unreadable, each with a message that ends with the reason given.
///
/// - Parameter count: The number of all unreadable arrays; `nil` if each has a reason here.
func expectUnreadable(
  in file: FeatureFile, count: Int? = nil, _ reasons: [String: String],
  sourceLocation: SourceLocation = #_sourceLocation
) {
  for (name, reason) in reasons {
    let found = file.unreadable[name]?.description ?? "‘\(name)’ is readable"
    #expect(found.hasSuffix("‘\(name)’ holds \(reason)"), "\(found)", sourceLocation: sourceLocation)
  }
  #expect(file.unreadable.count == count ?? reasons.count, sourceLocation: sourceLocation)
}
