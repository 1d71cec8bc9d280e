/// The shortest decimal digits that represent a double, with decimal rounding.
struct DecimalDigits: Equatable {
  var isNegative: Bool
  /// Most significant first, no leading or trailing zeros; empty for zero.
  var digits: [UInt8]
  /// The value is 0.d₁d₂d₃… · 10^exponent.
  var exponent: Int

  /// Returns `nil` if the value is not finite.
  init?(_ value: Double) {
    guard value.isFinite else { return nil }
    isNegative = value < 0
    digits = []
    exponent = 0
    guard value != 0 else { return }
    var pointPlace: Int?
    var shift = 0
    // Bytes: as characters, each would be looked up in Unicode's tables.
    let text = value.magnitude.description
    var mantissa = text.utf8[...]
    if let mark = mantissa.firstIndex(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) {
      shift = Int(text[text.utf8.index(after: mark)...]) ?? 0
      mantissa = mantissa[..<mark]
    }
    for byte in mantissa {
      if byte == UInt8(ascii: ".") { pointPlace = digits.count }
      if byte &- UInt8(ascii: "0") < 10 { digits.append(byte - UInt8(ascii: "0")) }
    }
    exponent = (pointPlace ?? digits.count) + shift
    while digits.first == 0 {
      digits.removeFirst()
      exponent -= 1
    }
    trimEnd()
  }

  private mutating func trimEnd() {
    while digits.last == 0 { digits.removeLast() }
    if digits.isEmpty { exponent = 0 }
  }

  /// Rounds to the first `count` digits, halves away from zero.
  private mutating func keep(_ count: Int) {
    guard count < digits.count else { return }
    guard count >= 0 else {
      digits = []
      return trimEnd()
    }
    let up = digits[count] >= 5
    digits.removeSubrange(count...)
    if up {
      var place = count - 1
      while place >= 0, digits[place] == 9 {
        digits[place] = 0
        place -= 1
      }
      if place >= 0 {
        digits[place] += 1
      } else {
        digits.insert(1, at: 0)
        exponent += 1
      }
    }
    trimEnd()
  }

  mutating func round(significant count: Int) { keep(max(1, count)) }
  mutating func round(places: Int) { keep(exponent + places) }

  private static func text(_ digits: ArraySlice<UInt8>) -> String {
    String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
  }

  /// The digits before the decimal point; at least `0`.
  var integerPart: String {
    guard exponent > 0, !digits.isEmpty else { return "0" }
    return Self.text(digits.prefix(exponent))
      + String(repeating: "0", count: max(0, exponent - digits.count))
  }

  /// The first `places` digits after the decimal point.
  func fraction(places: Int) -> String {
    let zeros = digits.isEmpty ? 0 : max(0, -exponent)
    let significant = Self.text(digits.dropFirst(max(0, exponent)))
    let all = String(repeating: "0", count: zeros) + significant
    return String((all + String(repeating: "0", count: places)).prefix(places))
  }
}
