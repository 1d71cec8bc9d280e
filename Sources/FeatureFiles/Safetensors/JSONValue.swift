/// A JSON value (RFC 8259). Objects preserve order and duplicate keys, so that callers can reject them.
enum JSONValue {
  case null
  case boolean(Bool)
  /// A number without fraction and exponent that fits `Int`.
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([Entry])

  struct Entry {
    let key: String
    let value: JSONValue
  }

  /// Parses all of `bytes`.
  ///
  /// - Throws: `JSONError` with the offset of the error.
  init(parsing bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }

  /// The JSON text, without white space.
  var text: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): String(value)
    case .string(let value): Self.quoted(value)
    case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
    case .object(let entries):
      "{" + entries.map { "\(Self.quoted($0.key)):\($0.value.text)" }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// A syntax error in JSON text.
struct JSONError: Error {
  let offset: Int
  let problem: String
}

/// A strict JSON parser for UTF-8. Nesting is limited, so that no input exhausts the stack.
struct JSONParser {
  let bytes: [UInt8]
  private var position = 0

  private static let depthLimit = 64

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw error("unexpected data after the end") }
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
    throw error("expected a value")
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    position += 1
    var elements: [JSONValue] = []
    if accept("]") { return elements }
    repeat { elements.append(try value(depth: depth + 1)) } while accept(",")
    guard accept("]") else { throw error("unterminated array") }
    return elements
  }

  private mutating func object(depth: Int) throws(JSONError) -> [JSONValue.Entry] {
    position += 1
    var entries: [JSONValue.Entry] = []
    if accept("}") { return entries }
    repeat {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw error("expected a key")
      }
      let key = try string()
      guard accept(":") else { throw error("expected ':' after a key") }
      entries.append(JSONValue.Entry(key: key, value: try value(depth: depth + 1)))
    } while accept(",")
    guard accept("}") else { throw error("unterminated object") }
    return entries
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    var isInteger = true
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    guard skipDigits() > 0 else { throw error("a number without digits") }
    guard bytes[firstDigit] != UInt8(ascii: "0") || position == firstDigit + 1 else {
      throw error("a number with a leading zero")
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      guard skipDigits() > 0 else { throw error("a number without digits after the decimal point") }
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
        guard let text = String(validating: content, as: UTF8.self) else {
          throw error("a string that is not valid UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): content += try escape().utf8
      case 0..<0x20: throw error("a control character in a string")
      default: content.append(byte)
      }
    }
    throw error("unterminated string")
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
    default: throw error("an unknown escape sequence")
    }
  }

  private mutating func codePoint() throws(JSONError) -> String {
    var point = try fourHexDigits()
    if (0xD800..<0xDC00).contains(point), bytes[position...].starts(with: "\\u".utf8) {
      position += 2
      let second = try fourHexDigits()
      guard (0xDC00..<0xE000).contains(second) else { throw error("an unpaired surrogate") }
      point = 0x10000 + (point - 0xD800) << 10 + (second - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(point) else { throw error("an unpaired surrogate") }
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
