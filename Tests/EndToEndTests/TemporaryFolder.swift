import Foundation

/// A folder of its own for one test.
struct TemporaryFolder {
  let path: String

  /// Short, since a tmux socket's whole path has to fit into 108 bytes.
  init() throws {
    path = "/tmp/gmmscope-\(UUID().uuidString.prefix(13))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// The path of an entry, whether or not it exists.
  func path(_ name: String) -> String { "\(path)/\(name)" }

  var contents: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

  func text(of name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(name))), as: UTF8.self)
  }
}
