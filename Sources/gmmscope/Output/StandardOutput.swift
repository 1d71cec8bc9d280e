import Foundation
import TerminalRendering

/// Standard output: results and nothing else.
///
/// Results hold names from files and paths. None reaches the terminal as it is: see ``DisplayText/visible(_:)``.
nonisolated enum StandardOutput {
  /// Why results did not arrive: a full disk, a descriptor that is closed. A reader that has seen enough
  /// (`| head`) ends the program by SIGPIPE, as it does every other.
  struct WriteError: Error, CustomStringConvertible {
    var reason: String
    var description: String { "the results cannot be written to standard output: \(reason)" }
  }

  static let isTerminal = isatty(STDOUT_FILENO) == 1

  /// Writes lines for people. A line break within one belongs to a name and does not break the line.
  static func write(lines: [String]) throws(WriteError) {
    try write(lines.map { DisplayText.visible($0) + "\n" }.joined())
  }

  /// Writes records for programs, as they are, but on a terminal, where a person looks at them, as lines.
  static func write(records: [String]) throws(WriteError) {
    if isTerminal { return try write(lines: records) }
    try write(records.map { $0 + "\n" }.joined())
  }

  /// Writes a drawing, whose text went through the cells of a canvas. A line break is added where it has none.
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
