extension [Double] {
  /// The same numbers in ascending order, by radix: O(N), several times as fast as comparing. NaN come last, or first
  /// where negative.
  public func sortedByRadix() -> [Double] {
    // Below this, comparing is as fast.
    guard count > 256 else { return sorted() }
    let digitCount = 1 << Self.digitBits
    let passCount = (UInt64.bitWidth + Self.digitBits - 1) / Self.digitBits
    var keys = map(Self.key)
    var counts = [Int32](repeating: 0, count: passCount * digitCount)
    for key in keys {
      for pass in 0..<passCount {
        counts[pass * digitCount + Self.digit(of: key, pass)] += 1
      }
    }
    var moved = keys
    for pass in 0..<passCount {
      let first = pass * digitCount
      // Scores have much in common: where all agree on a digit there is nothing to do.
      if counts[first + Self.digit(of: keys[0], pass)] == Int32(count) { continue }
      var place: Int32 = 0
      for digit in first..<first + digitCount { (counts[digit], place) = (place, place + counts[digit]) }
      for key in keys {
        let digit = first + Self.digit(of: key, pass)
        moved[Int(counts[digit])] = key
        counts[digit] += 1
      }
      swap(&keys, &moved)
    }
    return keys.map(Self.value)
  }

  private static let digitBits = 11

  private static func digit(of key: UInt64, _ pass: Int) -> Int {
    Int(truncatingIfNeeded: key &>> UInt64(pass &* digitBits)) & ((1 << digitBits) - 1)
  }

  /// Bits that are ordered as the numbers are.
  private static func key(_ value: Double) -> UInt64 {
    let bits = value.bitPattern
    return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
  }

  private static func value(_ key: UInt64) -> Double {
    Double(bitPattern: key >> 63 == 0 ? ~key : key & ~(1 << 63))
  }
}
