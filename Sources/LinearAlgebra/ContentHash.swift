/// A 128-bit hash of numbers by their bits, for telling contents apart and noticing damage, not against intent.
/// It does not depend on how the numbers come in pieces. About one number per clock cycle.
public struct ContentHash: Sendable, Equatable, Hashable {
  private var lanes: SIMD8<UInt64>
  private var count: UInt64 = 0

  private static let (first, second): (UInt64, UInt64) = (0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F)

  public init() {
    lanes = SIMD8((0..<8).map { ($0 &+ 1) &* Self.second })
  }

  public mutating func combine(_ bits: UInt64) {
    let lane = Int(count & 7)
    lanes[lane] = Self.mixed(lanes[lane], bits)
    count &+= 1
  }

  public mutating func combine(_ values: [Double]) {
    values.withUnsafeBufferPointer { values in
      var index = 0
      while index < values.count, count & 7 != 0 {
        combine(values[index].bitPattern)
        index += 1
      }
      // Eight chains that do not wait for each other.
      var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
      var (e, f, g, h) = (lanes[4], lanes[5], lanes[6], lanes[7])
      let start = index
      while index + 8 <= values.count {
        a = Self.mixed(a, values[index].bitPattern)
        b = Self.mixed(b, values[index + 1].bitPattern)
        c = Self.mixed(c, values[index + 2].bitPattern)
        d = Self.mixed(d, values[index + 3].bitPattern)
        e = Self.mixed(e, values[index + 4].bitPattern)
        f = Self.mixed(f, values[index + 5].bitPattern)
        g = Self.mixed(g, values[index + 6].bitPattern)
        h = Self.mixed(h, values[index + 7].bitPattern)
        index += 8
      }
      lanes = SIMD8(a, b, c, d, e, f, g, h)
      count &+= UInt64(index - start)
      while index < values.count {
        combine(values[index].bitPattern)
        index += 1
      }
    }
  }

  /// The hash of all that was combined, in their order.
  public var value: SIMD2<UInt64> {
    var (low, high) = (count &* Self.first, count ^ Self.second)
    for lane in 0..<8 {
      low = Self.mixed(low, lanes[lane])
      high = Self.mixed(high, lanes[7 - lane] ^ Self.first)
    }
    return SIMD2(Self.finished(low), Self.finished(high))
  }

  @inline(__always)
  private static func mixed(_ state: UInt64, _ bits: UInt64) -> UInt64 {
    let sum = state &+ bits &* second
    return (sum << 31 | sum >> 33) &* first
  }

  private static func finished(_ state: UInt64) -> UInt64 {
    var mixed = (state ^ state >> 33) &* second
    mixed = (mixed ^ mixed >> 29) &* first
    return mixed ^ mixed >> 32
  }
}
