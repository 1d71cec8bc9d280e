import LinearAlgebra
import Synchronization
import Testing

@testable import OODDetection

@Suite("Encoder interface")
struct EncoderTests {
  typealias Batch = (inputs: [Int], labels: [Int])

  /// Inputs are row numbers of a sample set. The encoder returns their rows as (n, 2, D/2) and records them.
  final class LookUp: Sendable {
    let seen = Mutex<[Int]>([])
    let rows: [[Double]]

    init(_ set: SampleSet) { rows = set.rows }

    func encode(_ inputs: [Int]) throws -> FeatureBatch {
      seen.withLock { $0 += inputs }
      return try FeatureBatch(
        shape: [inputs.count, 2, rows[0].count / 2], values: inputs.flatMap { rows[$0] })
    }
  }

  static func batches(_ set: SampleSet, size: Int) -> [Batch] {
    RowBlocks(count: set.labels.count, size: size).map { (Array($0), Array(set.labels[$0])) }
  }

  @Test func inputsAndFeaturesGiveTheSameScores() async throws {
    let set = SampleSet.tall
    let lookUp = LookUp(set)
    var byInputs = GaussianOODDetector<Int> { try lookUp.encode($0) }
    try await byInputs.fit(Self.batches(set, size: 7))
    var byFeatures = GaussianOODDetector<Int>()
    try await byFeatures.fit(features: set.matrix, labels: set.labels)
    let expected = try await byFeatures.score(features: set.matrix)
    #expect(try await byInputs.score(Array(set.labels.indices)) == expected)
    let direct = try await SpectralDetector.fit(set.matrix, labels: set.labels)
    #expect(try await direct.scores(of: set.matrix, at: .standard).negativeLogLikelihood == expected)
    byInputs.setting.score = .mahalanobis
    byInputs.setting.regularization = try Regularization(0.1)
    let other = try await byInputs.score([3])
    let all = try await direct.scores(of: set.matrix, at: Regularization(0.1)).mahalanobis
    #expect(other == [all[3]])
  }

  @Test func outOfDistributionInputsNeverReachTheEncoder() async throws {
    let set = SampleSet.tall
    let lookUp = LookUp(set)
    var detector = GaussianOODDetector<Int> { try lookUp.encode($0) }
    let stream = AsyncStream<Batch> { continuation in
      for batch in Self.batches(set, size: 5) { continuation.yield(batch) }
      continuation.finish()
    }
    try await detector.fit(stream)
    let known = set.labels.indices.filter { set.labels[$0] >= 0 }
    #expect(lookUp.seen.withLock { $0 } == known)
    #expect(detector.fitted?.sampleCount == known.count)
  }

  @Test func misuseThrowsTypedErrors() async throws {
    var bare = GaussianOODDetector<Int>()
    await #expect(throws: DetectorError.noEncoder) { try await bare.score([1]) }
    await #expect(throws: DetectorError.notFitted) {
      try await bare.score(features: Matrix(rowCount: 1, columnCount: 1))
    }
    do {
      try await bare.fit([Batch]())
      Issue.record("fitted without an encoder")
    } catch {
      #expect(error as? DetectorError == .noEncoder)
    }
    let lookUp = LookUp(.tall)
    var detector = GaussianOODDetector<Int> { try lookUp.encode($0) }
    await #expect(throws: DetectorError.notFitted) { try await detector.score([1]) }
    do {
      try await detector.fit([Batch([0, 1], [-1, -1])])
      Issue.record("fitted without in-distribution samples")
    } catch {
      #expect(error as? DetectorError == .noInDistributionSamples(sampleCount: 2))
    }
    do {
      try await detector.fit([Batch([0, 1], [0])])
      Issue.record("fitted with a label missing")
    } catch {
      #expect(error as? DetectorError == .labelCountMismatch(sampleCount: 2, labelCount: 1))
    }
  }

  @Test func encodersMustKeepCountAndDimension() async throws {
    var forgetful = GaussianOODDetector<Int> { _ in FeatureBatch(Matrix(rowCount: 1, columnCount: 2)) }
    do {
      try await forgetful.fit([Batch([0, 1], [0, 0])])
      Issue.record("an encoder that loses inputs was accepted")
    } catch {
      #expect(error as? DetectorError == .encodedCountMismatch(inputCount: 2, rowCount: 1))
    }
    var changing = GaussianOODDetector<Int> { FeatureBatch(Matrix(rowCount: 1, columnCount: $0[0] + 1)) }
    do {
      try await changing.fit([Batch([0], [0]), Batch([1], [0])])
      Issue.record("an encoder that changes dimension was accepted")
    } catch {
      #expect(error as? DetectorError == .dimensionMismatch(expected: 1, found: 2))
    }
  }

  @Test func batchesAreFlattened() throws {
    let batch = try FeatureBatch(shape: [2, 3, 2], values: (0..<12).map(Double.init))
    #expect(batch.flattened == Matrix(rowCount: 2, columnCount: 6, elements: (0..<12).map(Double.init)))
    #expect(try FeatureBatch(shape: [2], values: [1, 2]).flattened.columnCount == 1)
    #expect(throws: DetectorError.batchShapeMismatch(shape: [2, 3], valueCount: 5)) {
      try FeatureBatch(shape: [2, 3], values: [1, 2, 3, 4, 5])
    }
    #expect(throws: DetectorError.self) { try FeatureBatch(shape: [], values: []) }
    #expect(throws: DetectorError.self) { try FeatureBatch(shape: [-1, -2], values: [1, 2]) }
  }
}
