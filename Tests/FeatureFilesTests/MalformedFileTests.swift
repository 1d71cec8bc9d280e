import FeatureFiles
import Foundation
import Testing

/// Files in `Fixtures/malformed/`, one folder per format, and the exact error that each must give.
///
/// The errors are in each folder's `expected.json`, without their path. GMMSCOPE_UPDATE_SNAPSHOTS=1 updates them.
struct MalformedFileTests {
  static let folders = [
    "npy", "npz", "csv", "tsv", "safetensors", "pt", "pkl", "h5", "mat", "gz", "zst", "xz",
  ]
  private static let table = "expected.json"

  private static var updates: Bool { ProcessInfo.processInfo.environment["GMMSCOPE_UPDATE_SNAPSHOTS"] == "1" }

  /// The expected errors by file name.
  private static func listed(_ folder: String) throws -> [String: String] {
    try JSONDecoder().decode(
      [String: String].self, from: Data(Fixtures.bytes("malformed/\(folder)/\(table)")))
  }

  /// The actual errors by file name.
  private static func found(_ folder: String) throws -> [String: String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("malformed/\(folder)"))
    var errors: [String: String] = [:]
    for name in names where name != table {
      let path = try Fixtures.path("malformed/\(folder)/\(name)")
      let error = #expect(throws: FeatureFileError.self, "\(folder)/\(name)") { try Reading.everything(path) }
      guard let description = error?.description else { continue }
      #expect(error?.path == path)
      #expect(description.hasPrefix("\(path): ") && !description.contains("\n"))
      errors[name] = String(description.dropFirst(path.count + 2))
    }
    return errors
  }

  @Test(arguments: folders) func everyFileGivesItsError(_ folder: String) throws {
    let found = try Self.found(folder)
    let listed = try Self.listed(folder)
    if Self.updates, found != listed {
      try Self.write(found, of: folder)
      Issue.record("\(folder)/\(Self.table) was written anew.")
      return
    }
    for name in Set(found.keys).union(listed.keys).sorted() {
      #expect(found[name] == listed[name], "\(folder)/\(name)")
    }
  }

  @Test func everyFormatHasItsFolder() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("malformed"))
    #expect(folders.sorted() == Self.folders.sorted())
    #expect(FileFormat.allCases.allSatisfy { Self.folders.contains($0.rawValue) })
    let counts = try Self.folders.map { try Self.listed($0).count }
    #expect(counts.allSatisfy { $0 >= 8 } && counts.reduce(0, +) > 280)
  }

  private static func write(_ errors: [String: String], of folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/malformed/\(folder)/\(table)")
    try (encoder.encode(errors) + Data("\n".utf8)).write(to: file)
  }
}

enum Reading {
  /// Opens a file and reads all of its content, so that any error is thrown.
  static func everything(_ path: String) throws(FeatureFileError) {
    let file = try FeatureFile.open(path)
    if let obstacle = file.columnObstacle { throw obstacle }
    for array in file.arrays {
      // A damaged shape can be large but valid only if elements take no bytes.
      guard array.elementCount < 1 << 20, array.rowCount < 1 << 20 else { continue }
      _ = try array.strings()
      guard array.elementType.isNumeric else { continue }
      if array.name == "labels" { _ = try array.integers() }
      _ = try array.doubles()
      if array.rowCount > 0 { _ = try array.doubles(rows: [array.rowCount - 1, 0]) }
    }
    if let first = file.unreadable.min(by: { $0.key < $1.key }) { throw first.value }
  }
}
