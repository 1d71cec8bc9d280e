import Foundation

/// The program under test, as the package built it, and the sample data of this repository.
enum Gmmscope {
  /// The binary beside the test bundle.
  static let path: String = {
    let starts = [Bundle(for: Marker.self).bundlePath, CommandLine.arguments[0]]
    for start in starts {
      var folder = URL(fileURLWithPath: start)
      while folder.path != "/" {
        let binary = folder.appendingPathComponent("gmmscope").path
        if isExecutableFile(binary) { return binary }
        folder.deleteLastPathComponent()
      }
    }
    return "gmmscope"
  }()

  /// The repository's root.
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// A file of the sample data.
  static func sample(_ name: String) -> String { "\(repository)/SampleData/digits/\(name)" }

  /// Runs one command to its end, away from this process's terminal.
  static func run(
    _ arguments: String..., environment: [String: String] = [:], in folder: String? = nil
  ) async throws -> Command.Result {
    try await Command.run(path, arguments, environment: environment, in: folder)
  }

  private final class Marker {}

  private static func isExecutableFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
      && FileManager.default.isExecutableFile(atPath: path)
  }
}
