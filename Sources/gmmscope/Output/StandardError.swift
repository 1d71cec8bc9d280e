import Foundation
import TerminalRendering

/// Standard error: errors, remarks and progress. Results go to standard output only.
///
/// Texts contain names from files and paths, so control characters are made visible first: see
/// ``DisplayText/visible(_:)``.
nonisolated enum StandardError {
  static let isTerminal = isatty(STDERR_FILENO) == 1

  /// Writes one line. Line breaks in `text` are made visible.
  static func writeLine(_ text: String) {
    let line = DisplayText.visible(text)
    if RankProcess.isWriter { write(line + "\n") } else { RankProcess.note(line) }
  }

  /// Replaces the progress line; an empty text erases it.
  static func replaceLine(_ text: String) { write(clearLine + DisplayText.visible(text)) }

  /// Returns to the start of the line and erases it.
  static let clearLine = "\r\u{1B}[K"

  private static func write(_ text: String) {
    // A failed write to standard error cannot be reported anywhere.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
