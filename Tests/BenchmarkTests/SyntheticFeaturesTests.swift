import LinearAlgebra
import Testing

@testable import gmmscope_bench

@Suite("Synthetic features")
struct SyntheticFeaturesTests {
  private let features = SyntheticFeatures(classCount: 3, dimension: 128, seed: 7)

  private func samples(_ count: Int, label: Int, split: UInt64 = 0) -> [[Float]] {
    (0..<count).map { index in
      var values: [Float] = []
      features.append(sample: index, ofSplit: split, label: label, to: &values)
      return values
    }
  }

  @Test("normal numbers have mean 0 and variance 1")
  func moments() {
    var generator = SplitMix64(1, 2, 3)
    let values = (0..<100_000).map { _ in generator.normal() }
    let mean = values.reduce(0, +) / 100_000
    let variance = values.reduce(0) { $0 + $1 * $1 } / 100_000 - mean * mean
    #expect(abs(mean) < 0.02)
    #expect(abs(variance - 1) < 0.02)
  }

  @Test("the same seed gives the same samples, another seed, split or index others")
  func deterministic() {
    let first = samples(2, label: 1)
    #expect(first == samples(2, label: 1))
    #expect(first[0] != first[1])
    #expect(first != samples(2, label: 1, split: 1))
    var other: [Float] = []
    SyntheticFeatures(classCount: 3, dimension: 128, seed: 8).append(
      sample: 0, ofSplit: 0, label: 1, to: &other)
    #expect(other != first[0])
  }

  @Test("every machine makes these bits")
  func golden() {
    let hash = samples(3, label: 2).joined().reduce(UInt64(0)) {
      ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01B3
    }
    #expect(hash == 1_684_173_453_902_794_554)
  }

  @Test("samples look like a ReLU layer's: never negative, some zeros, dead dimensions")
  func rectified() {
    let values = samples(200, label: 0)
    #expect(values.allSatisfy { $0.count == 128 && $0.allSatisfy { $0 >= 0 && $0.isFinite } })
    for dimension in 0..<128 where SyntheticFeatures.isDead(dimension) {
      #expect(values.allSatisfy { $0[dimension] == 0 })
    }
    let zeroCount = values.reduce(0) { $0 + $1.count { $0 == 0 } }
    #expect(zeroCount > 200 * 2 && zeroCount < 200 * 64)
  }

  @Test("classes differ, and out-of-distribution samples come with label -1 every second time")
  func labels() {
    #expect((0..<4).map(features.trainingLabel) == [0, 1, 2, 0])
    #expect((0..<8).map(features.testLabel) == [0, -1, 1, -1, 2, -1, 0, -1])
    let means = (0..<3).map { label in
      samples(100, label: label).reduce([Float](repeating: 0, count: 128)) { zip($0, $1).map(+) }
    }
    let distance = zip(means[0], means[1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 10_000
    #expect(distance > 1)
  }

  @Test("the rotation is orthogonal and its own inverse", arguments: [64, 96])
  func rotation(dimension: Int) {
    let original = (0..<dimension).map { Double($0 % 7) - 3 }
    var rotated = original
    SyntheticFeatures.rotate(&rotated)
    let norms = [original, rotated].map { $0.reduce(0) { $0 + $1 * $1 } }
    #expect(abs(norms[0] - norms[1]) < 1e-9)
    #expect(rotated != original)
    SyntheticFeatures.rotate(&rotated)
    #expect(zip(rotated, original).allSatisfy { abs($0 - $1) < 1e-12 })
  }
}
