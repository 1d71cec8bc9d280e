import ExplorerModel
import LinearAlgebra
import OODData
import OODDetection

/// The worst disagreement of the product with ``ReferenceScores`` in one quantity at one λ.
struct AccuracyRow: Codable, Sendable {
  /// What was being done: scoring as a command, or turning λ as the explorer.
  let source: String
  let quantity: String
  let regularization: Double
  /// How many numbers were compared.
  let comparedCount: Int
  /// The largest |a − b| / max(1, |b|).
  let worstRelativeError: Double
  /// What is promised.
  let limit: Double

  var isKept: Bool { worstRelativeError <= limit }
}

/// Gathers what the timed runs computed for a few samples and holds it against the reference.
struct AccuracyCheck: Sendable {
  /// What every workload is checked at.
  static let regularizations = [1e-6, 1e-3, 1e-1]
  static let scoreLimit = 1e-6
  static let logDeterminantLimit = 1e-8
  static let sampleCount = 50

  /// What the product gave for the samples at one λ.
  private struct Observation: Sendable {
    let source: String
    let regularization: Regularization
    /// nll and mahalanobis of the training samples (nil where they were not scored) and of the test samples.
    let train: SampleScores?
    let test: SampleScores?
    let logDeterminants: [Double]
  }

  private var observations: [Observation] = []

  /// Notes the scores that a driver's state holds.
  mutating func observe(_ state: ExplorerState, source: String) {
    guard let scores = state.scores.scored, state.scoresAreComputed else { return }
    observations.append(
      Observation(
        source: source, regularization: state.setting.regularization, train: scores.train, test: scores.test,
        logDeterminants: state.classes.summaries.map(\.logDeterminant)))
  }

  /// Notes the scores of the test samples that a fit for one λ gave.
  mutating func observe(_ run: FactoredRun, source: String) {
    observations.append(
      Observation(
        source: source, regularization: run.scores.regularization, train: nil, test: run.scores,
        logDeterminants: run.logDeterminants))
  }

  /// Compares all that was observed. The reference is computed once for all λ.
  func rows(for data: DataSet, threadCount: Int) async throws -> [AccuracyRow] {
    guard let train = data.train, let labels = train.labels, let test = data.test else { return [] }
    let path = Set(observations.map(\.regularization)).sorted()
    let testPlaces = Self.spread(Self.sampleCount - Self.sampleCount / 4, over: test.count)
    let trainPlaces = Self.spread(Self.sampleCount / 4, over: train.count)
    let testRows = try test.rows.matrix(at: testPlaces)
    let samples = Matrix(
      rowCount: testPlaces.count + trainPlaces.count, columnCount: testRows.columnCount,
      elements: testRows.elements + (try train.rows.matrix(at: trainPlaces).elements))
    let reference = try await ReferenceScores(
      of: samples, train: train.rows, labels: labels, along: path, threadCount: threadCount)

    var rows: [AccuracyRow] = []
    for seen in observations {
      guard let place = path.firstIndex(of: seen.regularization) else { continue }
      func compare(_ quantity: String, _ values: [Double], _ expected: [Double], limit: Double) {
        rows.append(
          AccuracyRow(
            source: seen.source, quantity: quantity, regularization: seen.regularization.value,
            comparedCount: values.count, worstRelativeError: Self.worstError(values, expected), limit: limit))
      }
      func observed(_ kind: ScoreKind) -> [Double] {
        testPlaces.compactMap { seen.test?.values(kind)[$0] }
          + trainPlaces.compactMap { seen.train?.values(kind)[$0] }
      }
      for (kind, expected) in [
        (ScoreKind.negativeLogLikelihood, reference.negativeLogLikelihood[place]),
        (.mahalanobis, reference.mahalanobis[place]),
      ] {
        let values = observed(kind)
        compare(kind.rawValue, values, Array(expected.prefix(values.count)), limit: Self.scoreLimit)
      }
      compare(
        "logDeterminant", seen.logDeterminants, reference.logDeterminants[place],
        limit: Self.logDeterminantLimit)
    }
    return rows
  }

  /// |a − b| / max(1, |b|).
  static func relativeError(_ value: Double, _ expected: Double) -> Double {
    abs(value - expected) / max(1, abs(expected))
  }

  /// Infinite where the numbers are not equally many, or one is NaN.
  static func worstError(_ values: [Double], _ expected: [Double]) -> Double {
    guard values.count == expected.count, !values.isEmpty else { return .infinity }
    return zip(values, expected).reduce(0) { worst, pair in
      let error = relativeError(pair.0, pair.1)
      return error.isNaN ? .infinity : max(worst, error)
    }
  }

  /// About `count` places, evenly over 0 ..< `total`, of both parities where samples of two kinds alternate.
  static func spread(_ count: Int, over total: Int) -> [Int] {
    guard count < total else { return Array(0..<total) }
    return (0..<count).map { place in
      let even = place * total / count
      return min(total - 1, even - even % 2 + place % 2)
    }
  }
}
