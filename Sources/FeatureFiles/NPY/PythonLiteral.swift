/// A Python literal of the kinds that occur in the header of a `.npy` file.
enum PythonLiteral: Equatable {
  case string(String)
  case integer(Int)
  case boolean(Bool)
  case none
  /// A tuple or a list.
  case sequence([PythonLiteral])
  case dictionary([Entry])

  struct Entry: Equatable {
    let key: String
    let value: PythonLiteral
  }

  /// Parses all of `text`; nil unless it is a single such value, possibly surrounded by white space.
  init?(parsing text: some Sequence<UInt8>) {
    var parser = PythonLiteralParser(bytes: Array(text))
    guard let value = parser.value(depth: 0), parser.isAtEnd() else { return nil }
    self = value
  }
}

private struct PythonLiteralParser {
  let bytes: [UInt8]
  var position = 0

  /// Headers of plain arrays nest two deep, of structured types a few more.
  static let depthLimit = 16

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  mutating func isAtEnd() -> Bool {
    skipSpace()
    return position == bytes.count
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func value(depth: Int) -> PythonLiteral? {
    guard depth < Self.depthLimit else { return nil }
    skipSpace()
    guard position < bytes.count else { return nil }
    switch bytes[position] {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return string().map(PythonLiteral.string)
    case UInt8(ascii: "("): return sequence(closing: ")", depth: depth)
    case UInt8(ascii: "["): return sequence(closing: "]", depth: depth)
    case UInt8(ascii: "{"): return dictionary(depth: depth)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return integer()
    case UInt8(ascii: "u"), UInt8(ascii: "b"):
      // The prefixes of text in Python 2 and of bytes in Python 3.
      guard position + 1 < bytes.count,
        [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[position + 1])
      else { return nil }
      position += 1
      return string().map(PythonLiteral.string)
    default: return word()
    }
  }

  private mutating func string() -> String? {
    let quote = bytes[position]
    position += 1
    var content: [UInt8] = []
    while position < bytes.count, bytes[position] != quote {
      // Escapes can only occur in field names, which are not interpreted.
      if bytes[position] == UInt8(ascii: "\\") { position += 1 }
      guard position < bytes.count else { return nil }
      content.append(bytes[position])
      position += 1
    }
    guard position < bytes.count else { return nil }
    position += 1
    return String(decoding: content, as: UTF8.self)
  }

  private mutating func integer() -> PythonLiteral? {
    let start = position
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
      position += 1
    }
    guard let value = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else { return nil }
    // Python 2 wrote long integers with a suffix.
    if position < bytes.count, bytes[position] == UInt8(ascii: "L") { position += 1 }
    return .integer(value)
  }

  private mutating func word() -> PythonLiteral? {
    for (word, value) in [("True", PythonLiteral.boolean(true)), ("False", .boolean(false)), ("None", .none)]
    where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    return nil
  }

  private mutating func sequence(closing: Unicode.Scalar, depth: Int) -> PythonLiteral? {
    position += 1
    var elements: [PythonLiteral] = []
    while !accept(closing) {
      guard let element = value(depth: depth + 1) else { return nil }
      elements.append(element)
      if accept(closing) {
        // A value in parentheses is a tuple only with a comma after it.
        return elements.count == 1 && closing == ")" ? element : .sequence(elements)
      }
      guard accept(",") else { return nil }
    }
    return .sequence(elements)
  }

  private mutating func dictionary(depth: Int) -> PythonLiteral? {
    position += 1
    var entries: [PythonLiteral.Entry] = []
    while !accept("}") {
      skipSpace()
      guard position < bytes.count, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[position]),
        let key = string(), accept(":"), let value = value(depth: depth + 1)
      else { return nil }
      entries.append(PythonLiteral.Entry(key: key, value: value))
      if accept("}") { break }
      guard accept(",") else { return nil }
    }
    return .dictionary(entries)
  }
}
