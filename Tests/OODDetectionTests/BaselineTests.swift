import LinearAlgebra
import Synchronization
import Testing

@testable import OODDetection

@Suite("Baselines")
struct BaselineTests {
  /// The output of `make_baselines.py`.
  struct Golden: Decodable {
    struct Case: Decodable {
      var name: String
      var dimension, classCount, neighborCount, principalCount: Int
      var train, test, logits, weight, bias: [Double]
      var labels: [Int]
      /// By the name of the baseline.
      var oracle, pytorchOOD: [String: [Double]]

      enum CodingKeys: String, CodingKey {
        case name, dimension, classCount, neighborCount, principalCount, train, test, logits, weight, bias
        case labels, oracle
        case pytorchOOD = "pytorch_ood"
      }

      func matrix(_ elements: [Double], columnCount: Int) -> Matrix {
        Matrix(rowCount: elements.count / columnCount, columnCount: columnCount, elements: elements)
      }

      func samples(logits hasLogits: Bool = true) throws -> BaselineSamples {
        BaselineSamples(
          matrix(test, columnCount: dimension),
          logits: hasLogits ? matrix(logits, columnCount: classCount) : nil,
          training: matrix(train, columnCount: dimension), trainingLabels: labels,
          head: try ClassifierHead(weight: matrix(weight, columnCount: dimension), bias: bias))
      }
    }
    var cases: [Case]
  }

  @Test(arguments: Baseline.allCases, [1, 3])
  func scoresAreThoseOfTheFormulasAndOfPytorchOOD(baseline: Baseline, threadCount: Int) async throws {
    let cases = try golden("baselines", as: Golden.self).cases
    #expect(cases.count == 3)
    for golden in cases {
      #expect(golden.principalCount == VirtualLogit.standardPrincipalCount(dimension: golden.dimension))
      let scores = try await baseline.scores(
        of: golden.samples(), neighborCount: golden.neighborCount, threadCount: threadCount)
      let oracle = try #require(golden.oracle[baseline.rawValue])
      #expect(largestError(scores, oracle) < (baseline == .vim ? 1e-10 : 1e-13), "\(golden.name)")
      if let peer = golden.pytorchOOD[baseline.rawValue] {
        // Its ViM computes in float32.
        #expect(largestError(scores, peer) < (baseline == .vim ? 1e-4 : 1e-13), "\(golden.name)")
      }
    }
  }

  @Test func equalSamplesHaveEqualScoresAndTrainingSamplesTheDistance0() async throws {
    let golden = try #require(golden("baselines", as: Golden.self).cases.first)
    for baseline in [Baseline.knn, .vim] {
      let scores = try await baseline.scores(of: golden.samples())
      #expect(scores[1] == scores[2])
    }
    #expect(try await Baseline.knn.scores(of: golden.samples(), neighborCount: 1)[0] == 0)
  }

  @Test(arguments: [Baseline.msp, .maxLogit, .energy])
  func theHeadGivesLogitsWhereTheyAreNotKnown(baseline: Baseline) async throws {
    let golden = try #require(golden("baselines", as: Golden.self).cases.first)
    var expected = try #require(golden.oracle[baseline.rawValue])
    var found = try await baseline.scores(of: golden.samples(logits: false))
    // The logits of this sample are not those of its features.
    expected.remove(at: 4)
    found.remove(at: 4)
    #expect(largestError(found, expected) < 1e-12)
  }

  @Test func scoresOfLogitsAtTheExtremes() async throws {
    let infinity = Double.infinity
    let logits = Matrix(
      rowCount: 4, columnCount: 2, elements: [1e308, 1e308, -1e308, -1e308, 0, -infinity, -800, 0])
    let samples = BaselineSamples(Matrix(rowCount: 4, columnCount: 1), logits: logits)
    #expect(try await Baseline.msp.scores(of: samples) == [-0.5, -0.5, -1, -1])
    #expect(try await Baseline.maxLogit.scores(of: samples) == [-1e308, 1e308, 0, 0])
    #expect(try await Baseline.energy.scores(of: samples) == [-1e308, 1e308, 0, 0])
  }

  @Test(arguments: [Baseline.msp, .maxLogit, .energy])
  func logitsWithoutAScoreAreAnError(baseline: Baseline) async throws {
    let infinity = Double.infinity
    let logits = Matrix(
      rowCount: 5, columnCount: 2, elements: [1, 2, .nan, 0, 0, .nan, infinity, 0, -infinity, -infinity])
    let samples = BaselineSamples(Matrix(rowCount: 5, columnCount: 1), logits: logits)
    await #expect(throws: BaselineError.nonFiniteLogits(rowCount: 4, firstRows: [1, 2, 3, 4])) {
      try await baseline.scores(of: samples)
    }
  }

  @Test func whatIsMissingIsNamed() async throws {
    let features = Matrix(rowCount: 2, columnCount: 3, repeating: 1)
    let head = try ClassifierHead(weight: features, bias: [1, 2])
    func error(_ baseline: Baseline, _ samples: BaselineSamples, _ neighborCount: Int = 50) async
      -> BaselineError?
    {
      do {
        _ = try await baseline.scores(of: samples, neighborCount: neighborCount)
        return nil
      } catch { return error as? BaselineError }
    }
    let alone = BaselineSamples(features)
    #expect(await error(.knn, alone) == .missingTrainingSamples(.knn))
    #expect(await error(.vim, alone) == .missingHead(.vim))
    #expect(await error(.vim, BaselineSamples(features, head: head)) == .missingTrainingSamples(.vim))
    #expect(await error(.energy, alone) == .missingLogits(.energy))
    #expect(await error(.knn, BaselineSamples(features, training: features), 0) == .invalidNeighborCount(0))
    #expect(
      await error(.knn, BaselineSamples(features, training: features), 1001) == .invalidNeighborCount(1001))
    let other = BaselineSamples(Matrix(rowCount: 2, columnCount: 4), head: head)
    #expect(
      await error(.msp, other) == .headMismatch(weightShape: [2, 3], biasCount: 2, dimension: 4))
    #expect(throws: BaselineError.headMismatch(weightShape: [2, 3], biasCount: 3, dimension: 3)) {
      try ClassifierHead(weight: features, bias: [1, 2, 3])
    }
    // Two equal samples vary in one direction about the origin, of three.
    #expect(
      await error(.vim, BaselineSamples(features, training: features, head: head))
        == .noResidual(rank: 1, principalCount: 1))
    await #expect(throws: DetectorError.noInDistributionSamples(sampleCount: 2)) {
      try await Baseline.knn.scores(
        of: BaselineSamples(features, training: features, trainingLabels: [-1, -1]))
    }
    var unusable = features
    unusable[1, 0] = .nan
    await #expect(throws: DetectorError.nonFiniteFeatures(rowCount: 1, firstRows: [1])) {
      try await Baseline.knn.scores(of: BaselineSamples(unusable, training: features))
    }
    for message in [
      BaselineError.missingLogits(.msp), .missingHead(.vim), .noResidual(rank: 1, principalCount: 2),
    ] {
      #expect(message.description.contains(": "))
      #expect(!message.description.contains("\n"))
    }
  }

  /// A direction in which the weight is 0 but for the rounding of float32 must not move the origin far away.
  @Test func roundingOfTheWeightMovesTheOriginLittle() throws {
    let exact = Matrix(rowCount: 3, columnCount: 3, elements: [0.1, 0.7, 0.3, 0.2, 1.4, 0.6, 0.9, 0.1, 0.2])
    let rounded = Matrix(rowCount: 3, columnCount: 3, elements: exact.elements.map { Double(Float($0)) })
    let bias = [1.0, -1, 0.5]
    let origin = try ClassifierHead(weight: rounded, bias: bias, storedEpsilon: 0x1p-23).origin()
    let expected = try ClassifierHead(weight: exact, bias: bias).origin()
    #expect(largestError(origin, expected) < 1e-5)
  }

  @Test(arguments: Baseline.allCases)
  func progressNeverDecreasesAndEndsAt1(baseline: Baseline) async throws {
    let golden = try #require(golden("baselines", as: Golden.self).cases.first)
    let fractions = Mutex<[Double]>([])
    _ = try await baseline.scores(of: golden.samples(), threadCount: 2) { progress in
      fractions.withLock { $0.append(progress.fraction) }
    }
    let found = fractions.withLock { $0 }
    #expect(found == found.sorted())
    #expect(abs((found.last ?? 0) - 1) < 1e-12)
  }
}
