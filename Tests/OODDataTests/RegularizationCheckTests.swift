import LinearAlgebra
import OODData
import OODDetection
import TestData
import Testing

@Suite struct RegularizationCheckTests {
  private func caution(perClass: Int, hasSpectra: Bool = false, scale: Double = 1) async throws -> String? {
    var train = SmallData.split(perClass: perClass, outCount: 0, phase: 0.3)
    if var rows = train.rows as? Matrix {
      rows.elements = rows.elements.map { $0 * scale }
      train.rows = rows
    }
    let data = DataSet(train: train, test: nil, classNames: ["ant", "bee", "cat"])
    let results = try await Results(data, at: .standard, hasSpectra: hasSpectra)
    return RegularizationCheck(results.detector, of: data).caution
  }

  @Test func aLambdaThatMakesTheScoresIsRemarkedOn() async throws {
    let few = try #require(try await caution(perClass: 3))
    #expect(few.hasPrefix("all 3 classes have directions that no sample reaches"))
    #expect(few.hasSuffix("in them λ = 1e-06 alone decides the scores"))
    #expect(try await caution(perClass: 12) == nil)
  }

  @Test func spectraSayMoreThanCounts() async throws {
    // Condition numbers up to 1e6 times the variance: λ is small, but not too small.
    #expect(try await caution(perClass: 3, hasSpectra: true) == nil)
    let spectral = try #require(try await caution(perClass: 3, hasSpectra: true, scale: 100))
    #expect(spectral.hasPrefix("all 3 classes are ill-conditioned"))
    #expect(spectral.contains("class "))
    #expect(try await caution(perClass: 12, hasSpectra: true) == nil)
  }

  /// t is λ under the absolute rule only.
  @Test(arguments: [
    (RidgeRule.absolute, "λ = 1e-12", "a larger λ"), (.relative, "ridge 1e-12 × mean variance", "a larger t"),
  ])
  func remarksNameTheRidgeOfEveryRule(rule: RidgeRule, place: String, remedy: String) async throws {
    let split = SmallData.split(perClass: 3, outCount: 0, phase: 0.3)
    let fitted = try await SpectralDetector.fit(
      split.rows, labels: try #require(split.labels), setting: FitSetting(ridgeRule: rule))
    let detector = try DetectorAtSetting(fitted, at: try Regularization(1e-12))
    let check = RegularizationCheck(detector, of: DataSet(train: split, test: nil))
    let remark = try #require(check.precisionRemark)
    #expect(remark.contains(" at \(place): above 1e10") && remark.hasSuffix("\(remedy) is safer"))
    #expect(check.caution?.contains("ill-conditioned at \(place) (") == true)
  }

  /// z / ‖z‖^β of features around 1e8 differs from sample to sample by 1e-8 of itself, of which a double keeps eight
  /// digits. Differences of features that are not normalized are exact.
  @Test(arguments: [(0.5, 1e8, true), (1, 1e10, true), (0, 1e8, false), (0.5, 0, false), (1, 0, false)])
  func digitsThatNormalizationRoundsAwayAreRemarkedOn(
    beta: Double, offset: Double, isRemarkedOn: Bool
  ) async throws {
    var train = SmallData.split(perClass: 12, outCount: 0, phase: 0.3)
    if var rows = train.rows as? Matrix {
      rows.elements = rows.elements.map { $0 + offset }
      train.rows = rows
    }
    let labels = try #require(train.labels)
    let setting = FitSetting(normalization: try Normalization(beta), ridgeRule: .relative)
    let t = try Regularization(1e-2)
    for detector in [
      try DetectorAtSetting(
        try await SpectralDetector.fit(train.rows, labels: labels, setting: setting), at: t),
      DetectorAtSetting(
        try await CholeskyDetector.fit(train.rows, labels: labels, at: t, setting: setting)),
    ] {
      let remark = RegularizationCheck(detector, of: DataSet(train: train, test: nil)).precisionRemark
      #expect((remark != nil) == isRemarkedOn)
      #expect(remark?.contains("normalization rounds its digits away") ?? true)
    }
  }
}
