import ExplorerModel
import Foundation
import LinearAlgebra
import OODData
import OODDetection
import TestData
import Testing

/// The displayed values, compared with factors of the training samples at one λ.
@Suite("One quantity by every route, in the explorer") @MainActor
struct RouteTests {
  static let values = [1e-6, 1e-3, 0.1]

  @Test(arguments: DrawnData.all)
  func screensShowTheScoresOfTheSamples(drawn: DrawnData) async throws {
    let path = try Self.values.map { value throws(DetectorError) in try Regularization(value) }
    let queryLabels = (0..<drawn.queries.rowCount).map { $0 % 2 == 0 ? drawn.labels[0] : -1 }
    let data = DataSet(
      train: DataSplit(rows: drawn.train, labels: drawn.labels),
      test: DataSplit(rows: drawn.queries, labels: queryLabels))
    let store = ExplorerStore(
      state: ExplorerState(regularization: path[0], goal: .explore, path: path),
      runner: EffectRunner(DetectorPipeline(threadCount: 2)))
    store.send(.loaded(data, model: nil), .show(.outliers))
    for regularization in path {
      await store.settle(after: .setRegularization(regularization))
      let factored = try await CholeskyDetector.fit(drawn.train, labels: drawn.labels, at: regularization)
      let expected = try await factored.scores(of: drawn.queries)
      for kind in [ScoreKind.negativeLogLikelihood, .mahalanobis] {
        while store.state.setting.score != kind { store.send(.cycleScore) }
        await store.settle()
        let state = store.state
        let condition = try #require(state.classes.summaries.map(\.conditionNumber).max())
        guard condition <= 1e10 else { continue }
        let tolerance = condition <= 1e7 ? 2e-8 : 2e-6
        func expectEqual(_ found: Double?, _ value: Double, _ what: String) throws {
          let found = try #require(found)
          #expect(
            abs(found - value) <= tolerance * max(1, abs(value)),
            "\(what) by \(kind) at \(regularization.value)")
        }
        for (row, score) in expected.values(kind).enumerated() {
          try expectEqual(state.scores.scored?.test?.values(kind)[row], score, "score of row \(row)")
        }
        #expect(state.outliers.rows.count == drawn.queries.rowCount)
        for row in state.outliers.rows {
          try expectEqual(row.score, expected.values(kind)[row.reference.index], "outlier \(row.rank)")
        }
        let sample = try #require(state.outliers.explained)
        try expectEqual(
          sample.explanation.score, expected.values(kind)[sample.reference.index], "explained score")
        let distance = expected.squaredDistance(
          ofRow: sample.reference.index, kind, dimension: drawn.queries.columnCount)
        try expectEqual(
          sample.explanation.squaredDistances[sample.explanation.nearestClass], distance, "explained d²")
        try expectEqual(sample.explanation.dimensionShares.reduce(0, +), distance, "shares of dimensions")
        for (summary, gaussian) in zip(state.classes.summaries, factored.classes) {
          try expectEqual(summary.logDeterminant, gaussian.logDeterminant, "log det of \(gaussian.label)")
        }
      }
    }
  }
}
