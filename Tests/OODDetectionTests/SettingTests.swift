import Foundation
import LinearAlgebra
import TestData
import Testing

@testable import OODDetection

/// The output of `make_settings.py`.
struct GoldenSettings: Decodable {
  struct Result: Decodable, CustomTestStringConvertible {
    var data: String
    var normalization: Double
    var pooling: Double
    var rule: String
    var t: Double
    var nll: [Double]
    var mahalanobis: [Double]
    var relativeNLL: [Double]
    var relativeMahalanobis: [Double]
    var backgroundLogDensity: [Double]
    /// Of every class, then of the background.
    var scales: [Double]
    var ridges: [Double]
    var logDeterminants: [Double]
    var conditionNumbers: [Double]
    var leaveOneOutNLL: Double
    var leaveOneOutAccuracy: Double

    enum CodingKeys: String, CodingKey {
      case data, normalization, pooling, rule, t, nll, mahalanobis, backgroundLogDensity, scales, ridges
      case logDeterminants, conditionNumbers, leaveOneOutNLL, leaveOneOutAccuracy
      case relativeNLL = "relative-nll"
      case relativeMahalanobis = "relative-mahalanobis"
    }

    var testDescription: String { "\(data), β \(normalization), α \(pooling), \(rule) \(t)" }

    var setting: FitSetting {
      get throws {
        FitSetting(
          normalization: try Normalization(normalization), pooling: try Pooling(pooling),
          ridgeRule: try #require(RidgeRule(rawValue: rule)))
      }
    }

    /// The features and labels of `make_goldens.py`.
    var golden: Golden { get throws { try OODDetectionTests.golden(data, as: Golden.self) } }

    func scores(_ kind: ScoreKind) -> [Double] {
      switch kind {
      case .negativeLogLikelihood: nll
      case .mahalanobis: mahalanobis
      case .relativeNegativeLogLikelihood: relativeNLL
      case .relativeMahalanobis: relativeMahalanobis
      }
    }
  }

  var results: [Result]

  static let all = (try? golden("settings", as: GoldenSettings.self).results) ?? []
}

@Suite("The detector family agrees with literal formulas, real refitting and scikit-learn's shrinkage")
struct SettingTests {
  @Test func settingsCoverEveryRule() {
    #expect(Set(GoldenSettings.all.map(\.rule)) == Set(RidgeRule.allCases.map(\.rawValue)))
    #expect(GoldenSettings.all.count == 45)
  }

  @Test(arguments: GoldenSettings.all)
  func spectralScoresAgree(expected: GoldenSettings.Result) async throws {
    let golden = try expected.golden
    let detector = try await SpectralDetector.fit(
      golden.train, labels: golden.trainLabels, setting: expected.setting)
    let scores = try await detector.scores(
      of: golden.test, at: Regularization(expected.t), includesBackground: true)
    try expectScores(scores, expected)
    let gaussians = try detector.classes + [detector.background()]
    let regularization = try Regularization(expected.t)
    #expect(largestRelativeError(gaussians.map(\.ridge.scale), expected.scales) < 1e-9)
    #expect(
      largestRelativeError(gaussians.map { $0.ridge(at: regularization).value }, expected.ridges) < 1e-9)
    #expect(
      largestError(gaussians.map { $0.logDeterminant(at: regularization) }, expected.logDeterminants) < 1e-8)
    #expect(
      largestRelativeError(
        gaussians.map { $0.conditionNumber(at: regularization) }, expected.conditionNumbers)
        < 1e-6)
  }

  @Test(arguments: GoldenSettings.all.filter { $0.rule != "loo" })
  func factoredScoresAgree(expected: GoldenSettings.Result) async throws {
    let golden = try expected.golden
    let detector = try await CholeskyDetector.fit(
      golden.train, labels: golden.trainLabels, at: Regularization(expected.t), setting: expected.setting,
      includesBackground: true)
    try expectScores(await detector.scores(of: golden.test), expected)
  }

  private func expectScores(_ scores: SampleScores, _ expected: GoldenSettings.Result) throws {
    #expect(scores.kinds == ScoreKind.allCases)
    for kind in ScoreKind.allCases {
      // Relative to max(1, |nll|, |log N_0|), since both parts of a relative score may be large.
      let scales = zip(expected.nll, expected.backgroundLogDensity).map { max(1, abs($0), abs($1)) }
      let errors = zip(zip(scores.values(kind), expected.scores(kind)).map(-), scales).map { abs($0 / $1) }
      let worst = try #require(errors.max())
      #expect(worst < (expected.conditionNumbers.contains { $0 > 1e7 } ? 1e-7 : 1e-10), "\(kind)")
    }
  }

  @Test(arguments: GoldenSettings.all)
  func leaveOneOutAgreesWithRefitting(expected: GoldenSettings.Result) async throws {
    let golden = try expected.golden
    let detector = try await SpectralDetector.fit(
      golden.train, labels: golden.trainLabels, setting: expected.setting)
    let path = try [0.7, 1, 1.9].map { try Regularization($0 * expected.t) }
    let found = try await detector.leaveOneOut(
      golden.train, labels: golden.trainLabels, along: path, includesAccuracy: true)
    #expect(largestRelativeError([found.meanNLL[1]], [expected.leaveOneOutNLL]) < 1e-9)
    #expect(found.accuracy?[1] == expected.leaveOneOutAccuracy)
  }
}

@Suite("Settings at the edges")
struct SettingEdgeTests {
  private let set = SampleSet.mixed

  /// Every score of the queries by both detectors, which must agree.
  private func scores(_ setting: FitSetting, at value: Double, labels: [Int]? = nil) async throws
    -> SampleScores
  {
    let (rows, labels, t) = (set.matrix, labels ?? set.labels, try Regularization(value))
    let spectral = try await SpectralDetector.fit(rows, labels: labels, setting: setting)
    let found = try await spectral.scores(of: set.queries(20), at: t, includesBackground: true)
    if setting.ridgeRule != .leaveOneOut {
      let factored = try await CholeskyDetector.fit(
        rows, labels: labels, at: t, setting: setting, includesBackground: true
      ).scores(of: set.queries(20))
      for kind in ScoreKind.allCases {
        #expect(largestError(factored.values(kind), found.values(kind)) < 1e-9, "\(kind)")
      }
    }
    return found
  }

  @Test(arguments: RidgeRule.allCases, [0, 0.2, 1])
  func relativeScoresOfOneClassAreZero(rule: RidgeRule, pooling: Double) async throws {
    let setting = FitSetting(pooling: try Pooling(pooling), ridgeRule: rule)
    let found = try await scores(setting, at: 0.3, labels: set.labels.map { $0 < 0 ? $0 : 7 })
    #expect(found.values(.relativeNegativeLogLikelihood).allSatisfy { $0 == 0 })
    #expect(found.values(.relativeMahalanobis).allSatisfy { $0 == 0 })
  }

  @Test(arguments: RidgeRule.allCases, [0, 0.2, 1])
  func aClassOfOneSampleHasFiniteScores(rule: RidgeRule, pooling: Double) async throws {
    let setting = FitSetting(pooling: try Pooling(pooling), ridgeRule: rule)
    let found = try await scores(setting, at: 0.3)
    for kind in ScoreKind.allCases { #expect(found.values(kind).allSatisfy { $0.isFinite }, "\(kind)") }
  }

  @Test func zeroVectorsStayZero() async throws {
    let normalization = try Normalization(0.5)
    #expect(normalization.normalized([0, 0]) == [0, 0])
    let scaled = normalization.normalized([3e200, 4e200])
    #expect(largestRelativeError(scaled, [3e200 / 5e200.squareRoot(), 4e200 / 5e200.squareRoot()]) < 1e-14)
    #expect(largestRelativeError(Normalization.l2.normalized([3e-200, 4e-200]), [0.6, 0.8]) < 1e-14)
  }

  /// The triangle with the sides 3, 4 and 5, where the reciprocal of 5e-310 is beyond the largest double.
  @Test(arguments: [1, 0.5, 0.25])
  func subnormalVectorsAreNormalized(beta: Double) throws {
    let unit = 1e-300 * 1e-10
    let length = pow(5e-300, 1 - beta) * pow(1e-10, 1 - beta)
    let found = try Normalization(beta).normalized([3 * unit, -4 * unit, 0])
    #expect(abs(found[0] / (0.6 * length) - 1) < 1e-12 && abs(found[1] / (-0.8 * length) - 1) < 1e-12)
    #expect(found[2] == 0)
  }

  /// Squares of variances are 1e±400, and variances of features around 1e-150 are subnormal.
  @Test(arguments: [
    (RidgeRule.oas, 1e100, DetectorError.covarianceOverflowed(label: 0)),
    (.ledoitWolf, 1e100, .covarianceOverflowed(label: 0)),
    (.oas, 1e-100, .covarianceUnderflowed(label: 0)), (.ledoitWolf, 1e-100, .covarianceUnderflowed(label: 0)),
    (.relative, 1e-150, .covarianceUnderflowed(label: 0)),
    (.leaveOneOut, 1e-148, .covarianceUnderflowed(label: nil)),
  ])
  func ridgesBeyondTheRangeOfDoublesAreErrors(rule: RidgeRule, unit: Double, error: DetectorError)
    async throws
  {
    let values: [Double] = [1, 2, 4, 3, 2, 5, 8, 7, 6, 9, 7, 4]
    let rows = Matrix(rowCount: 6, columnCount: 2, elements: values.map { unit * $0 })
    let labels = [0, 0, 0, 2, 2, 2]
    let setting = FitSetting(ridgeRule: rule)
    await #expect(throws: error) { try await SpectralDetector.fit(rows, labels: labels, setting: setting) }
    if rule != .leaveOneOut {
      await #expect(throws: error) {
        try await CholeskyDetector.fit(rows, labels: labels, at: .standard, setting: setting)
      }
    }
    // As the message says, an absolute ridge does.
    _ = try await SpectralDetector.fit(rows, labels: labels).scores(of: rows, at: Regularization(1e-3))
  }

  @Test func numbersOutsideTheirRangeAreErrors() {
    for value in [-0.1, 1.1, .nan, .infinity] {
      #expect(throws: DetectorError.self) { try Normalization(value) }
      #expect(throws: DetectorError.self) { try Pooling(value) }
    }
  }

  @Test func leaveOneOutRidgesNeedSpectra() async throws {
    await #expect(throws: DetectorError.unavailableRidgeRule(.leaveOneOut)) {
      try await CholeskyDetector.fit(
        set.matrix, labels: set.labels, at: .standard, setting: FitSetting(ridgeRule: .leaveOneOut))
    }
  }

  /// A pass over the scores of a path must equal single λ, at every setting.
  @Test(arguments: GoldenSettings.all.filter { $0.data == "wide" })
  func pathsGiveTheScoresOfSingleRegularizations(expected: GoldenSettings.Result) async throws {
    let golden = try expected.golden
    let detector = try await SpectralDetector.fit(
      golden.train, labels: golden.trainLabels, setting: expected.setting)
    let path = try [0.1, 1, 10].map { try Regularization($0 * expected.t) }
    let found = try await detector.scores(of: golden.test, along: path, includesBackground: true)
    for (index, regularization) in path.enumerated() {
      let one = try await detector.scores(of: golden.test, at: regularization, includesBackground: true)
      for kind in ScoreKind.allCases {
        #expect(largestError(found[index].values(kind), one.values(kind)) < 1e-10, "\(kind)")
      }
    }
  }

  @Test(arguments: [0, 0.2, 1])
  func storedFactorsGiveTheSameScores(pooling: Double) async throws {
    let setting = FitSetting(
      normalization: .l2, pooling: try Pooling(pooling), ridgeRule: .ledoitWolf)
    let folder = FactorStorageTests.Folder()
    let t = try Regularization(0.5)
    let normalized = Matrix(
      rowCount: set.rows.count, columnCount: set.rows[0].count,
      elements: set.rows.flatMap(Normalization.l2.normalized))
    let fits = try ClassMembers.partition(set.labels, sampleCount: normalized.count).map {
      ClassFit(members: $0, rows: normalized, execution: Execution(threadCount: 2))
    }
    var results: [SampleScores] = []
    for holding in [nil, 1, 0] {
      let detector = try await CholeskyDetector.fit(
        fits, at: t, setting: setting, includesBackground: true, holding: holding, allowsSpans: false,
        cache: folder.cache(), ClassShare(classCount: fits.count), Execution(threadCount: 2))
      results.append(try await detector.scores(of: set.queries(20)))
    }
    #expect(results[1] == results[0] && results[2] == results[0])
  }

  /// A pooled covariance that loses digits is corrected by the samples of all classes, block by block.
  @Test(arguments: [1.0, 0.3])
  func pooledFactorsKeepTheirDigits(pooling: Double) async throws {
    var draw = NormalNumbers(seed: 31)
    let (dimension, perClass) = (16, 150)
    // A condition number of 1e12: the factor of the rounded covariance is off by 1e-6 to 1e-5.
    let mixing = (0..<dimension).map { _ in draw.vector(dimension) }
    let rows = (0..<3 * perClass).map { row in
      let scaled = draw.vector(dimension).enumerated().map {
        $0.element * pow(10, -5.4 * Double($0.offset) / Double(dimension - 1))
      }
      return mixing.map { direction in zip(direction, scaled).reduce(Double(row % 3)) { $0 + $1.0 * $1.1 } }
    }
    let samples = Matrix(rowCount: rows.count, columnCount: dimension, elements: rows.flatMap(\.self))
    let labels = rows.indices.map { $0 % 3 }
    let setting = FitSetting(pooling: try Pooling(pooling))
    let t = try Regularization(1e-13)
    let spectral = try await SpectralDetector.fit(samples, labels: labels, setting: setting)
    let factored = try await CholeskyDetector.fit(samples, labels: labels, at: t, setting: setting)
    let expected = try await spectral.scores(of: samples, at: t)
    let found = try await factored.scores(of: samples)
    for kind in [ScoreKind.negativeLogLikelihood, .mahalanobis] {
      #expect(largestRelativeError(found.values(kind), expected.values(kind)) < 1e-8, "\(kind)")
    }
  }

  /// Ledoit–Wolf's ρ of two samples is exactly 0. Its rounding error must not become a ridge.
  @Test func twoSamplesHaveNoLedoitWolfRidge() async throws {
    var (rows, labels) = (set.rows, set.labels)
    rows += [rows[0].map { 3.1 * $0 + 0.7 }, rows[1].map { $0 / 3 }]
    labels += [90, 90]
    let samples = Matrix(rowCount: rows.count, columnCount: rows[0].count, elements: rows.flatMap(\.self))
    for pooling in [Pooling.none, try Pooling(0.1)] {
      let setting = FitSetting(pooling: pooling, ridgeRule: .ledoitWolf)
      let detector = try await SpectralDetector.fit(samples, labels: labels, setting: setting)
      #expect(detector.classes.last?.ridge == ClassRidge(scale: 1, unit: 0))
      if pooling == .none {
        let t = try Regularization(1)
        await #expect(throws: DetectorError.self) { try await detector.scores(of: samples, at: t) }
        await #expect(throws: DetectorError.self) {
          try await CholeskyDetector.fit(samples, labels: labels, at: t, setting: setting)
        }
      }
    }
  }

  @Test(arguments: [RidgeRule.relative, .oas, .ledoitWolf, .leaveOneOut])
  func rulesChangeWithoutAnotherFit(rule: RidgeRule) async throws {
    let absolute = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let changed = try await absolute.with(rule, set.matrix, labels: set.labels)
    let fitted = try await SpectralDetector.fit(
      set.matrix, labels: set.labels, setting: FitSetting(ridgeRule: rule))
    #expect(changed.classes.map(\.ridge) == fitted.classes.map(\.ridge))
    let backgrounds = (try changed.background(), try fitted.background())
    #expect(backgrounds.0.ridge == backgrounds.1.ridge)
    let back = try await changed.with(.absolute, set.matrix, labels: set.labels)
    #expect(back.classes.map(\.ridge) == absolute.classes.map(\.ridge))
  }

  @Test(arguments: [(0.0, 0.2), (0.5, 0.0), (0.3, 1.0)])
  func heldOutDistancesAgreeWithRefitting(normalization: Double, pooling: Double) async throws {
    let set = SampleSet.tall
    let setting = FitSetting(
      normalization: try Normalization(normalization), pooling: try Pooling(pooling), ridgeRule: .oas)
    let t = try Regularization(0.4)
    let spectral = try await SpectralDetector.fit(set.matrix, labels: set.labels, setting: setting)
    let factored = try await CholeskyDetector.fit(set.matrix, labels: set.labels, at: t, setting: setting)
    let found = try await spectral.heldOutDistances(of: [1], set.matrix, labels: set.labels, at: t)
    let alike = try await factored.heldOutDistances(of: [1], set.matrix, labels: set.labels)
    let distances = try #require(found[1]?.squaredDistances)
    let others = try #require(alike[1]?.squaredDistances)
    #expect(largestRelativeError(others, distances) < 1e-9)
    // Really leave out each sample of the class, with its ridge held fixed.
    let ridge = spectral.classes[1].ridge
    let rows = set.rows.map(setting.normalization.normalized)
    let members = rows.indices.filter { set.labels[$0] == 1 }
    for (place, row) in members.enumerated() {
      let kept = rows.indices.filter { $0 != row && set.labels[$0] >= 0 }
      let classes = Set(set.labels.filter { $0 >= 0 }).sorted().map { label in
        NaiveGaussian(
          label: label, samples: kept.filter { set.labels[$0] == label }.map { rows[$0] }, weight: 1)
      }
      let counts = classes.map { gaussian in Double(kept.count { set.labels[$0] == gaussian.label }) }
      var mixed = classes[1]
      let divisor = (1 - pooling) * counts[1] + pooling * Double(kept.count)
      for i in mixed.covariance.indices {
        for j in mixed.covariance.indices {
          let own = counts[1] * classes[1].covariance[i][j]
          let all = zip(counts, classes).reduce(0) { $0 + $1.0 * $1.1.covariance[i][j] }
          mixed.covariance[i][j] = ridge.scale * ((1 - pooling) * own + pooling * all) / divisor
        }
      }
      let expected = mixed.squaredDistance(rows[row], t.value * ridge.unit)
      #expect(largestRelativeError([distances[place]], [expected]) < 1e-9)
    }
  }
}
