extension [Double] {
  /// The numbers in ascending order, sorted by radix, which is several times as fast as comparison. NaN come last, or
  /// first if negative. O(N).
  public func sortedByRadix() -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { values, initializedCount in
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * count) { memory in
        let keys = UnsafeMutableBufferPointer(rebasing: memory[..<count])
        for (index, value) in enumerated() { keys.initializeElement(at: index, to: Self.key(value)) }
        RadixSort.sort(keys, through: UnsafeMutableBufferPointer(rebasing: memory[count...]))
        for (index, key) in keys.enumerated() { values.initializeElement(at: index, to: Self.value(key)) }
      }
      initializedCount = count
    }
  }

  /// The bits of the number as an unsigned integer of the same order.
  private static func key(_ value: Double) -> UInt64 {
    let bits = value.bitPattern
    return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
  }

  private static func value(_ key: UInt64) -> Double {
    Double(bitPattern: key >> 63 == 0 ? ~key : key & ~(1 << 63))
  }
}

/// Sorts by the highest bits in which keys differ, then each bucket by the bits that follow, and finally the few keys
/// out of order by insertion. Nearly all scores have their own bucket after one or two passes, whereas sorting from
/// the lowest bits up takes as many passes as a key has digits.
private enum RadixSort {
  /// The largest bucket that is left to insertion sort.
  private static let fewKeys = 16
  /// The counters of 2^12 buckets, 16 KB, fit in the L1 cache.
  private static let mostBucketBits = 12

  /// Sorts `keys` with an uninitialized buffer `room` of the same size. O(N).
  static func sort(
    _ keys: UnsafeMutableBufferPointer<UInt64>, through room: UnsafeMutableBufferPointer<UInt64>
  ) {
    if keys.count > fewKeys { distribute(keys, through: room) }
    insert(keys)
  }

  /// Orders keys such that none is further from its place than ``fewKeys``. There are as many buckets as keys, up to
  /// 2^``mostBucketBits``. Each level of recursion resolves at least four bits.
  private static func distribute(
    _ keys: UnsafeMutableBufferPointer<UInt64>, through room: UnsafeMutableBufferPointer<UInt64>
  ) {
    var (least, greatest) = (UInt64.max, UInt64.min)
    for key in keys {
      least = min(least, key)
      greatest = max(greatest, key)
    }
    guard least < greatest else { return }
    let bucketBits = min(mostBucketBits, UInt64.bitWidth - UInt64(keys.count).leadingZeroBitCount)
    let differingBits = UInt64.bitWidth - (greatest - least).leadingZeroBitCount
    let shift = UInt64(max(0, differingBits - bucketBits))
    func bucket(of key: UInt64) -> Int { Int(truncatingIfNeeded: (key &- least) &>> shift) }

    withUnsafeTemporaryAllocation(of: Int32.self, capacity: bucket(of: greatest) + 1) { ends in
      ends.initialize(repeating: 0)
      for key in keys { ends[bucket(of: key)] &+= 1 }
      var (place, mostKeys): (Int32, Int32) = (0, 0)
      for bucket in ends.indices {
        mostKeys = max(mostKeys, ends[bucket])
        (ends[bucket], place) = (place, place &+ ends[bucket])
      }
      for key in keys {
        let bucket = bucket(of: key)
        room.initializeElement(at: Int(ends[bucket]), to: key)
        ends[bucket] &+= 1
      }
      _ = keys.update(from: room)
      // Without a shift, the keys of a bucket are equal.
      guard mostKeys > fewKeys, shift > 0 else { return }
      var start = 0
      for end in ends {
        let range = start..<Int(end)
        start = range.upperBound
        guard range.count > fewKeys else { continue }
        distribute(
          UnsafeMutableBufferPointer(rebasing: keys[range]),
          through: UnsafeMutableBufferPointer(rebasing: room[range]))
      }
    }
  }

  private static func insert(_ keys: UnsafeMutableBufferPointer<UInt64>) {
    for (index, key) in keys.enumerated() {
      var place = index
      while place > 0, keys[place &- 1] > key {
        keys[place] = keys[place &- 1]
        place &-= 1
      }
      keys[place] = key
    }
  }
}
