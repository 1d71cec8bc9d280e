import Foundation
import LinearAlgebra
import Testing

@testable import OODDetection

@Suite("Class summaries and distances")
struct SummaryTests {
  @Test(arguments: SampleSet.all)
  func numbersMatchTheirDefinitions(set: SampleSet) async throws {
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let regularization = try Regularization(1e-2)
    for (summary, naive) in zip(try detector.summaries(at: regularization), naiveFit(set.rows, set.labels)) {
      let trace = naive.covariance.indices.reduce(0) { $0 + naive.covariance[$1][$1] }
      let norm = naive.mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(largestError([summary.trace, summary.meanNorm], [trace, norm]) < 1e-12)
      #expect(largestError([summary.logDeterminant], [naive.logDeterminant(1e-2)]) < 1e-10)
      #expect(summary.effectiveRank <= Double(summary.rank) * (1 + 1e-12))
      #expect(summary.rank == 0 || summary.effectiveRank >= 1 - 1e-12)
    }
  }

  @Test func separationsAreDistancesUnderThePooledCovariance() async throws {
    let set = SampleSet.mixed
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let naive = naiveFit(set.rows, set.labels)
    var pooled = naive[0]
    for row in 0..<6 {
      for column in 0..<6 {
        pooled.covariance[row][column] = naive.reduce(0) { $0 + $1.weight * $1.covariance[row][column] }
      }
    }
    let separations = try detector.separations(at: Regularization(0.1))
    let summaries = try detector.summaries(at: Regularization(0.1))
    for (first, gaussian) in naive.enumerated() {
      pooled.mean = gaussian.mean
      let expected = naive.map { pooled.squaredDistance($0.mean, 0.1).squareRoot() }
      #expect(largestError(Array(separations.row(first)), expected) < 1e-11)
      let others = expected.indices.filter { $0 != first }
      let nearest = try #require(others.min { expected[$0] < expected[$1] })
      #expect(summaries[first].nearestClass == naive[nearest].label)
      #expect(summaries[first].nearestDistance == separations[first, nearest])
    }
  }

  @Test func singleClassHasNoNeighbour() async throws {
    let rows = Matrix(rowCount: 3, columnCount: 1, elements: [0, 1, 5])
    let detector = try await SpectralDetector.fit(rows, labels: [3, 3, 3])
    let summary = try detector.summaries(at: .standard)[0]
    #expect(summary.nearestClass == nil && summary.nearestDistance == nil)
  }

  @Test func bhattacharyyaDistanceMatchesItsDefinition() async throws {
    for set in SampleSet.all {
      let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
      let naive = naiveFit(set.rows, set.labels)
      var average = naive[0]
      for row in average.covariance.indices {
        for column in average.covariance.indices {
          average.covariance[row][column] =
            (naive[0].covariance[row][column] + naive[1].covariance[row][column]) / 2
        }
      }
      let expected =
        average.squaredDistance(naive[1].mean, 0.01) / 8
        + 0.5
        * (average.logDeterminant(0.01) - 0.5
          * (naive[0].logDeterminant(0.01) + naive[1].logDeterminant(0.01)))
      let regularization = try Regularization(0.01)
      let found = try detector.bhattacharyyaDistance(0, 1, at: regularization)
      #expect(largestError([found], [expected]) < 1e-9)
      let reversed = try detector.bhattacharyyaDistance(1, 0, at: regularization)
      #expect(largestError([reversed], [found]) < 1e-12)
      let toItself = try detector.bhattacharyyaDistance(1, 1, at: regularization)
      #expect(toItself < 1e-12)
    }
  }

  @Test func warningsNameWhatIsWrong() async throws {
    func codes(_ set: SampleSet, _ value: Double) async throws -> [[String]] {
      let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
      return try detector.summaries(at: Regularization(value)).map { $0.warnings.map(\.code) }
    }
    let tall = try await codes(.tall, 1e-6)
    let few = "few-samples-per-dimension"
    #expect(tall == [[few], [few], []])
    let mixed = try await codes(.mixed, 0.1)
    #expect(
      mixed == [["single-sample", "rank-deficient"], ["few-samples", "rank-deficient"], [few], [few]])
    let duplicated = try await codes(.duplicated, 0.1)
    #expect(
      duplicated == [
        [few, "rank-deficient", "dependent-samples"], ["few-samples", "rank-deficient", "dependent-samples"],
        [few],
      ])
    let constant = try await codes(.constant, 0.1)
    #expect(
      constant == [
        ["few-samples", "rank-deficient", "constant-dimensions"],
        [few, "rank-deficient", "constant-dimensions"],
        ["rank-deficient", "constant-dimensions"],
      ])
    let extreme = try await codes(.wide, 1e-11)
    #expect(extreme[1] == ["few-samples", "rank-deficient", "ill-conditioned", "untrustworthy"])
  }

  /// D < n < 5 D is neither rank-deficient nor ill-conditioned, but still unreliable.
  @Test func fewSamplesPerDimensionAreWarnedOf() async throws {
    #expect(ClassWarning.sampleSize(1, dimension: 1) == .singleSample)
    #expect(ClassWarning.sampleSize(2, dimension: 1) == .fewSamplesPerDimension(count: 2, dimension: 1))
    #expect(ClassWarning.sampleSize(5, dimension: 1) == nil)
    #expect(ClassWarning.sampleSize(64, dimension: 64) == .fewSamples(count: 64, dimension: 64))
    #expect(ClassWarning.sampleSize(65, dimension: 64) == .fewSamplesPerDimension(count: 65, dimension: 64))
    #expect(ClassWarning.sampleSize(319, dimension: 64) == .fewSamplesPerDimension(count: 319, dimension: 64))
    #expect(ClassWarning.sampleSize(320, dimension: 64) == nil)
    let warning = try #require(ClassWarning.sampleSize(129, dimension: 64))
    #expect(
      "\(warning)"
        == "129 samples for 64 dimensions: n < 5 D, so distances of new samples are too large")
    let set = SampleSet("n/D = 4.9 and 5", seed: 8, dimension: 10, counts: [0: 49, 1: 50, 2: 11, 3: 10])
    let detector = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    let codes = try detector.summaries(at: Regularization(1e-2)).map { $0.warnings.map(\.code) }
    #expect(
      codes == [
        ["few-samples-per-dimension"], [], ["few-samples-per-dimension"], ["few-samples", "rank-deficient"],
      ])
  }

  @Test func remedyIsTheSmallestStepThatHelps() async throws {
    let detector = try await SpectralDetector.fit(SampleSet.wide.matrix, labels: SampleSet.wide.labels)
    for summary in try detector.summaries(at: Regularization(1e-9)) {
      guard
        case .illConditioned(_, let remedy) = try #require(
          summary.warnings.first { $0.code == "ill-conditioned" })
      else { continue }
      let spectrum = try #require(detector.classes.first { $0.label == summary.label }).spectrum
      #expect(spectrum.conditionNumber(at: remedy) <= 1e4)
      #expect(spectrum.conditionNumber(at: remedy.stepped(by: -1)) > 1e4)
    }
  }

  @Test func averagedCovarianceIsTheAverageOfBlocks() async throws {
    let detector = try await SpectralDetector.fit(SampleSet.wide.matrix, labels: SampleSet.wide.labels)
    for gaussian in detector.classes {
      let full = gaussian.covariance()
      #expect(largestError(gaussian.covariance(averagedTo: 40).elements, full.elements) < 1e-12)
      // 12 dimensions in 5 cells: 2, 2, 3, 2, 3.
      let edges = [0, 2, 4, 7, 9, 12]
      let averaged = gaussian.covariance(averagedTo: 5)
      for row in 0..<5 {
        for column in 0..<5 {
          var (sum, count) = (0.0, 0.0)
          for first in edges[row]..<edges[row + 1] {
            for second in edges[column]..<edges[column + 1] {
              sum += full[first, second]
              count += 1
            }
          }
          #expect(abs(averaged[row, column] - sum / count) < 1e-12)
        }
      }
      #expect(gaussian.covariance(averagedTo: 0).elements.isEmpty)
    }
  }

  @Test func spectrumMeasures() {
    let spectrum = Spectrum(eigenvalues: [4, 4, 0], basis: Matrix(rowCount: 0, columnCount: 3), rank: 2)
    #expect(spectrum.trace == 8)
    #expect(abs(spectrum.effectiveRank - 2) < 1e-15)
    #expect(spectrum.directionCount(explaining: 0.5) == 1)
    #expect(spectrum.directionCount(explaining: 0.51) == 2)
    #expect(spectrum.directionCount(explaining: 1) == 2)
    #expect(spectrum.conditionNumber(at: Regularization(unchecked: 0)) == .infinity)
    #expect(spectrum.logDeterminant(at: Regularization(unchecked: 0)) == -.infinity)
    #expect(spectrum.conditionNumber(at: Regularization(unchecked: 1)) == 5)
    #expect(abs(spectrum.logDeterminant(at: Regularization(unchecked: 1)) - 2 * log(5)) < 1e-15)
  }
}
