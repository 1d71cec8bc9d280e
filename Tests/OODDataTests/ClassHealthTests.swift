import LinearAlgebra
import OODData
import OODDetection
import Testing

@Suite struct ClassHealthTests {
  /// Ten classes' worth of shapes in four dimensions: variances by dimension, and how many samples.
  private func fitted(
    _ count: Int, variances: [Double], repeats: Int = 1
  ) async throws -> SpectralDetector {
    // Two classes, since a detector compares them; the samples are corners and middles of a box.
    var elements: [Double] = []
    var state: UInt64 = 88
    for index in 0..<2 * count {
      if index % repeats != 0 {
        elements += elements.suffix(variances.count)
        continue
      }
      for variance in variances {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let unit = Double(state >> 33) / Double(1 << 30) - 1
        elements.append((3 * variance).squareRoot() * unit)
      }
    }
    let rows = Matrix(rowCount: 2 * count, columnCount: variances.count, elements: elements)
    return try await SpectralDetector.fit(
      rows, labels: (0..<2 * count).map { $0 < count ? 0 : 1 })
  }

  private func problems(_ detector: SpectralDetector, _ value: Double) throws -> [ClassHealth] {
    let regularization = try Regularization(value)
    let found = ClassHealth.problems(detector.classes[0], at: regularization)
    let summary = try detector.summaries(at: regularization)[0]
    #expect(ClassHealth.problems(summary) == found && ClassHealth(summary) == found.first ?? .ok)
    return found
  }

  @Test func manySamplesAreOk() async throws {
    #expect(try problems(try await fitted(60, variances: [1, 2, 3, 1]), 1e-6) == [])
  }

  @Test func theRidgeCuresFewSamples() async throws {
    let detector = try await fitted(8, variances: [1, 1, 1, 1])
    #expect(try problems(detector, 1e-6) == [.fewSamples])
    #expect(try problems(detector, 10) == [])
  }

  @Test func noRidgeCuresTooFewSamplesForAMean() async throws {
    let detector = try await fitted(4, variances: [1, 1, 1, 1])
    #expect(try problems(detector, 1e-3).contains(.fewSamples))
    #expect(try problems(detector, 1e6) == [.fewSamples])
    #expect(detector.classes[0].remedy(from: try Regularization(1e-3)) == nil)
    let lone = try await fitted(1, variances: [1, 1])
    #expect(try problems(lone, 1e-6) == [.singleSample] && problems(lone, 1e6) == [.singleSample])
  }

  @Test func conditionNumbersAreJudgedAtTheSetting() async throws {
    let detector = try await fitted(60, variances: [1e8, 1, 1, 1])
    #expect(try problems(detector, 1e-6) == [.illConditioned])
    #expect(try problems(detector, 1e3) == [])
    let worse = try await fitted(60, variances: [1e13, 1, 1, 1])
    #expect(try problems(worse, 1e-6) == [.untrustworthy])
  }

  @Test func deadDimensionsAreHeldByTheRidge() async throws {
    let detector = try await fitted(60, variances: [1, 0, 1, 1])
    #expect(try problems(detector, 1e-6) == [.deadDimensions])
    #expect(try problems(detector, 1e-3) == [])
    let remedy = try #require(detector.classes[0].remedy(from: try Regularization(1e-6)))
    #expect(try problems(detector, remedy.value) == [])
  }

  @Test func repeatedSamplesAreRankDeficient() async throws {
    // 30 samples, of which 3 are different, span 2 of 4 dimensions.
    let detector = try await fitted(30, variances: [1, 1, 1, 1], repeats: 10)
    #expect(try problems(detector, 1e-6).contains(.rankDeficient))
    #expect(try !problems(detector, 1).contains(.rankDeficient))
    let equal = try await fitted(30, variances: [1, 1, 1, 1], repeats: 30)
    #expect(try problems(equal, 1) == [.rankDeficient])
  }

  @Test func casesAreOrderedFromWorstToBest() {
    #expect(ClassHealth.allCases == ClassHealth.allCases.sorted() && ClassHealth.allCases.last == .ok)
  }
}
