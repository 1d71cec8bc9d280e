import Foundation
import TerminalRendering

/// Standard output: results and nothing else.
///
/// Results contain names from files and paths, so on a terminal control characters are made visible first: see
/// ``DisplayText/visible(_:)``.
nonisolated enum StandardOutput {
  /// A failed write, for example to a full disk or a closed descriptor. A reader that stops early (`| head`) ends the
  /// program by SIGPIPE, as usual.
  struct WriteError: Error, CustomStringConvertible {
    var reason: String
    var description: String { "the results cannot be written to standard output: \(reason)" }
  }

  /// mpirun gives rank 0 a terminal of its own making, whatever its own output is.
  static let isTerminal = isatty(STDOUT_FILENO) == 1 && RankProcess.job == nil

  /// Writes lines for people. Line breaks inside a line are made visible.
  static func write(lines: [String]) throws(WriteError) {
    try write(lines.map { DisplayText.visible($0) + "\n" }.joined())
  }

  /// Writes records for programs unchanged; on a terminal, control characters are made visible.
  static func write(records: [String]) throws(WriteError) {
    if isTerminal { return try write(lines: records) }
    try write(records.map { $0 + "\n" }.joined())
  }

  /// Writes a part of the results for programs unchanged.
  static func write(piece: String) throws(WriteError) { try write(piece) }

  /// Writes the text of a canvas, and a final line break if it has none.
  static func write(drawing: String) throws(WriteError) {
    try write(drawing.hasSuffix("\n") ? drawing : drawing + "\n")
  }

  private static func write(_ text: String) throws(WriteError) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let reason = cause.map { String(cString: strerror(Int32($0.code))) } ?? error.localizedDescription
      throw WriteError(reason: reason)
    }
  }
}

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
