import Foundation

/// A folder of its own for a test's files, removed with it.
public final class ScratchFolder: Sendable {
  public let path: String

  /// With a short path: that of a tmux socket in it has to fit into 108 bytes.
  public init() throws {
    path = "/tmp/gmmscope-\(UUID().uuidString.prefix(13))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
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

  public func text(of name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: file(name))), as: UTF8.self)
  }

  public var entries: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}
