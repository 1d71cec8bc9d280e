import Foundation
import TestData
import Testing

@testable import FeatureFiles

/// Files that another program modifies while they are open are an error and do not terminate the process, as access
/// beyond the end of a mapped file would.
struct ChangedFileTests {
  /// The rows of all of these are read from the mapped file on demand.
  static let names = ["features.npy", "stored.npz", "full.safetensors", "full.pt"]

  private func opened(
    _ name: String, as newName: String? = nil, in directory: ScratchFolder
  ) throws -> (path: String, NamedArray) {
    let path = try directory.file(newName ?? name, Fixtures.bytes("dataset/\(name)"))
    // The array of a bare file has the name of the file.
    return (path, try #require(try FeatureFile.open(path).arrays.first { $0.name.contains("features") }))
  }

  @Test(arguments: names)
  func truncatedFiles(name: String) throws {
    let directory = try ScratchFolder()
    let (path, array) = try opened(name, in: directory)
    #expect(try array.doubles(rows: [6]).count == 3)
    try #require(truncate(path, 0) == 0)
    let error = #expect(throws: FeatureFileError.self) { try array.doubles(rows: [6]) }
    #expect(error == .changedSinceOpening(path: path))
    #expect(
      error?.description
        == "\(path): was modified after it was opened; open it again when it is complete")
    #expect(throws: FeatureFileError.changedSinceOpening(path: path)) { try array.integers() }
  }

  @Test(arguments: names)
  func overwrittenFiles(name: String) throws {
    let directory = try ScratchFolder()
    let (path, array) = try opened(name, in: directory)
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data([0]))
    try file.close()
    #expect(throws: FeatureFileError.changedSinceOpening(path: path)) { try array.doubles() }

    let (other, same) = try opened(name, as: "other-\(name)", in: directory)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: other)
    #expect(throws: FeatureFileError.changedSinceOpening(path: other)) { try same.doubles(rows: [0]) }
  }

  /// A mapping remains valid when its file is replaced or removed.
  @Test(arguments: names)
  func replacedAndRemovedFiles(name: String) throws {
    let directory = try ScratchFolder()
    let (path, array) = try opened(name, in: directory)
    let values = try array.doubles()
    let other = try directory.file("other", [1, 2, 3])
    try #require(rename(other, path) == 0)
    #expect(try array.doubles() == values)
    try FileManager.default.removeItem(atPath: path)
    #expect(try array.doubles(rows: [0, 1]) == Array(values.prefix(6)))
  }
}
