/// A small seeded generator (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195).
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

extension Matrix {
  /// A matrix of random elements, the same for every call.
  public init(randomRows rowCount: Int, columnCount: Int, _ element: (inout SplitMix64) -> Double) {
    var generator = SplitMix64(seed: 1)
    self.init(
      rowCount: rowCount, columnCount: columnCount,
      elements: (0..<rowCount * columnCount).map { _ in element(&generator) })
  }
}
