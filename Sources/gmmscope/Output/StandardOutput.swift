import Foundation

/// Standard output: results and nothing else.
enum StandardOutput {
  /// Why results did not arrive: a full disk, a descriptor that is closed. A reader that has seen enough
  /// (`| head`) ends the program by SIGPIPE, as it does every other.
  struct WriteError: Error, CustomStringConvertible {
    var reason: String
    var description: String { "the results cannot be written to standard output: \(reason)" }
  }

  static func write(_ text: String) throws(WriteError) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let reason = cause.map { String(cString: strerror(Int32($0.code))) } ?? error.localizedDescription
      throw WriteError(reason: reason)
    }
  }
}
