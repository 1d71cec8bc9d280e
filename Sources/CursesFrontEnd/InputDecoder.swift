import CNCurses
import TerminalRendering

/// Turns the bytes that a terminal sends into keys, mouse events and pasted text.
///
/// What begins with an escape character is taken as a whole by its grammar (ECMA-48), known or not: a sequence that
/// nobody binds, a terminal's answer to a question and Alt with a character are one unknown key each, which does
/// nothing. Sequences may come in any pieces. An escape character after which nothing comes, or a character by itself, is
/// the Esc key.
///
/// Pure: it knows neither the terminal nor the clock.
nonisolated struct InputDecoder {
  /// How long after an escape character something may come that belongs to it.
  static let escapeDelay = Duration.milliseconds(25)
  /// The same after the two bytes that begin a sequence, which Alt and a bracket are too.
  static let introducerDelay = Duration.milliseconds(250)
  /// The same within a sequence, after which it is given up.
  static let sequenceDelay = Duration.seconds(1)
  /// Pasted text beyond this many characters is dropped.
  static let longestPaste = 65_536
  /// A sequence of more bytes than any that is known is not kept, only read to its end.
  private static let longestSequence = 64

  enum Encoding { case utf8, locale }

  private enum State {
    case ground
    /// In a character of several bytes; how many are to come.
    case character(Int)
    /// Bytes of a key that does not begin with an escape character, as some old terminals have.
    case key
    case escape
    /// Two escape characters: two presses of Esc, or Alt and a key that sends a sequence.
    case twoEscapes
    /// Alt and a character of several bytes; how many are to come.
    case altCharacter(Int)
    /// CSI: up to its first byte of 0x40–0x7E.
    case sequence(known: Bool)
    /// SS3: the same, after digits.
    case singleShift(known: Bool)
    /// A key of the terminal's description that follows no grammar.
    case described
    /// CSI M without parameters: three bytes follow that say where.
    case oldMouse(Int)
    /// CSI [: one byte follows, on the Linux console.
    case console
    /// OSC, DCS, SOS, PM, APC: up to BEL or ST, of which the first byte may be there.
    case string(escaped: Bool)
    case paste([UInt8])
  }

  private let keys: [[UInt8]: KeyPress]
  /// The beginnings of `keys`.
  private let beginnings: Set<[UInt8]>
  private let encoding: Encoding
  private var shift = mbstate_t()
  private var state = State.ground
  /// What has come of an unfinished character, key or sequence.
  private var pending: [UInt8] = []
  private var lastByte: ContinuousClock.Instant?
  private var mouse = MouseDecoder()
  private var inputs: [TerminalInput] = []

  /// - Parameter keys: what the terminal sends for its keys, each of two bytes or more.
  init(keys: [[UInt8]: KeyPress], encoding: Encoding = .utf8) {
    self.keys = keys
    self.encoding = encoding
    beginnings = Set(keys.keys.flatMap { key in (1..<max(1, key.count)).map { Array(key.prefix($0)) } })
  }

  /// When ``expire()`` is to be called, if nothing more comes until then.
  var deadline: ContinuousClock.Instant? {
    guard let lastByte else { return nil }
    return switch state {
    case .ground, .paste: nil
    case .escape, .twoEscapes, .key, .character, .altCharacter: lastByte + Self.escapeDelay
    default: lastByte + (pending.count <= 2 ? Self.introducerDelay : Self.sequenceDelay)
    }
  }

  /// What the bytes that came at `time` complete.
  mutating func decode(_ bytes: some Sequence<UInt8>, at time: ContinuousClock.Instant) -> [TerminalInput] {
    var isFirst = true
    for byte in bytes {
      // Alt and a character are sent at once; a character that comes by itself was pressed after Esc.
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

  /// What an unfinished beginning means when nothing follows it.
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

  /// Ends what was begun, which means nothing, and takes the byte anew.
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
    case .paste(let text): takeInPaste(byte, text)
    }
  }

  private mutating func finish(_ input: TerminalInput?) {
    reset()
    if let input { inputs.append(input) }
  }

  /// Whether a byte after an escape character may be of a sequence, which a line may deliver in pieces.
  private static func continuesAfterPause(_ byte: UInt8) -> Bool { byte == 0x1B || beginsSequence(byte) }

  /// CSI, SS3 and the strings: DCS, SOS, OSC, PM, APC.
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

  /// How many bytes a character has that begins with this one; 1 where none does.
  private static func characterByteCount(_ first: UInt8) -> Int {
    switch first {
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 1
    }
  }

  /// The controls of one byte that stand for two.
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
    case 0x50, 0x58, 0x5D, 0x5E, 0x5F: state = .string(escaped: false)
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
    // No terminal sends a control within a sequence: its end was lost.
    default: restart(with: byte)
    }
  }

  private mutating func endSequence() {
    let text = String(decoding: pending.dropFirst(), as: UTF8.self)
    reset()
    if text == "[200~" {
      state = .paste([])
    } else if text.hasPrefix(MouseReport.introducer),
      let report = MouseReport(String(text.dropFirst(MouseReport.introducer.count))),
      let event = mouse.decode(report, time: lastByte ?? .now)
    {
      inputs.append(.mouse(event))
    }
  }

  private mutating func takeInString(_ byte: UInt8, escaped: Bool) {
    switch (byte, escaped) {
    // ESC \ ends it; any other sequence has come in the place of its end.
    case (0x5C, true), (0x07, _), (0x18, _), (0x1A, _): reset()
    case (_, true):
      pending = [0x1B]
      state = .escape
      take(byte)
    case (0x1B, false): state = .string(escaped: true)
    case (0x9C, false) where encoding == .locale || pending.last == 0xC2: reset()
    // ^C: the user's way out where the end was lost.
    case (0x03, _): restart(with: byte)
    default:
      pending = Array(pending.prefix(2)) + [byte]
    }
  }

  // MARK: Pasted text

  private static let pasteEnd = Array("\u{1B}[201~".utf8)

  private mutating func takeInPaste(_ byte: UInt8, _ text: [UInt8]) {
    // No terminal pastes ^C: it is the user's way out where the closing mark got lost.
    guard byte != 0x03 else { return restart(with: byte) }
    state = .ground
    var text = text
    if !pending.isEmpty || byte == Self.pasteEnd[0] {
      pending.append(byte)
      if pending == Self.pasteEnd { return finish(.paste(self.text(ofPaste: text))) }
      if Self.pasteEnd.starts(with: pending) {
        state = .paste(text)
        return
      }
      // Not the end after all; its last byte may begin it.
      let begins = byte == Self.pasteEnd[0]
      text += begins ? pending.dropLast() : pending[...]
      pending = begins ? [byte] : []
    } else {
      text.append(byte)
    }
    if text.count > 4 * Self.longestPaste { text.removeLast(text.count - 4 * Self.longestPaste) }
    state = .paste(text)
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
