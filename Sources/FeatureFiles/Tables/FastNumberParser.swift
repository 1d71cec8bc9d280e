/// A fast parser for the usual forms of decimal numbers in tables.
///
/// It processes eight digits at a time in a register, and uses a 128-bit product if the digits do not fit a double
/// (Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 51, 2021). It returns nil for
/// unusual forms, which `DecimalNumber` parses.
struct FastNumberParser {
  /// The range of powers of ten in the table: enough for 17 digits of numbers from 1e-11 on.
  private static let exponents = -27...55

  /// The powers of five, normalized to 128 bits: truncated if the exponent is ≥ 0, rounded up if it is negative.
  private static let powersOfFive: [UInt128] = exponents.map { exponent in
    var power: UInt128 = 1
    for _ in 0..<exponent.magnitude { power *= 5 }
    if exponent >= 0 { return power << power.leadingZeroBitCount }
    // 2^(bits + 127) / 5^-q by long division, one bit of the quotient at a time.
    var quotient: UInt128 = 0
    var remainder: UInt128 = 1
    for _ in 0..<(127 + 128 - power.leadingZeroBitCount) {
      remainder <<= 1
      quotient <<= 1
      if remainder >= power {
        remainder -= power
        quotient |= 1
      }
    }
    return quotient + 1
  }

  private let powersOfFive = Self.powersOfFive
  private static let powersOfTen: [Double] = (0...22).map { exponent in
    (0..<exponent).reduce(1.0) { power, _ in power * 10 }
  }
  private let powersOfTen = Self.powersOfTen

  /// The number that begins at `position`, which is advanced to its end.
  ///
  /// - Returns: nil if there are no digits, more than 19 digits, or an unusual exponent.
  @inline(__always)
  func parse(
    _ bytes: UnsafePointer<UInt8>, _ position: inout Int, end: Int
  ) -> Double? {
    var place = position
    let isNegative = bytes[place] == UInt8(ascii: "-")
    if isNegative { place += 1 }
    var digits: UInt64 = 0
    let first = place
    Self.appendDigits(bytes, &place, end: end, to: &digits)
    var digitCount = place - first
    var exponent = 0
    if place < end, bytes[place] == UInt8(ascii: ".") {
      place += 1
      let firstDecimal = place
      Self.appendDigits(bytes, &place, end: end, to: &digits)
      exponent = firstDecimal - place
      digitCount -= exponent
    }
    guard digitCount > 0, digitCount <= 19 else { return nil }
    if place < end, bytes[place] | 0x20 == UInt8(ascii: "e") {
      place += 1
      guard place < end else { return nil }
      let isBelow = bytes[place] == UInt8(ascii: "-")
      if isBelow || bytes[place] == UInt8(ascii: "+") { place += 1 }
      let firstOfPower = place
      var power = 0
      while place < end, place - firstOfPower < 4 {
        let digit = bytes[place] &- UInt8(ascii: "0")
        if digit > 9 { break }
        power = power * 10 + Int(digit)
        place += 1
      }
      guard place > firstOfPower else { return nil }
      exponent += isBelow ? -power : power
    }
    guard let magnitude = value(digits, exponent) else { return nil }
    position = place
    return isNegative ? -magnitude : magnitude
  }

  @inline(__always)
  private static func appendDigits(
    _ bytes: UnsafePointer<UInt8>, _ place: inout Int, end: Int, to digits: inout UInt64
  ) {
    while place + 8 <= end {
      let eight = UnsafeRawPointer(bytes + place).loadUnaligned(as: UInt64.self).littleEndian
      // Every byte is in 0x30...0x39 if its upper half is 3 and remains 3 after adding 6.
      guard (eight & (eight &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0) == 0x3030_3030_3030_3030,
        ((eight | (eight &+ 0x0606_0606_0606_0606)) & 0xF0F0_F0F0_F0F0_F0F0) == 0x3030_3030_3030_3030
      else { break }
      var pairs = eight &- 0x3030_3030_3030_3030
      pairs = (pairs &* 10) &+ (pairs >> 8)
      let low = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
      let high = ((pairs >> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
      digits = digits &* 100_000_000 &+ ((low &+ high) >> 32)
      place += 8
    }
    while place < end {
      let digit = bytes[place] &- UInt8(ascii: "0")
      if digit > 9 { return }
      digits = digits &* 10 &+ UInt64(digit)
      place += 1
    }
  }

  /// digits · 10^exponent, correctly rounded.
  @inline(__always)
  func value(_ digits: UInt64, _ exponent: Int) -> Double? {
    if digits <= 1 << 53, exponent.magnitude < 23 {
      let factor = powersOfTen[Int(exponent.magnitude)]
      return exponent < 0 ? Double(digits) / factor : Double(digits) * factor
    }
    return wideValue(digits, exponent)
  }

  private func wideValue(_ digits: UInt64, _ exponent: Int) -> Double? {
    guard digits != 0, Self.exponents.contains(exponent) else { return nil }
    let shift = digits.leadingZeroBitCount
    let normalized = digits << UInt64(shift)
    let power = powersOfFive[exponent - Self.exponents.lowerBound]
    var (high, low) = normalized.multipliedFullWidth(by: UInt64(truncatingIfNeeded: power >> 64))
    // If a carry could change the upper bits, include the lower half of the power.
    if high & 0x1FF == 0x1FF {
      let further = normalized.multipliedFullWidth(by: UInt64(truncatingIfNeeded: power)).high
      let (sum, carries) = low.addingReportingOverflow(further)
      low = sum
      if carries { high += 1 }
    }
    let upper = Int(high >> 63)
    var mantissa = high >> UInt64(upper + 9)
    var binary = (217_706 * exponent) >> 16 + 63 + upper - shift + 1023
    guard binary > 0, binary < 2046 else { return nil }
    // Exactly between two doubles: round to even.
    if low <= 1, (-4...23).contains(exponent), mantissa & 3 == 1, mantissa << UInt64(upper + 9) == high {
      mantissa &= ~1
    }
    mantissa = (mantissa + (mantissa & 1)) >> 1
    if mantissa >= 1 << 53 {
      mantissa = 1 << 52
      binary += 1
    }
    return Double(bitPattern: UInt64(binary) << 52 | (mantissa & ~(1 << 52)))
  }
}
