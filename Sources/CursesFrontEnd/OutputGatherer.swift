import CNCurses
import SystemSupport

/// Sends what ncurses writes during a frame at once.
///
/// ncurses writes each row of a frame by itself. Where all cores are busy, the terminal that wakes up for a row takes
/// the core, and then the work that waited for it, before the next row is written.
final class OutputGatherer {
  /// The descriptor that ncurses writes to.
  private let descriptor: Int32
  private let terminal: Int32
  private let memory: Int32

  /// Returns `nil` where the system has no files in memory, or no further descriptor.
  init?(_ descriptor: Int32) {
    let memory = cn_memory_file()
    guard memory >= 0 else { return nil }
    let terminal = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard terminal >= 0 else {
      _ = SystemSupport.close(memory)
      return nil
    }
    (self.descriptor, self.terminal, self.memory) = (descriptor, terminal, memory)
  }

  deinit {
    for opened in [memory, terminal] { _ = SystemSupport.close(opened) }
  }

  /// Calls `body`, which must only write to the descriptor, and then writes all of it to the terminal.
  func gather(_ body: () -> Void) {
    guard dup2(memory, descriptor) >= 0 else { return body() }
    body()
    dup2(terminal, descriptor)
    let count = Int(lseek(memory, 0, SEEK_CUR))
    lseek(memory, 0, SEEK_SET)
    guard count > 0 else { return }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      initializedCount = max(0, pread(memory, buffer.baseAddress, count, 0))
    }
    // A closed terminal is detected on reading.
    try? bytes.withUnsafeBytes { try writeAll($0, to: terminal) }
  }
}
