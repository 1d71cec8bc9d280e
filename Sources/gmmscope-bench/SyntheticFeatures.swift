import LinearAlgebra

/// Features as a network's last layer makes them, for workloads of any size: never negative, class means in a
/// subspace, a covariance of its own for every class with a spectrum that decays as a power, some dead dimensions.
///
/// A sample of class k is max(0, b + m_k + H S_k H Λ^½ g): g standard normal, H the Hadamard matrix scaled to be
/// orthogonal, S_k a diagonal of the class's signs, Λ_i ∝ (i + 1)^−1.5. An out-of-distribution sample is one whose
/// mean lies halfway between two classes. The same bits on every machine.
struct SyntheticFeatures: Sendable {
  let classCount: Int
  /// D, a power of two or three times one.
  let dimension: Int
  let seed: UInt64

  /// The label of samples that belong to no class.
  static let outOfDistributionLabel = -1

  private let means: [[Double]]
  private let signs: [[Double]]
  private let deviations: [Double]

  init(classCount: Int, dimension: Int, seed: UInt64) {
    precondition(
      classCount > 0 && (dimension.nonzeroBitCount == 1 || Self.thirds(dimension).nonzeroBitCount == 1),
      "D must be a power of two or three times one")
    self.classCount = classCount
    self.dimension = dimension
    self.seed = seed
    let spread = Double(dimension).squareRoot()
    deviations = (1...dimension).map { place in
      let place = Double(place)
      return 0.15 * spread / (place * place.squareRoot()).squareRoot()
    }
    var shared = SplitMix64(seed, 0)
    let sharedSigns = (0..<dimension).map { _ in shared.sign() }
    let subspaceDimension = max(1, dimension / 8)
    var (means, signs): ([[Double]], [[Double]]) = ([], [])
    for index in 0..<classCount {
      var generator = SplitMix64(seed, 1, UInt64(index))
      var mean = [Double](repeating: 0, count: dimension)
      for place in 0..<subspaceDimension { mean[place] = 0.7 * generator.normal() }
      Self.rotate(&mean)
      for place in mean.indices { mean[place] *= sharedSigns[place] }
      Self.rotate(&mean)
      means.append(mean)
      signs.append((0..<dimension).map { _ in generator.sign() })
    }
    self.means = means
    self.signs = signs
  }

  /// Training samples: classes in turn.
  func trainingLabel(_ index: Int) -> Int { index % classCount }

  /// Test samples: half out-of-distribution, the others of the classes in turn.
  func testLabel(_ index: Int) -> Int {
    index.isMultiple(of: 2) ? index / 2 % classCount : Self.outOfDistributionLabel
  }

  /// Every 64th dimension is 0 in all samples.
  static func isDead(_ dimension: Int) -> Bool { dimension % 64 == 63 }

  /// Sample `index` of a split (0 training, 1 test), appended to `values` as D numbers. O(D log D).
  func append(sample index: Int, ofSplit split: UInt64, label: Int, to values: inout [Float]) {
    var generator = SplitMix64(seed, 2 + split, UInt64(index))
    let own = label >= 0 ? label : Int(generator.next(upperBound: UInt64(classCount)))
    let other = label >= 0 ? label : Int(generator.next(upperBound: UInt64(classCount)))
    var noise = deviations.map { $0 * generator.normal() }
    Self.rotate(&noise)
    for place in noise.indices { noise[place] *= signs[own][place] }
    Self.rotate(&noise)
    for place in noise.indices {
      let mean = 0.5 * (means[own][place] + means[other][place])
      values.append(Self.isDead(place) ? 0 : Float(max(0, 0.45 + mean + noise[place])))
    }
  }

  /// Multiplies by an orthogonal, symmetric matrix: the Hadamard matrix, or, if D is three times a power of two, the
  /// Kronecker product of a reflection and the Hadamard matrix of a third. O(D log D).
  static func rotate(_ vector: inout [Double]) {
    let isThreefold = vector.count.nonzeroBitCount != 1
    let length = isThreefold ? thirds(vector.count) : vector.count
    for start in stride(from: 0, to: vector.count, by: length) {
      transform(&vector, start..<start + length)
    }
    guard isThreefold else { return }
    for place in 0..<length {
      // The reflection I − ⅔ J.
      let share = (vector[place] + vector[place + length] + vector[place + 2 * length]) * 2 / 3
      for part in 0..<3 { vector[place + part * length] -= share }
    }
  }

  /// D / 3, or 0 if 3 does not divide D.
  private static func thirds(_ dimension: Int) -> Int { dimension.isMultiple(of: 3) ? dimension / 3 : 0 }

  /// The fast Walsh–Hadamard transform of a range whose length is a power of two.
  private static func transform(_ vector: inout [Double], _ range: Range<Int>) {
    var half = 1
    while half < range.count {
      for start in stride(from: range.lowerBound, to: range.upperBound, by: 2 * half) {
        for place in start..<start + half {
          let (first, second) = (vector[place], vector[place + half])
          vector[place] = first + second
          vector[place + half] = first - second
        }
      }
      half *= 2
    }
    let scale = 1 / Double(range.count).squareRoot()
    for place in range { vector[place] *= scale }
  }
}

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
