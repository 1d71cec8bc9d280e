/// Parses decimal numbers.
enum DecimalNumber {
  /// The exact powers of ten: 5²² is the last power of 5 that fits the 53 bits of a double.
  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// The double nearest to the number in `range`; nil if it is not a number.
  ///
  /// A number is an optional sign and decimal digits with an optional point and exponent, or `nan`, `inf` or
  /// `infinity` in any case. Surrounding spaces and tabs are ignored. The locale has no effect. Fortran exponents
  /// (`1.0D+00`) are accepted if they have a point and a sign.
  ///
  /// Most numbers that programs write are integers up to 2⁵³, multiplied or divided by a power of ten up to 10²². They
  /// take one correctly rounded operation on two exact doubles (Clinger, "How to read floating point numbers
  /// accurately", PLDI 1990). The standard library parses all others.
  static func parse(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) -> Double? {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isSpace(bytes[start]) { start += 1 }
    while start < end, isSpace(bytes[end - 1]) { end -= 1 }
    guard start < end else { return nil }
    var position = start
    let isNegative = bytes[start] == UInt8(ascii: "-")
    if isNegative || bytes[start] == UInt8(ascii: "+") { position += 1 }

    var digits: UInt64 = 0
    var digitCount = 0
    var exponent = 0
    var hasPoint = false
    let firstDigit = position
    while position < end, let digit = digit(bytes[position]) {
      position += 1
      if digitCount < 19 { digits = digits * 10 + digit } else { exponent += 1 }
      if digits != 0 { digitCount += 1 }
    }
    var seenCount = position - firstDigit
    if position < end, bytes[position] == UInt8(ascii: ".") {
      hasPoint = true
      position += 1
      let firstDecimal = position
      while position < end, let digit = digit(bytes[position]) {
        position += 1
        if digitCount < 19 {
          digits = digits * 10 + digit
          exponent -= 1
        }
        if digits != 0 { digitCount += 1 }
      }
      seenCount += position - firstDecimal
    }
    guard seenCount > 0 else { return special(bytes, in: firstDigit..<end, isNegative: isNegative) }
    var fortranExponent: Int?
    if hasPoint, position + 1 < end, bytes[position] | 0x20 == UInt8(ascii: "d"),
      [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position + 1])
    {
      fortranExponent = position
    }
    if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") || fortranExponent != nil {
      position += 1
      guard let power = power(bytes, at: &position, end: end) else { return nil }
      exponent += power
    }
    guard position == end else { return nil }
    if digitCount <= 19, digits <= 1 << 53, exponent.magnitude < powersOfTen.count {
      let factor = powersOfTen[Int(exponent.magnitude)]
      let value = exponent < 0 ? Double(digits) / factor : Double(digits) * factor
      return isNegative ? -value : value
    }
    var text = Array(bytes[start..<end])
    if let fortranExponent { text[fortranExponent - start] = UInt8(ascii: "e") }
    return Double(String(decoding: text, as: UTF8.self))
  }

  /// Whether the cell in `range` is an integer, without point and exponent, that a double does not represent exactly.
  static func isInexactInteger(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) -> Bool {
    var digits = bytes[range].drop { isSpace($0) }
    while let last = digits.last, isSpace(last) { digits.removeLast() }
    if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      digits.removeFirst()
    }
    digits = digits.drop { $0 == UInt8(ascii: "0") }
    guard digits.count >= 16, digits.allSatisfy({ digit($0) != nil }) else { return false }
    let text = String(decoding: digits, as: UTF8.self)
    guard let value = Double(text), value < 0x1p127, let exact = UInt128(text) else {
      return digits.count < 300
    }
    return UInt128(value) != exact
  }

  @inline(__always)
  private static func digit(_ byte: UInt8) -> UInt64? {
    let digit = byte &- UInt8(ascii: "0")
    return digit < 10 ? UInt64(digit) : nil
  }

  @inline(__always)
  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// The exponent after its `e`, limited to a million.
  private static func power(_ bytes: UnsafeRawBufferPointer, at position: inout Int, end: Int) -> Int? {
    guard position < end else { return nil }
    let isNegative = bytes[position] == UInt8(ascii: "-")
    if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }
    let first = position
    var power = 0
    while position < end, let digit = digit(bytes[position]) {
      position += 1
      power = min(power * 10 + Int(digit), 1_000_000)
    }
    guard position > first else { return nil }
    return isNegative ? -power : power
  }

  private static func special(
    _ bytes: UnsafeRawBufferPointer, in range: Range<Int>, isNegative: Bool
  ) -> Double? {
    func isWord(_ word: StaticString) -> Bool {
      guard word.utf8CodeUnitCount == range.count else { return false }
      return bytes[range].elementsEqual(
        UnsafeBufferPointer(start: word.utf8Start, count: range.count), by: { $0 | 0x20 == $1 })
    }
    if isWord("nan") { return .nan }
    if isWord("inf") || isWord("infinity") { return isNegative ? -.infinity : .infinity }
    return nil
  }
}

/// The markers of missing values.
enum MissingValue {
  /// In lower case, as written by pandas, R, NumPy, spreadsheets and public data sets. `nan` is a number.
  private static let marks: Set<String> = [
    "na", "n/a", "#n/a", "#na", "<na>", "null", "none", "nil", "?", "-", "--", ".", "missing",
    "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!",
    "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan",
  ]
  private static let longestByteCount = 8

  /// Whether the cell in `range` is empty or such a marker. Surrounding spaces and tabs are ignored.
  static func isMark(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) -> Bool {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
    while start < end, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
    guard start < end else { return true }
    guard end - start <= longestByteCount else { return false }
    return marks.contains(String(decoding: bytes[start..<end], as: UTF8.self).lowercased())
  }

  static func isMark(_ text: String) -> Bool {
    Array(text.utf8).withUnsafeBytes { isMark($0, in: 0..<$0.count) }
  }
}
