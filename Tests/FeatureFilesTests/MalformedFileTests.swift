import FeatureFiles
import Foundation
import Testing

/// Files in `Fixtures/malformed/`, one folder per format, and the error that each must give.
struct MalformedFileTests {
  /// By file.
  static func messages() throws -> [String: String] {
    try JSONDecoder().decode([String: String].self, from: Data(Fixtures.bytes("malformed.json")))
  }

  @Test func everyFileGivesItsError() throws {
    let messages = try Self.messages()
    #expect(messages.count > 60)
    for (file, message) in messages {
      let path = try Fixtures.path(file)
      let error = #expect(throws: FeatureFileError.self, "\(file)") { try Reading.everything(path) }
      #expect(error?.path == path)
      let description = try #require(error?.description)
      #expect(description.contains(message), "\(file): \(description)")
      #expect(!description.contains("\n"))
    }
  }

  @Test func everyFileIsListed() throws {
    let messages = try Self.messages()
    let folder = try Fixtures.path("malformed")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.contains(".") }
    #expect(Set(files.map { "malformed/\($0)" }) == Set(messages.keys))
  }
}

enum Reading {
  /// Opens a file and reads what is in it, so that every error that it can give is given.
  static func everything(_ path: String) throws(FeatureFileError) {
    let file = try FeatureFile.open(path)
    for array in file.arrays {
      // A damaged shape may be large and true at once only where elements take no bytes.
      guard array.elementCount < 1 << 20, array.rowCount < 1 << 20 else { continue }
      _ = try array.strings()
      guard array.elementType.isNumeric else { continue }
      _ = try array.doubles()
      if array.rowCount > 0 { _ = try array.doubles(rows: [array.rowCount - 1, 0]) }
    }
  }
}
