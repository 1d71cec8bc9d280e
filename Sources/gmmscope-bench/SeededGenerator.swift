/// Random numbers that depend on nothing but the seed: SplitMix64 (Steele, Lea and Flood, 2014,
/// doi:10.1145/2660193.2660195).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// A stream of its own for each path of numbers, such as seed, split and index.
  init(_ path: UInt64...) {
    state = 0
    for number in path {
      state ^= number
      state = next()
    }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// −1 or 1.
  mutating func sign() -> Double { next() & 1 == 0 ? 1 : -1 }

  /// About normal, mean 0 and variance 1: the sum of four 16-bit numbers. Without logarithms or cosines, whose last
  /// bits differ between C libraries, so that every machine makes the same data.
  mutating func normal() -> Double {
    let bits = next()
    let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    return (Double(sum) - 131_070) * Self.scale
  }

  /// Four uniform numbers on 0…65,535 have the variance (65,536² − 1) / 3.
  private static let scale = 1 / ((65_536.0 * 65_536.0 - 1) / 3).squareRoot()
}
