import CNCurses
import TerminalRendering

/// Decodes the bytes that a terminal sends into keys, mouse events and pasted text.
///
/// A sequence that starts with an escape character is parsed as a whole by its grammar (ECMA-48). An unknown
/// sequence and Alt with a character each count as one unknown key, which does nothing. What the terminal answers to a
/// query is kept apart from input. Sequences can arrive in pieces. An escape character that nothing follows within ``escapeDelay``
/// is the Esc key.
///
/// The decoder is pure: it uses neither the terminal nor the clock.
nonisolated struct InputDecoder {
  /// The maximum delay between an escape character and the rest of its sequence.
  static let escapeDelay = Duration.milliseconds(25)
  /// The same while the terminal may still answer a query, whose escape character must not become a key.
  static let escapeDelayBeforeReply = Duration.milliseconds(250)
  /// The maximum delay after the two bytes that start a sequence, which Alt and a bracket also send.
  static let introducerDelay = Duration.milliseconds(250)
  /// The maximum delay within a sequence, after which it is dropped.
  static let sequenceDelay = Duration.seconds(1)
  /// The maximum length of pasted text; the rest is dropped.
  static let longestPaste = 65_536
  /// The maximum number of bytes of a known sequence. A longer one is read to its end and dropped.
  private static let longestSequence = 64

  enum Encoding { case utf8, locale }

  private enum State {
    case ground
    /// Inside a multibyte character, with the number of remaining bytes.
    case character(Int)
    /// Inside a key that does not start with an escape character, as on some old terminals.
    case key
    case escape
    /// Two escape characters: two presses of Esc, or Alt and a key that sends a sequence.
    case twoEscapes
    /// Alt and a multibyte character, with the number of remaining bytes.
    case altCharacter(Int)
    /// CSI: up to its first byte of 0x40–0x7E.
    case sequence(known: Bool)
    /// SS3: like CSI, after optional digits.
    case singleShift(known: Bool)
    /// A key in the terminal description that does not follow the grammar.
    case described
    /// CSI M without parameters: three bytes with button and position follow.
    case oldMouse(Int)
    /// CSI [: one byte follows, on the Linux console.
    case console
    /// OSC, DCS, SOS, PM, APC: up to BEL or ST; `escaped` if the first byte of ST has arrived.
    case string(escaped: Bool)
    case paste
  }

  private let keys: [[UInt8]: KeyPress]
  /// The proper prefixes of `keys`.
  private let beginnings: Set<[UInt8]>
  private let encoding: Encoding
  private var shift = mbstate_t()
  private var state = State.ground
  /// The bytes of an unfinished character, key or sequence.
  private var pending: [UInt8] = []
  private var lastByte: ContinuousClock.Instant?
  private var mouse = MouseDecoder()
  private var inputs: [TerminalInput] = []
  /// The content of an unfinished paste. In the state it would be copied with every byte.
  private var pasted: [UInt8] = []
  /// The content of an unfinished string, as far as an answer can reach.
  private var string: [UInt8] = []
  private static let longestString = 256
  private var replies: [TerminalReply] = []
  /// Until when the terminal may answer a query.
  private var replyDeadline: ContinuousClock.Instant?

  /// - Parameter keys: The byte sequences of the terminal's keys, each of at least two bytes.
  init(keys: [[UInt8]: KeyPress], encoding: Encoding = .utf8) {
    self.keys = keys
    self.encoding = encoding
    beginnings = Set(keys.keys.flatMap { key in (1..<max(1, key.count)).map { Array(key.prefix($0)) } })
  }

  /// The time to call ``expire()`` if no more bytes arrive.
  var deadline: ContinuousClock.Instant? {
    guard let lastByte else { return nil }
    return switch state {
    case .ground, .paste: nil
    case .escape where replyDeadline.map { lastByte < $0 } ?? false: lastByte + Self.escapeDelayBeforeReply
    case .escape, .twoEscapes, .key, .character, .altCharacter: lastByte + Self.escapeDelay
    default: lastByte + (pending.count <= 2 ? Self.introducerDelay : Self.sequenceDelay)
    }
  }

  /// Notes that the terminal was asked, and may answer until `time`.
  mutating func expectReplies(until time: ContinuousClock.Instant) { replyDeadline = time }

  /// The answers since the last call.
  mutating func takeReplies() -> [TerminalReply] {
    defer { replies = [] }
    return replies
  }

  private mutating func note(_ reply: TerminalReply) {
    replies.append(reply)
    if reply == .attributes { replyDeadline = nil }
  }

  /// Decodes bytes that arrived at `time`, and returns the inputs that they complete.
  mutating func decode(_ bytes: some Sequence<UInt8>, at time: ContinuousClock.Instant) -> [TerminalInput] {
    var isFirst = true
    for byte in bytes {
      // Terminals send Alt and a character together. A character that arrives alone was typed after Esc.
      if isFirst, case .escape = state, !Self.continuesAfterPause(byte), keys[[0x1B, byte]] == nil,
        !beginnings.contains([0x1B, byte])
      {
        inputs.append(.key(.escape))
        reset()
      }
      isFirst = false
      lastByte = time
      take(byte)
    }
    defer { inputs = [] }
    return inputs
  }

  /// Decodes an unfinished sequence that nothing followed in time.
  mutating func expire() -> [TerminalInput] {
    switch state {
    case .escape: inputs = [.key(.escape)]
    case .twoEscapes: inputs = [.key(.escape), .key(.escape)]
    case .key: for byte in pending { inputs.append(.key(KeyTable.key(scalar: Unicode.Scalar(byte)))) }
    case .paste: return []
    default: break
    }
    reset()
    defer { inputs = [] }
    return inputs
  }

  private mutating func reset() {
    state = .ground
    pending = []
  }

  private mutating func keep(_ byte: UInt8) {
    if pending.count < Self.longestSequence { pending.append(byte) }
  }

  /// Drops the unfinished sequence and decodes the byte as a new one.
  private mutating func restart(with byte: UInt8) {
    reset()
    take(byte)
  }

  private mutating func take(_ byte: UInt8) {
    switch state {
    case .ground: begin(with: byte)
    case .character(let missing):
      guard byte & 0xC0 == 0x80 else { return restart(with: byte) }
      pending.append(byte)
      state = .character(missing - 1)
      if missing == 1 { endCharacter() }
    case .key:
      keep(byte)
      if let key = keys[pending] {
        finish(.key(key))
      } else if !beginnings.contains(pending) {
        let bytes = pending
        reset()
        inputs.append(.key(KeyTable.key(scalar: Unicode.Scalar(bytes[0]))))
        for byte in bytes.dropFirst() { take(byte) }
      }
    case .escape: takeAfterEscape(byte)
    case .twoEscapes:
      switch byte {
      case 0x5B, 0x4F:
        keep(byte)
        state = byte == 0x5B ? .sequence(known: false) : .singleShift(known: false)
      default:
        inputs.append(.key(.escape))
        pending = [0x1B]
        state = .escape
        take(byte)
      }
    case .altCharacter(let missing):
      guard byte & 0xC0 == 0x80 else { return restart(with: byte) }
      state = .altCharacter(missing - 1)
      if missing == 1 { reset() }
    case .described:
      keep(byte)
      if let key = keys[pending] { return finish(.key(key)) }
      if !beginnings.contains(pending) { reset() }
    case .sequence(let known): takeInSequence(byte, known: known)
    case .singleShift(let known):
      switch byte {
      case 0x30...0x3F: keep(byte)
      case 0x40...0x7E:
        keep(byte)
        finish(known ? keys[pending].map { .key($0) } : nil)
      default: restart(with: byte)
      }
    case .oldMouse(let missing):
      if missing == 1 { reset() } else { state = .oldMouse(missing - 1) }
    case .console:
      keep(byte)
      finish(keys[pending].map { .key($0) })
    case .string(let escaped): takeInString(byte, escaped: escaped)
    case .paste: takeInPaste(byte)
    }
  }

  private mutating func finish(_ input: TerminalInput?) {
    reset()
    if let input { inputs.append(input) }
  }

  /// Whether a byte after an escape character can start a sequence, which can arrive in pieces.
  private static func continuesAfterPause(_ byte: UInt8) -> Bool { byte == 0x1B || beginsSequence(byte) }

  /// The introducers: CSI, SS3 and the strings DCS, SOS, OSC, PM and APC.
  private static func beginsSequence(_ byte: UInt8) -> Bool {
    [0x5B, 0x4F, 0x50, 0x58, 0x5D, 0x5E, 0x5F].contains(byte)
  }

  // MARK: Characters

  private mutating func begin(with byte: UInt8) {
    switch byte {
    case 0x1B:
      pending = [byte]
      state = .escape
    case 0x00..<0x80 where beginnings.contains([byte]):
      pending = [byte]
      state = .key
    case 0x00..<0x80: inputs.append(.key(KeyTable.key(scalar: Unicode.Scalar(byte))))
    case _ where encoding == .locale: takeByLocale(byte)
    default:
      let count = Self.characterByteCount(byte)
      if count > 1 {
        pending = [byte]
        state = .character(count - 1)
      } else {
        takeC1(byte)
      }
    }
  }

  private mutating func endCharacter() {
    let scalar = String(validating: pending, as: UTF8.self)?.unicodeScalars.first
    reset()
    guard let scalar else { return }
    if scalar.value < 0xA0 {
      takeC1(UInt8(scalar.value))
    } else {
      inputs.append(.key(KeyTable.key(scalar: scalar)))
    }
  }

  private mutating func takeByLocale(_ byte: UInt8) {
    var character: wchar_t = 0
    var bytes = CChar(bitPattern: byte)
    switch mbrtowc(&character, &bytes, 1, &shift) {
    case 1:
      guard let scalar = Unicode.Scalar(UInt32(truncatingIfNeeded: character)) else { return }
      if (0x80..<0xA0).contains(scalar.value) {
        takeC1(UInt8(scalar.value))
      } else {
        inputs.append(.key(KeyTable.key(scalar: scalar)))
      }
    case -1: shift = mbstate_t()
    default: break
    }
  }

  /// The number of bytes of a character with this first byte; 1 if no character starts with it.
  private static func characterByteCount(_ first: UInt8) -> Int {
    switch first {
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 1
    }
  }

  /// The single-byte controls (C1) that replace two-byte ones.
  private mutating func takeC1(_ byte: UInt8) {
    guard (0x80..<0xA0).contains(byte) else { return }
    pending = [0x1B]
    state = .escape
    take(byte - 0x40)
  }

  // MARK: Sequences

  private mutating func takeAfterEscape(_ byte: UInt8) {
    keep(byte)
    if let key = keys[pending] { return finish(.key(key)) }
    switch byte {
    case 0x1B: state = .twoEscapes
    case 0x5B: state = .sequence(known: true)
    case 0x4F: state = .singleShift(known: true)
    case 0x50, 0x58, 0x5D, 0x5E, 0x5F:
      string = []
      state = .string(escaped: false)
    case _ where beginnings.contains(pending): state = .described
    case 0xC2...0xF4: state = .altCharacter(Self.characterByteCount(byte) - 1)
    default: reset()
    }
  }

  private mutating func takeInSequence(_ byte: UInt8, known: Bool) {
    switch byte {
    case 0x20...0x3F: keep(byte)
    case 0x40...0x7E:
      let isFirst = pending.last == 0x5B
      keep(byte)
      guard known else { return finish(nil) }
      if let key = keys[pending] {
        finish(.key(key))
      } else if isFirst && byte == 0x5B {
        state = .console
      } else if isFirst && byte == 0x4D {
        state = .oldMouse(3)
      } else {
        endSequence()
      }
    // Terminals send no controls within a sequence, so its end was lost.
    default: restart(with: byte)
    }
  }

  private mutating func endSequence() {
    let text = String(decoding: pending.dropFirst(), as: UTF8.self)
    reset()
    if text == "[200~" {
      pasted = []
      state = .paste
    } else if text.hasPrefix("[?"), text.hasSuffix("c") {
      note(.attributes)
    } else if text.hasPrefix(MouseReport.introducer),
      let report = MouseReport(String(text.dropFirst(MouseReport.introducer.count))),
      let event = mouse.decode(report, time: lastByte ?? .now)
    {
      inputs.append(.mouse(event))
    }
  }

  private mutating func takeInString(_ byte: UInt8, escaped: Bool) {
    switch (byte, escaped) {
    // ESC \ ends the string. Any other sequence means that the end was lost.
    case (0x5C, true), (0x07, _): endString()
    case (0x18, _), (0x1A, _): reset()
    case (_, true):
      pending = [0x1B]
      state = .escape
      take(byte)
    case (0x1B, false): state = .string(escaped: true)
    case (0x9C, false) where encoding == .locale || pending.last == 0xC2: endString()
    // ^C lets the user out if the end was lost.
    case (0x03, _): restart(with: byte)
    default:
      pending = Array(pending.prefix(2)) + [byte]
      if string.count < Self.longestString { string.append(byte) }
    }
  }

  private mutating func endString() {
    if pending.count > 1, let reply = TerminalQuery.reply(inString: string, introducer: pending[1]) {
      note(reply)
    }
    reset()
  }

  // MARK: Pasted text

  private static let pasteEnd = Array("\u{1B}[201~".utf8)

  private mutating func takeInPaste(_ byte: UInt8) {
    // Terminals paste no ^C, so it lets the user out if the end marker was lost.
    guard byte != 0x03 else { return restart(with: byte) }
    if !pending.isEmpty || byte == Self.pasteEnd[0] {
      pending.append(byte)
      if pending == Self.pasteEnd { return finish(.paste(text(ofPaste: pasted))) }
      if Self.pasteEnd.starts(with: pending) { return }
      // Not the end marker, but the last byte can start one.
      let begins = byte == Self.pasteEnd[0]
      pasted += begins ? pending.dropLast() : pending[...]
      pending = begins ? [byte] : []
    } else {
      pasted.append(byte)
    }
    if pasted.count > 4 * Self.longestPaste { pasted.removeLast(pasted.count - 4 * Self.longestPaste) }
  }

  private func text(ofPaste bytes: [UInt8]) -> String {
    let whole: String
    switch encoding {
    case .utf8: whole = String(decoding: bytes, as: UTF8.self)
    case .locale:
      var scalars = String.UnicodeScalarView()
      for byte in bytes {
        scalars.append(Unicode.Scalar(UInt32(bitPattern: Int32(btowc(Int32(byte))))) ?? "\u{FFFD}")
      }
      whole = String(scalars)
    }
    var scalars = String.UnicodeScalarView()
    for scalar in whole.unicodeScalars.prefix(Self.longestPaste) {
      scalars.append(scalar == "\r" ? "\n" : scalar)
    }
    return String(scalars)
  }
}
