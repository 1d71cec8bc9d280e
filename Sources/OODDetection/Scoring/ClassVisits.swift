import Foundation
import LinearAlgebra

/// Tracks the classes whose distances were computed for the samples of a batch, the scores so far, and the classes
/// that can still matter. A class matters to a sample if it does at any λ of the path.
struct ClassVisits: Sendable {
  /// The distance in nats from the best log-density beyond which all K classes together are negligible.
  private let margin: Double
  /// The densities within the margin of the highest one that was known when they were computed; nil if sums are
  /// accumulated instead, in the order of the visits.
  private var contributions: [Contribution]?
  /// ℓ_k + ½ d_k², (P,) for each class.
  private let normalizers: [[Double]]
  let sampleCount: Int
  private let pathCount: Int
  private(set) var found: ScoreAccumulator
  private(set) var visitedClassCounts: [Int32]
  private var isVisited: [Bool]

  /// Whether only classes that are likelier than the likeliest one so far matter.
  private let seeksLikeliest: Bool
  /// What other ranks have found for their classes.
  private var elsewhere: Extremes?
  /// The upper end of ℓ below which a sample's classes are estimated, (B,); nil if none are.
  private var ceilings: [Double]?

  /// The largest ℓ and the least d² so far, (B·P,) each.
  struct Extremes: Sendable {
    var largestDensity: [Double]
    var smallestDistance: [Double]
  }

  /// - Parameters:
  ///   - dropsNegligible: Whether classes below e^−25 of the likeliest one are left out of the sum, all of them together,
  ///     for which ``setSums(_:)`` must be called. For one λ only.
  ///   - allClassCount: The number of classes over all ranks; nil if this rank has all of them.
  ///   - known: For each sample, a class with its ℓ at every t, (P,) each, for a search for likelier classes; nil to
  ///     compute scores.
  init(
    sampleCount: Int, pathCount: Int? = nil, normalizers: [[Double]], dropsNegligible: Bool = false,
    among allClassCount: Int? = nil,
    known: (classes: ArraySlice<Int32>, densities: ArraySlice<Double>)? = nil
  ) {
    self.sampleCount = sampleCount
    self.normalizers = normalizers
    let pathCount = pathCount ?? normalizers.first?.count ?? 0
    self.pathCount = pathCount
    precondition(!dropsNegligible || pathCount == 1, "one λ only")
    margin = Self.margin(classCount: allClassCount ?? normalizers.count, nats: dropsNegligible ? 25 : 36)
    contributions = dropsNegligible ? [] : nil
    seeksLikeliest = known != nil
    found = ScoreAccumulator(sampleCount: sampleCount, pathCount: pathCount)
    visitedClassCounts = [Int32](repeating: 0, count: sampleCount)
    isVisited = [Bool](repeating: false, count: sampleCount * normalizers.count)
    if let known {
      found.begin(with: known.classes, densities: known.densities)
      // Negative where the class belongs to another rank, which visits it.
      for (sample, index) in known.classes.enumerated() where index >= 0 {
        isVisited[sample * normalizers.count + Int(index)] = true
      }
    }
  }

  /// - Parameter nats: The margin for all classes together; at 36, they do not change a sum in double precision.
  static func margin(classCount: Int, nats: Double = 36) -> Double {
    nats + log(Double(max(1, classCount)))
  }

  private var classCount: Int { normalizers.count }

  /// Takes into account what is known of the classes of other ranks.
  mutating func learn(_ extremes: Extremes) { elsewhere = extremes }

  /// The interval of ℓ of a class with an estimate.
  private func interval(
    _ index: Int, _ sample: Int, _ bounds: BatchBounds
  ) -> (estimate: Double, lower: Double, upper: Double) {
    let place = sample * classCount + index
    let (least, estimate) = (Double(bounds.squaredDistances[place]), bounds.estimates[place])
    let normalizer = normalizers[index][0]
    return (normalizer - 0.5 * estimate, normalizer - estimate + 0.5 * least, normalizer - 0.5 * least)
  }

  /// The highest lower end of ℓ over all classes of one sample with an estimate.
  func estimatedFloor(_ sample: Int, _ bounds: BatchBounds) -> Double {
    normalizers.indices.reduce(-.infinity) { max($0, interval($1, sample, bounds).lower) }
  }

  /// The errors of estimating the classes of one sample, see ``EstimatedDensities/errors(_:)``.
  func estimationErrors(_ sample: Int, _ bounds: BatchBounds, _ densities: EstimatedDensities) -> [UInt32] {
    densities.errors(normalizers.indices.lazy.map { interval($0, sample, bounds) })
  }

  /// The classes of one sample whose upper end of ℓ is in a range, but for those that are negligible.
  ///
  /// - Parameter floor: The highest lower end of ℓ over the classes of all ranks.
  func estimatedClasses(
    _ sample: Int, _ bounds: BatchBounds, from least: Double, below most: Double, floor: Double
  ) -> [Int] {
    let least = max(least, floor - margin)
    return normalizers.indices.filter {
      let upper = interval($0, sample, bounds).upper
      return upper >= least && upper < most
    }
  }

  /// Sets below which upper end of ℓ the classes of every sample are estimated, (B,).
  mutating func estimate(below ceilings: [Double]) { self.ceilings = ceilings }

  private func largestDensity(at place: Int) -> Double {
    max(found.largestDensity[place], elsewhere?.largestDensity[place] ?? -.infinity)
  }

  private func smallestDistance(at place: Int) -> Double {
    min(found.smallestDistance[place], elsewhere?.smallestDistance[place] ?? .infinity)
  }

  /// All samples for every class that is not known.
  var everything: [[Int]] {
    normalizers.indices.map { index in
      (0..<sampleCount).filter { !isVisited[$0 * classCount + index] }
    }
  }

  /// The classes that are computed first for one sample: for each part of the path, the ones with the highest bound on
  /// the density and the lowest bound on the distance.
  func promisingClasses(_ sample: Int, _ bounds: BatchBounds) -> [Int] {
    // A class is known already.
    let places = sample * pathCount..<(sample + 1) * pathCount
    if seeksLikeliest, places.allSatisfy({ largestDensity(at: $0) > -.infinity }) { return [] }
    var classes: [Int] = []
    for (part, indices) in bounds.parts.enumerated() {
      let path = indices[indices.endIndex - 1]
      var (likeliest, closest) = (0, 0)
      var (density, distance) = (-Double.infinity, Double.infinity)
      for index in 0..<classCount where !isVisited[sample * classCount + index] {
        let bound = bounds.value(of: sample, to: index, of: classCount, part: part)
        let largest = normalizers[index][path] - 0.5 * bound
        if largest > density { (density, likeliest) = (largest, index) }
        if bound < distance { (distance, closest) = (bound, index) }
      }
      for found in seeksLikeliest ? [likeliest] : [likeliest, closest]
      where !classes.contains(found) && !isVisited[sample * classCount + found] { classes.append(found) }
    }
    return classes
  }

  /// The highest bound on a density and the lowest one on a distance, at one λ. Before any class is known.
  func bestBounds(_ sample: Int, _ bounds: BatchBounds) -> (density: Double, distance: Double) {
    normalizers.indices.reduce((-Double.infinity, Double.infinity)) { best, index in
      let bound = bounds.value(of: sample, to: index, of: classCount, part: 0)
      return (max(best.0, normalizers[index][0] - 0.5 * bound), min(best.1, bound))
    }
  }

  /// The classes at one λ that would remain for one sample if the highest bound on a density, or the lowest on a
  /// distance, were reached. Before any class is known.
  func candidateClasses(_ sample: Int, _ bounds: BatchBounds) -> [Int] {
    let values = (0..<classCount).map { bounds.value(of: sample, to: $0, of: classCount, part: 0) }
    let densities = zip(normalizers, values).map { $0[0] - 0.5 * $1 }
    guard let distance = values.min(), let density = densities.max() else { return [] }
    return values.indices.filter { values[$0] <= distance || densities[$0] >= density - margin }
  }

  /// Of the remaining classes at one λ, those with the highest bound on the density and the lowest bound on the
  /// distance, if they can be the likeliest or the closest. Only the former if the closest class is not looked for.
  func promisingRemainingClasses(_ sample: Int, _ bounds: BatchBounds) -> [Int] {
    var (likeliest, closest) = (-1, -1)
    var (density, distance) = (largestDensity(at: sample), smallestDistance(at: sample))
    for index in 0..<classCount where !isVisited[sample * classCount + index] {
      let bound = bounds.value(of: sample, to: index, of: classCount, part: 0)
      let largest = normalizers[index][0] - 0.5 * bound
      if largest > density { (density, likeliest) = (largest, index) }
      if bound < distance { (distance, closest) = (bound, index) }
    }
    let found = seeksLikeliest || likeliest == closest ? [likeliest] : [likeliest, closest]
    return found.filter { $0 >= 0 }
  }

  /// The remaining classes that can still matter for one sample.
  func remainingClasses(_ sample: Int, _ bounds: BatchBounds) -> [Int] {
    (0..<classCount).filter { index in
      !isVisited[sample * classCount + index]
        && bounds.parts.indices.contains { part in
          let bound = bounds.value(of: sample, to: index, of: classCount, part: part)
          return bounds.parts[part].contains { canMatter(index, sample, bound: bound, at: $0) }
        }
    }
  }

  /// Whether a class can matter for a sample whose d² is at least `bounds` and at least `others` (P,).
  func canMatter(
    _ index: Int, _ sample: Int, _ bounds: BatchBounds, others: ArraySlice<Double>
  ) -> Bool {
    bounds.parts.indices.contains { part in
      let bound = bounds.value(of: sample, to: index, of: classCount, part: part)
      return bounds.parts[part].contains { path in
        canMatter(index, sample, bound: max(bound, others[others.startIndex + path]), at: path)
      }
    }
  }

  private func canMatter(_ index: Int, _ sample: Int, bound: Double, at path: Int) -> Bool {
    let best = sample * pathCount + path
    if seeksLikeliest { return normalizers[index][path] - 0.5 * bound >= largestDensity(at: best) }
    if bound <= smallestDistance(at: best) { return true }
    let upper = normalizers[index][path] - 0.5 * bound
    // An estimated class is computed only to find out whether it is the likeliest.
    let isEstimated = ceilings.map { upper < $0[sample] } ?? false
    return upper >= largestDensity(at: best) - (isEstimated ? 0 : margin)
  }

  /// Records d² (n, P) of n samples to one class.
  mutating func record(classIndex: Int, samples: [Int], squaredDistances: Matrix) {
    found.add(
      classIndex: classIndex, samples: samples, squaredDistances: squaredDistances,
      normalizers: normalizers[classIndex])
    for sample in samples {
      isVisited[sample * classCount + classIndex] = true
      visitedClassCounts[sample] += 1
    }
    guard contributions != nil else { return }
    for (row, sample) in samples.enumerated() {
      let density = normalizers[classIndex][0] - 0.5 * squaredDistances[row, 0]
      if density >= largestDensity(at: sample) - margin {
        contributions?.append(
          Contribution(
            sample: Int32(truncatingIfNeeded: sample), classIndex: Int32(truncatingIfNeeded: classIndex),
            density: density))
      }
    }
  }

  /// The computed densities by sample, to be passed to ``sum(ofSample:_:_:relativeTo:)``; nil if sums are accumulated.
  mutating func takeComputed() -> ComputedDensities? {
    guard let contributions else { return nil }
    self.contributions = []
    var ends = [Int](repeating: 0, count: sampleCount + 1)
    for one in contributions { ends[Int(one.sample) + 1] += 1 }
    for sample in 0..<sampleCount { ends[sample + 1] += ends[sample] }
    var starts = ends
    var ordered = contributions
    for one in contributions {
      ordered[starts[Int(one.sample)]] = one
      starts[Int(one.sample)] += 1
    }
    return ComputedDensities(ordered: ordered, ends: ends)
  }

  /// Σ_k exp(ℓ_k − max ℓ) of a sample in the order of the classes, without negligible ones; nil if no density is known.
  ///
  /// Bounds depend on where a sample stands in a block. Which classes are in its sum, and in which order, does not:
  /// equal samples get equal scores. A class that may be estimated is, even if it was computed. It is left out if it is
  /// not certain to be within the margin, which leaves out all classes that other bounds may have ruled out.
  ///
  /// - Parameters:
  ///   - bounds: The batch's, with its estimates.
  ///   - overall: The largest ℓ over the classes of all ranks, (B,), to which the sum is relative; nil on a single rank.
  func sum(
    ofSample sample: Int, _ computed: ComputedDensities, _ bounds: BatchBounds, relativeTo overall: [Double]?
  ) -> Double? {
    let largest = overall?[sample] ?? found.largestDensity[sample]
    guard largest > -.infinity else { return nil }
    let own = computed.ordered[computed.ends[sample]..<computed.ends[sample + 1]]
    if own.count == 1 && overall == nil && ceilings == nil { return 1 }
    var known = own.filter { $0.density >= largest - margin }.sorted { $0.classIndex < $1.classIndex }[...]
    guard let ceiling = ceilings?[sample] else { return known.reduce(0) { $0 + exp($1.density - largest) } }
    var sum = 0.0
    for index in normalizers.indices {
      let density =
        known.first?.classIndex == Int32(truncatingIfNeeded: index) ? known.popFirst()?.density : nil
      let (estimate, lower, upper) = interval(index, sample, bounds)
      if upper >= ceiling {
        if let density { sum += exp(density - largest) }
      } else if lower >= largest - margin {
        sum += exp(estimate - largest)
      }
    }
    return sum
  }

  /// Replaces the sums of all samples, (B,), where there is one.
  mutating func setSums(_ sums: [Double?]) {
    for (sample, sum) in sums.enumerated() { if let sum { found.setSum(sum, ofSample: sample) } }
  }

  /// Densities, sample after sample.
  struct ComputedDensities: Sendable {
    fileprivate var ordered: [Contribution]
    /// Where each sample's densities begin, and where the last one's end, (B + 1,).
    fileprivate var ends: [Int]
  }

  fileprivate struct Contribution: Sendable {
    var sample: Int32
    var classIndex: Int32
    /// ℓ_k.
    var density: Double
  }
}

/// The lower bounds on d² of a batch along a path.
struct BatchBounds: Sendable {
  /// The indices of the path that each bound is valid for.
  var parts: [[Int]]
  /// (B·K·G,), sample after sample, class after class.
  var squaredDistances: [Float] = []
  /// Estimates of d², (B·K,); see ``BlockBounds/estimates``.
  var estimates: [Double] = []

  func value(of sample: Int, to classIndex: Int, of classCount: Int, part: Int) -> Double {
    Double(squaredDistances[(sample * classCount + classIndex) * parts.count + part])
  }
}
