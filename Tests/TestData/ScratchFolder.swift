import Foundation

/// A folder of its own for a test's files, removed with it.
public final class ScratchFolder {
  public let path: String

  public init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "gmmscope-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of an entry, whether or not it exists.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file and returns its path.
  public func file(_ name: String, _ content: some Sequence<UInt8>) throws -> String {
    try Data(content).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  public func write(_ text: String, to name: String) throws -> String { try file(name, text.utf8) }

  public var entries: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}
