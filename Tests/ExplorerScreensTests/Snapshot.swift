import Foundation
import Testing
import TerminalRendering

/// Text pictures of screens, kept beside the tests. GMMSCOPE_UPDATE_SNAPSHOTS=1 writes them anew.
enum Snapshot {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Snapshots")

  /// Compares a canvas with the picture of that name; one that is missing fails.
  static func expect(
    _ canvas: Canvas, named name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let file = directory.appendingPathComponent(name + ".txt")
    let text = canvas.plainText() + "\n"
    if ProcessInfo.processInfo.environment["GMMSCOPE_UPDATE_SNAPSHOTS"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
      return
    }
    guard let kept = try? String(contentsOf: file, encoding: .utf8) else {
      Issue.record("There is no picture \(name).txt yet.", sourceLocation: sourceLocation)
      return
    }
    let lines = (
      kept: kept.split(separator: "\n", omittingEmptySubsequences: false),
      drawn: text.split(separator: "\n", omittingEmptySubsequences: false)
    )
    #expect(lines.kept.count == lines.drawn.count, "rows of \(name)", sourceLocation: sourceLocation)
    for (row, pair) in zip(lines.kept, lines.drawn).enumerated() where pair.0 != pair.1 {
      Issue.record(
        "\(name), row \(row)\n  kept  \(pair.0)\n  drawn \(pair.1)", sourceLocation: sourceLocation)
    }
  }
}
