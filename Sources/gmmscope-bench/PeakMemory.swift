import Foundation

/// The most memory a process held at once, as Linux counts it (VmHWM: mapped file pages that were read are in it).
enum PeakMemory {
  /// Of this process since its start or the last ``reset()``; nil where the system does not say.
  static func current() -> Int? { read("/proc/self/status") }

  /// Of another process since its start; nil where it has ended or the system does not say.
  static func ofProcess(_ identifier: Int32) -> Int? { read("/proc/\(identifier)/status") }

  /// Starts counting anew at what is held now. Without effect where the system has no such thing.
  static func reset() {
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
    try? file.write(contentsOf: Data("5".utf8))
    try? file.close()
  }

  private static func read(_ path: String) -> Int? {
    (try? String(contentsOfFile: path, encoding: .utf8)).flatMap(parse)
  }

  /// The bytes of the line `VmHWM:     2172 kB`.
  static func parse(_ status: String) -> Int? {
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
        .map { $0 * 1024 }
    }
    return nil
  }
}
