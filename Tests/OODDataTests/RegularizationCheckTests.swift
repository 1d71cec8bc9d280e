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
}
