import Foundation

/// A program in a pseudo-terminal of its own, and what it writes there with the moment it came.
final class PseudoTerminal {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Output without a pause inside: one frame, or several that follow one another closely.
  struct Burst {
    var byteCount = 0
    /// When its last bytes came.
    var end: ContinuousClock.Instant
    var text: String
  }

  /// `POSIX_SPAWN_SETSID`, which glibc's headers hide from Swift.
  #if os(Linux)
    private static let newSession: Int16 = 0x80
  #else
    private static let newSession = Int16(POSIX_SPAWN_SETSID)
  #endif

  let process: Int32
  /// When the program was started.
  let start: ContinuousClock.Instant
  private let descriptor: Int32
  private(set) var hasEnded = false
  /// Whether the program has closed the terminal, as it does when it ends.
  private(set) var hasOutputEnded = false

  /// Starts a program as the foreground of a terminal of `width` × `height` cells.
  init(_ program: String, _ arguments: [String], environment: [String: String], width: Int, height: Int)
    throws
  {
    var size = winsize(ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
    var (outside, inside): (Int32, Int32) = (-1, -1)
    var path = [CChar](repeating: 0, count: 128)
    guard openpty(&outside, &inside, &path, nil, &size) == 0 else {
      throw Failure(description: "no pseudo-terminal can be had")
    }
    descriptor = outside
    defer { close(inside) }
    for end in [outside, inside] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The leader of a new session gets the first terminal it opens.
    posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Self.newSession)
    let argumentStrings = ([program] + arguments).map { strdup($0) }
    let environmentStrings = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      .map { strdup("\($0)=\($1)") }
    defer { (argumentStrings + environmentStrings).forEach { free($0) } }
    var process: pid_t = 0
    start = .now
    let failure = posix_spawn(
      &process, program, &actions, &attributes, argumentStrings + [nil], environmentStrings + [nil])
    guard failure == 0 else {
      throw Failure(description: "\(program): \(String(cString: strerror(failure)))")
    }
    self.process = process
  }

  deinit {
    close(descriptor)
    if !hasEnded {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
  }

  func type(_ keys: String) {
    let bytes = Array(keys.utf8)
    _ = write(descriptor, bytes, bytes.count)
  }

  /// The next output, up to the first pause of `pause`; nil where none begins within `patience`.
  func burst(within patience: Duration, pause: Duration = .milliseconds(3)) -> Burst? {
    var burst: Burst?
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while waitForOutput(burst == nil ? patience : pause) {
      let count = read(descriptor, &bytes, bytes.count)
      // EIO says that nobody has the terminal open any more.
      guard count > 0 else {
        hasOutputEnded = true
        break
      }
      let text = String(decoding: bytes[..<count], as: UTF8.self)
      burst = Burst(
        byteCount: (burst?.byteCount ?? 0) + count, end: .now, text: (burst?.text ?? "") + text)
      answer(text)
    }
    return burst
  }

  private func waitForOutput(_ patience: Duration) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, Int32(max(0, patience.seconds * 1000).rounded(.up))) > 0
  }

  /// What every terminal says of itself when asked (DA1), so that nobody waits for it.
  private func answer(_ text: String) {
    if text.contains("\u{1B}[c") || text.contains("\u{1B}[0c") { type("\u{1B}[?62;22c") }
  }

  /// Presses `Q` and waits for the program's end.
  ///
  /// - Throws: ``Failure`` where it ends otherwise than well, or not at all within a minute.
  func quit() throws {
    type("Q")
    let deadline = ContinuousClock.now + .seconds(60)
    var status: Int32 = 0
    while waitpid(process, &status, WNOHANG) == 0 {
      guard ContinuousClock.now < deadline else { throw Failure(description: "it does not end on Q") }
      _ = burst(within: .milliseconds(10))
    }
    hasEnded = true
    guard status == 0 else { throw Failure(description: "it ended with status \(status)") }
  }

  /// The processor time that the program has had so far, in seconds, to 10 ms; nil where the system does not say.
  var processorSeconds: Double? {
    // Fields 14 and 15: ticks in the program and in the system. The name in field 2 may have spaces.
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let fields = text.split(separator: ")").last?.split(separator: " "), fields.count > 12,
      let user = Double(fields[11]), let system = Double(fields[12])
    else { return nil }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
