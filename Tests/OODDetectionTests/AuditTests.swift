import Foundation
import LinearAlgebra
import Testing

@testable import OODDetection

/// The output of `make_audit.py`.
struct GoldenAudit: Decodable {
  struct Result: Decodable, CustomTestStringConvertible {
    var data: String
    var normalization: Double
    var pooling: Double
    var rule: String
    var t: Double
    var labels: [Int]
    /// Null for samples that cannot be held out, and for OOD samples.
    var margins: [Double?]
    var suggested: [Int?]
    var squaredDistances: [Double?]
    var reachedDimension: Int

    var testDescription: String { "\(data), β \(normalization), α \(pooling), \(rule) \(t)" }

    var setting: FitSetting {
      get throws {
        FitSetting(
          normalization: try Normalization(normalization), pooling: try Pooling(pooling),
          ridgeRule: try #require(RidgeRule(rawValue: rule)))
      }
    }

    var train: Matrix { get throws { try golden(data, as: Golden.self).train } }
  }

  struct Quantile: Decodable {
    var degreesOfFreedom: Int
    var probability: Double
    var value: Double
  }

  var results: [Result]
  var quantiles: [Quantile]

  static let all = (try? golden("audit", as: GoldenAudit.self)) ?? GoldenAudit(results: [], quantiles: [])
}

@Suite("Audit of training labels")
struct AuditTests {
  @Test func goldensCoverPoolingAndRules() {
    #expect(Set(GoldenAudit.all.results.map(\.rule)) == Set(RidgeRule.allCases.map(\.rawValue)))
    #expect(Set(GoldenAudit.all.results.map(\.pooling)).isSuperset(of: [0, 0.03, 1]))
    #expect(GoldenAudit.all.quantiles.count == 56)
  }

  @Test(arguments: GoldenAudit.all.results)
  func marginsAgreeWithRefitting(expected: GoldenAudit.Result) async throws {
    let train = try expected.train
    let detector = try await SpectralDetector.fit(
      train, labels: expected.labels, setting: expected.setting)
    let t = try Regularization(expected.t)
    let found = try await detector.labelAudit(
      train, labels: expected.labels, at: t, includesEveryMargin: true)
    let margins = try #require(found.margins)
    #expect(found.reachedDimension == expected.reachedDimension)
    for (row, margin) in expected.margins.enumerated() {
      guard let margin, let distance = expected.squaredDistances[row] else {
        #expect(margins[row].isNaN && found.squaredDistances[row].isNaN)
        continue
      }
      #expect(largestError([margins[row]], [margin]) < 1e-9)
      #expect(largestRelativeError([found.squaredDistances[row]], [distance]) < 1e-9)
    }
    let known = expected.margins.map { $0 ?? -1 }
    let order = known.indices.filter { known[$0] > 0 }.sorted { (known[$1], $0) < (known[$0], $1) }
    #expect(found.suspects.map(\.row) == order)
    #expect(
      found.suspects.map { detector.classes[$0.suggestedClass].label }
        == order.map { expected.suggested[$0] })
    #expect(
      found.suspects.map { detector.classes[$0.classIndex].label } == order.map { expected.labels[$0] })
    #expect(found.sampleCount == expected.margins.count { $0 != nil })
    for cell in found.confusion.cells {
      let (label, likeliest) = (
        detector.classes[cell.classIndex].label, detector.classes[cell.likeliestClass].label
      )
      let count = known.indices.count { row in
        expected.margins[row] != nil && expected.labels[row] == label
          && (known[row] > 0 ? expected.suggested[row] : label) == likeliest
      }
      #expect(cell.count == count)
    }
    // Without margins of samples that fit their class best.
    let suspects = try await detector.labelAudit(train, labels: expected.labels, at: t)
    #expect(suspects.margins == nil)
    #expect(suspects.suspects == found.suspects)
    #expect(suspects.confusion == found.confusion)
  }

  @Test func confusionAgreesWithLeaveOneOutAccuracy() async throws {
    for expected in GoldenAudit.all.results {
      let train = try expected.train
      let detector = try await SpectralDetector.fit(
        train, labels: expected.labels, setting: expected.setting)
      let t = try Regularization(expected.t)
      let path = try await detector.leaveOneOut(
        train, labels: expected.labels, along: [t], includesAccuracy: true)
      let audit = try await detector.labelAudit(train, labels: expected.labels, at: t)
      #expect(audit.confusion.accuracy == path.accuracy?[0])
    }
  }

  @Test func classesOfOneSampleAreRivalsOnly() async throws {
    let set = SampleSet.mixed
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let audit = try await detector.labelAudit(
      set.matrix, labels: set.labels, at: Regularization(0.1), includesEveryMargin: true)
    #expect(audit.excludedLabels == [2])
    #expect(audit.sampleCount == set.labels.count - 1)
    let single = try #require(set.labels.firstIndex(of: 2))
    #expect(audit.margins?[single].isNaN == true)
    #expect(!audit.suspects.contains { $0.row == single })
  }

  @Test func oneClassHasNoSuspects() async throws {
    let set = SampleSet("one class", seed: 6, dimension: 3, counts: [4: 8])
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let audit = try await detector.labelAudit(
      set.matrix, labels: set.labels, at: .standard, includesEveryMargin: true)
    #expect(audit.suspects.isEmpty)
    #expect(audit.margins?.allSatisfy { $0 == -.infinity } == true)
    #expect(audit.confusion.accuracy == 1)
    #expect(audit.squaredDistances.allSatisfy { $0.isFinite })
  }

  /// Whatever the bounds skip, suspects and their margins stay the same.
  @Test func boundsBlocksAndThreadsDoNotMatter() async throws {
    let counts = Dictionary(uniqueKeysWithValues: (0..<40).map { ($0, 30) })
    var set = SampleSet("many classes", seed: 7, dimension: 8, counts: counts)
    for row in stride(from: 0, to: set.labels.count, by: 20) { set.labels[row] = (set.labels[row] + 1) % 40 }
    let detector = try await SpectralDetector.fit(
      set.matrix, labels: set.labels, setting: FitSetting(pooling: try Pooling(0.1)))
    let t = try Regularization(0.01)
    let reference = try await detector.labelAudit(
      set.matrix, labels: set.labels, at: t, includesEveryMargin: true, Execution(threadCount: 1))
    #expect(reference.suspects.count >= 50)
    for execution in [
      Execution(threadCount: 3, blockSize: 7), Execution(threadCount: 2, batchByteCount: 1 << 12),
    ] {
      let found = try await detector.labelAudit(
        set.matrix, labels: set.labels, at: t, includesEveryMargin: true, execution)
      #expect(found.suspects.map(\.row) == reference.suspects.map(\.row))
      #expect(largestError(found.margins ?? [], reference.margins ?? []) < 1e-11)
      let suspects = try await detector.labelAudit(set.matrix, labels: set.labels, at: t, execution)
      #expect(largestError(suspects.suspects.map(\.margin), reference.suspects.map(\.margin)) < 1e-11)
    }
  }

  @Test func withoutRegularizationHeldOutSingularityIsAnError() async throws {
    let rows = Matrix(rowCount: 6, columnCount: 2, elements: [0, 0, 1, 0, 0, 1, 5, 5, 6, 5, 5, 7])
    let labels = [5, 5, 5, 7, 7, 7]
    let detector = try await SpectralDetector.fit(rows, labels: labels)
    await #expect(throws: DetectorError.singularCovariance(label: 5, rank: 1, dimension: 2)) {
      try await detector.labelAudit(rows, labels: labels, at: Regularization(0))
    }
  }

  /// Where the ridge is negligible, a sample that alone spans a direction is infinitely unlikely without itself.
  @Test func infiniteMarginsComeFirst() async throws {
    let rows = Matrix(rowCount: 6, columnCount: 2, elements: [0, 0, 1e3, 0, 2, 0, 0, 1, 0, 1.5, 1e3, 1])
    let labels = [0, 0, 0, 1, 1, 1]
    let detector = try await SpectralDetector.fit(rows, labels: labels)
    let audit = try await detector.labelAudit(
      rows, labels: labels, at: Regularization(.leastNonzeroMagnitude), includesEveryMargin: true)
    #expect(audit.margins?.allSatisfy { !$0.isNaN } == true)
    #expect(audit.suspects.map(\.margin) == audit.suspects.map(\.margin).sorted(by: >))
  }
}

@Suite("Whether classes are Gaussian")
struct GaussianFitTests {
  @Test(arguments: GoldenAudit.all.quantiles)
  func quantilesAgreeWithSciPy(expected: GoldenAudit.Quantile) {
    let found = ChiSquared.quantile(expected.probability, degreesOfFreedom: expected.degreesOfFreedom)
    #expect(largestRelativeError([found], [expected.value]) < 1e-9, "\(expected)")
  }

  @Test func quantilesAtTheEnds() {
    #expect(ChiSquared.quantile(0, degreesOfFreedom: 3) == 0)
    #expect(ChiSquared.quantile(1, degreesOfFreedom: 3) == .infinity)
  }

  /// By hand, with χ²_2 whose distribution function is 1 − exp(−x/2).
  @Test func gapAndPairsAreThoseOfTheDefinition() throws {
    let distances = [4.0, 0.5, 1.5]
    let fit = try #require(
      GaussianFit(squaredDistances: distances, degreesOfFreedom: 2, source: .leaveOneOut))
    #expect(abs(fit.meanRatio - 1) < 1e-15)
    let function = [0.5, 1.5, 4].map { 1 - exp(-$0 / 2) }
    let gaps = function.enumerated().flatMap { index, value in
      [abs(value - Double(index) / 3), abs(value - Double(index + 1) / 3)]
    }
    #expect(largestRelativeError([fit.largestGap], [gaps.max() ?? 0]) < 1e-12)
    #expect(fit.pairs.map(\.found) == [0.5, 1.5, 4])
    let expected = [1.0 / 6, 0.5, 5.0 / 6].map { -2 * log(1 - $0) }
    #expect(largestRelativeError(fit.pairs.map(\.expected), expected) < 1e-12)
  }

  @Test func manyPairsAreThinned() throws {
    let fit = try #require(
      GaussianFit(squaredDistances: (1...10_000).map(Double.init), degreesOfFreedom: 5, source: .heldOut))
    #expect(fit.pairs.count == GaussianFit.largestPairCount)
    #expect(fit.pairs.first?.found == 1 && fit.pairs.last?.found == 10_000)
    #expect(fit.sampleCount == 10_000)
  }

  @Test func infiniteDistancesCountWithoutAPlace() throws {
    let fit = try #require(
      GaussianFit(squaredDistances: [.infinity, 1, .nan], degreesOfFreedom: 1, source: .heldOut))
    #expect(fit.pairs.map(\.found) == [1])
    #expect(fit.meanRatio == .infinity && fit.sampleCount == 3)
    #expect(GaussianFit(squaredDistances: [], degreesOfFreedom: 1, source: .heldOut) == nil)
  }

  /// Leave-one-out distances agree with those of the audit, and held-out ones with the definition.
  @Test func sourcesAndDistances() async throws {
    let expected = try #require(GoldenAudit.all.results.first)
    let train = try expected.train
    let detector = try await SpectralDetector.fit(train, labels: expected.labels)
    let t = try Regularization(expected.t)
    let fits = try await detector.gaussianFits(training: (train, expected.labels), at: t)
    for (fit, gaussian) in zip(fits, detector.classes) {
      let own = expected.labels.indices.filter { expected.labels[$0] == gaussian.label }
      let distances = own.compactMap { expected.squaredDistances[$0] }
      let found = try #require(fit)
      #expect(found.source == .leaveOneOut)
      #expect(largestRelativeError(found.pairs.map(\.found), distances.sorted()) < 1e-9)
      #expect(found.degreesOfFreedom == expected.reachedDimension)
    }

    let set = SampleSet.tall
    let held = set.queries(60)
    let labels = (0..<60).map { $0 < 30 ? 5 : 1 - $0 % 2 * 2 }
    let own = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let both = try await own.gaussianFits(
      training: (set.matrix, set.labels), heldOut: (held, labels), at: t)
    #expect(both.map { $0?.source } == [.leaveOneOut, .leaveOneOut, .heldOut])
    let naive = NaiveGaussian(label: 5, samples: set.members(5), weight: 1)
    let distances = (0..<30).map { naive.squaredDistance(Array(held.row($0)), expected.t) }.sorted()
    #expect(largestRelativeError(both[2]?.pairs.map(\.found) ?? [], distances) < 1e-9)
    let saved = try await own.gaussianFits(training: nil, heldOut: (held, labels), at: t)
    #expect(saved.map { $0?.sampleCount } == [nil, 15, 30])
  }
}
