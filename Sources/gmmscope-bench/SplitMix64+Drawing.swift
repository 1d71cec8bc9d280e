import LinearAlgebra

extension SplitMix64 {
  /// A stream of its own for each path of numbers, such as seed, split and index.
  init(_ path: UInt64...) {
    self.init(
      seed: path.reduce(0) { state, number in
        var generator = SplitMix64(seed: state ^ number)
        return generator.next()
      })
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
