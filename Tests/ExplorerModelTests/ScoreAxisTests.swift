import ExplorerModel
import Foundation
import TestData
import Testing

@Suite("Axes of score histograms") struct ScoreAxisTests {
  @Test(arguments: [ScoreAxis(-3...5), ScoreAxis(-1200...4e6, logUnit: 300), ScoreAxis(0...1e-3, logUnit: 1)])
  func partsAndScoresCorrespond(axis: ScoreAxis) {
    #expect(axis.value(at: 0) == axis.range.lowerBound)
    #expect(axis.value(at: 1) == axis.range.upperBound)
    #expect(axis.value(at: -1) == axis.range.lowerBound)
    #expect(axis.value(at: 2) == axis.range.upperBound)
    var last = axis.range.lowerBound
    for step in 1..<100 {
      let value = axis.value(at: Double(step) / 100)
      #expect(value > last)
      #expect(abs(axis.part(of: value) - Double(step) / 100) < 1e-9)
      last = value
    }
    #expect(axis.part(of: axis.range.lowerBound - 1) == 0)
    #expect(axis.part(of: .infinity) == 1)
  }

  @Test func logarithmicAxisIsLinearNearItsLowerEndAndLogarithmicFarFromIt() {
    let axis = ScoreAxis(100...1e9, logUnit: 10)
    let near = axis.part(of: 100.2) / axis.part(of: 100.1)
    #expect(abs(near - 2) < 0.02)
    let decades = [1e5, 1e6, 1e7, 1e8].map { axis.part(of: $0) }
    let widths = zip(decades, decades.dropFirst()).map { $1 - $0 }
    #expect(widths.allSatisfy { abs($0 - widths[0]) < 1e-4 })
  }

  /// In-distribution scores within ±`spread`, out-of-distribution ones up to `far`.
  private static func distribution(spread: Double, far: Double) -> ScoreDistribution {
    ScoreDistribution(sorted: [
      .inDistribution: (0..<200).map { spread * sin(Double($0)) }.sorted(),
      .outOfDistribution: (0..<100).map { far * Double($0 + 1) / 100 },
    ])
  }

  @Test func scoresOfManyDecadesUseALogarithmicAxis() throws {
    #expect(Self.distribution(spread: 10, far: 30).usualRange == .central)
    let wide = Self.distribution(spread: 10, far: 1e5)
    #expect(wide.usualRange == .logarithmic)
    let axis = try #require(wide.axis(.logarithmic))
    #expect(axis.range == (try #require(wide.fullRange)))
    // On a linear axis, half of the in-distribution samples would lie in the first thousandth.
    let median = try #require(wide.quantile(0.5, of: .inDistribution))
    #expect(ScoreAxis(axis.range).part(of: median) < 1e-3)
    #expect(axis.part(of: median) > 0.1)
  }

  @Test func fewSamplesAndManyEqualSamplesKeepAReadableAxis() throws {
    let skewed = (0..<60).map { $0 < 40 ? 0 : pow(10, Double($0) / 10) }
    let many = ScoreDistribution(sorted: [.inDistribution: skewed])
    #expect(many.usualRange == .logarithmic)
    #expect(ScoreDistribution(sorted: [.inDistribution: skewed.suffix(19)]).usualRange == .central)
    // The first decile and the median equal the lowest score.
    let axis = try #require(many.axis(.logarithmic))
    #expect(try #require(axis.logUnit) > 0)
    #expect(axis.part(of: 1e4) < axis.part(of: 1e5) && axis.part(of: 1e5) < 1)
  }

  @Test func equalAndInfiniteScoresHaveAnAxis() throws {
    let equal = ScoreDistribution(sorted: [.train: [2, 2, 2]])
    #expect(equal.usualRange == .central)
    for range in ScoreRange.allCases {
      let axis = try #require(equal.axis(range))
      #expect(axis.range == 2...2)
      #expect(equal.histogram(along: axis, columnCount: 1).counts == [.train: [3]])
    }
    let infinite = ScoreDistribution(sorted: [
      .inDistribution: [1, 2, 3], .outOfDistribution: [4, .infinity],
    ])
    #expect(infinite.fullRange == 1...4)
    let histogram = infinite.histogram(
      along: try #require(infinite.axis(.logarithmic)), columnCount: 10)
    #expect(histogram.above == [.outOfDistribution: 1])
    #expect(ScoreDistribution(sorted: [.train: [.infinity]]).axis(.full) == nil)
  }

  @Test func binsOfFewSamplesAreWider() {
    let few = ScoreDistribution(sorted: [.inDistribution: (0..<64).map(Double.init)])
    let histogram = few.histogram(along: ScoreAxis(0...64), columnCount: 8, columnsPerBin: 3)
    #expect(histogram.edges == [0, 24, 48, 64])
    #expect(histogram.counts == [.inDistribution: [24, 24, 16]])
  }

  @Test @MainActor func bothKindsOfBinsAreTaken() async throws {
    // 18 samples: at least 4·∛18 = 10.5 bins.
    let state = await SmallData.store().state
    #expect(try #require(state.scores.histogram(columnCount: 90)).binCount == 12)
    #expect(try #require(state.scores.histogram(columnCount: 9)).binCount == 9)
  }
}
