import Foundation

/// Standard error: errors, remarks and progress. Results go to standard output only.
enum StandardError {
  static let isTerminal = isatty(STDERR_FILENO) == 1

  static func write(_ text: String) {
    // Where remarks cannot be written there is nowhere to say so.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  static func writeLine(_ text: String) { write(text + "\n") }
}
