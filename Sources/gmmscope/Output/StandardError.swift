import Foundation
import TerminalRendering

/// Standard error: errors, remarks and progress. Results go to standard output only.
///
/// Texts hold names from files and paths. None reaches the terminal as it is: see ``DisplayText/visible(_:)``.
nonisolated enum StandardError {
  static let isTerminal = isatty(STDERR_FILENO) == 1

  /// Writes one line. A line break in `text` belongs to a name and does not break the line.
  static func writeLine(_ text: String) { write(DisplayText.visible(text) + "\n") }

  /// Writes a line in the place of the last one, for progress; an empty one takes it away.
  static func replaceLine(_ text: String) { write(clearLine + DisplayText.visible(text)) }

  /// Back to the line's beginning, and all of it erased.
  static let clearLine = "\r\u{1B}[K"

  private static func write(_ text: String) {
    // Where remarks cannot be written there is nowhere to say so.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
