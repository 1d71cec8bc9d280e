import LinearAlgebra
import Testing

@Suite("SplitMix64")
struct SplitMix64Tests {
  /// The values that https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64 states.
  @Test func givesThePublishedStream() {
    var generator = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<3).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
  }
}
