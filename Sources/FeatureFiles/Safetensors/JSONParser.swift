/// A strict parser of JSON in UTF-8. Nesting is limited, so that no input exhausts the stack.
struct JSONParser {
  let bytes: [UInt8]
  private var position = 0

  private static let depthLimit = 64

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw error("something after the end") }
    return value
  }

  private func error(_ problem: String) -> JSONError { JSONError(offset: position, problem: problem) }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < Self.depthLimit else { throw error("nested too deeply") }
    skipSpace()
    guard position < bytes.count else { throw error("ends too early") }
    switch bytes[position] {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: break
    }
    for (word, value) in [("true", JSONValue.boolean(true)), ("false", .boolean(false)), ("null", .null)]
    where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw error("a value is missing")
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    position += 1
    var elements: [JSONValue] = []
    if accept("]") { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while accept(",")
    guard accept("]") else { throw error("a list without its ]") }
    return elements
  }

  private mutating func object(depth: Int) throws(JSONError) -> [JSONValue.Entry] {
    position += 1
    var entries: [JSONValue.Entry] = []
    if accept("}") { return entries }
    repeat {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw error("a key is missing")
      }
      let key = try string()
      guard accept(":") else { throw error("a key without its value") }
      entries.append(JSONValue.Entry(key: key, value: try value(depth: depth + 1)))
    } while accept(",")
    guard accept("}") else { throw error("an object without its }") }
    return entries
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    var isInteger = true
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    guard skipDigits() > 0 else { throw error("a number without digits") }
    guard bytes[firstDigit] != UInt8(ascii: "0") || position == firstDigit + 1 else {
      throw error("a number that begins with 0")
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      guard skipDigits() > 0 else { throw error("a number without digits after its point") }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) {
        position += 1
      }
      guard skipDigits() > 0 else { throw error("a number without digits in its exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int(text) { return .integer(value) }
    guard let value = Double(text) else { throw error("not a number") }
    return .number(value)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
      position += 1
    }
    return position - start
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else { throw error("text is not UTF-8") }
        return text
      case UInt8(ascii: "\\"): content += try escape().utf8
      case 0..<0x20: throw error("a control character in text")
      default: content.append(byte)
      }
    }
    throw error("text without its closing quote")
  }

  private mutating func escape() throws(JSONError) -> String {
    guard position < bytes.count else { throw error("ends too early") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try codePoint()
    default: throw error("an unknown escape")
    }
  }

  private mutating func codePoint() throws(JSONError) -> String {
    var point = try fourHexDigits()
    if (0xD800..<0xDC00).contains(point), bytes[position...].starts(with: "\\u".utf8) {
      position += 2
      let second = try fourHexDigits()
      guard (0xDC00..<0xE000).contains(second) else { throw error("half of a surrogate pair") }
      point = 0x10000 + (point - 0xD800) << 10 + (second - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(point) else { throw error("half of a surrogate pair") }
    return String(Character(scalar))
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    let end = position + 4
    guard end <= bytes.count else { throw error("ends too early") }
    var value: UInt32 = 0
    while position < end {
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
        throw error("an escape without four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
