import CNCurses
import SystemSupport
import TerminalRendering

/// Reads and decodes available input without blocking.
struct InputReader {
  private let descriptor: Int32
  private var decoder: InputDecoder
  private var waiting: ArraySlice<TerminalInput> = []

  /// - Parameter descriptor: The descriptor of the terminal that ncurses is set up for.
  init(descriptor: Int32) {
    self.descriptor = descriptor
    decoder = InputDecoder(
      keys: KeyTable.sequences(), encoding: cn_locale_is_utf8() ? .utf8 : .locale)
  }

  /// The time to call ``next()`` even if no input arrives, such as to decode a single escape character.
  var deadline: ContinuousClock.Instant? { decoder.deadline }

  /// The next input; `nil` if none is available. Unknown keys are skipped.
  mutating func next() -> TerminalInput? {
    while waiting.isEmpty {
      let bytes = available()
      if !bytes.isEmpty {
        waiting = decoder.decode(bytes, at: .now)[...]
      } else if let deadline, deadline <= .now {
        waiting = decoder.expire()[...]
      } else {
        return nil
      }
    }
    return waiting.popFirst()
  }

  /// Notes that the terminal was asked, and may answer until `time`.
  mutating func expectReplies(until time: ContinuousClock.Instant) { decoder.expectReplies(until: time) }

  /// What the terminal answered since the last call.
  mutating func takeReplies() -> [TerminalReply] { decoder.takeReplies() }

  /// Waits for bytes until `time`, and decodes them. Input among them waits for ``next()``.
  ///
  /// - Returns: Whether there were any.
  mutating func wait(until time: ContinuousClock.Instant) -> Bool {
    let left = ContinuousClock.now.duration(to: time).components
    let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
    var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard milliseconds > 0, poll(&state, 1, Int32(clamping: milliseconds)) > 0 else { return false }
    let bytes = available()
    waiting += decoder.decode(bytes, at: .now)
    return !bytes.isEmpty
  }

  private func available() -> ArraySlice<UInt8> {
    var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&state, 1, 0) > 0, Int32(state.revents) & POLLIN != 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    return bytes.prefix(max(0, count))
  }
}
