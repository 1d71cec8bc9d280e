extension [Double] {
  /// The same numbers in ascending order, by radix: O(N), several times as fast as comparing. NaN come last, or first
  /// where negative.
  public func sortedByRadix() -> [Double] {
    // Below this, comparing is as fast.
    guard count > 64 else { return sorted() }
    // Few numbers are sorted sooner than many counters are cleared.
    let digitBits = count < 4096 ? 8 : 11
    var (keys, moved) = (map(Self.key), [UInt64](repeating: 0, count: count))
    keys.withUnsafeMutableBufferPointer { keys in
      moved.withUnsafeMutableBufferPointer { Self.sort(keys, by: digitBits, moving: $0) }
    }
    return keys.map(Self.value)
  }

  /// Sorts `keys`, with as many others as room to move them to.
  private static func sort(
    _ keys: UnsafeMutableBufferPointer<UInt64>, by digitBits: Int,
    moving others: UnsafeMutableBufferPointer<UInt64>
  ) {
    let digitCount = 1 << digitBits
    let passCount = (UInt64.bitWidth + digitBits - 1) / digitBits
    func digit(of key: UInt64, _ pass: Int) -> Int {
      Int(truncatingIfNeeded: key &>> UInt64(pass &* digitBits)) & (digitCount &- 1)
    }
    var (sorted, moved) = (keys, others)
    var counters = [Int32](repeating: 0, count: passCount * digitCount)
    counters.withUnsafeMutableBufferPointer { counters in
      for key in sorted {
        for pass in 0..<passCount { counters[pass &* digitCount &+ digit(of: key, pass)] &+= 1 }
      }
      for pass in 0..<passCount {
        let first = pass * digitCount
        // Scores have much in common: where all agree on a digit there is nothing to do.
        if counters[first + digit(of: sorted[0], pass)] == Int32(sorted.count) { continue }
        var place: Int32 = 0
        for digit in first..<first + digitCount {
          (counters[digit], place) = (place, place + counters[digit])
        }
        for key in sorted {
          let digit = first &+ digit(of: key, pass)
          moved[Int(counters[digit])] = key
          counters[digit] &+= 1
        }
        swap(&sorted, &moved)
      }
    }
    if sorted.baseAddress != keys.baseAddress { _ = keys.update(from: sorted) }
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
