import ExplorerModel
import Foundation
import OODDetection
import Testing

@Suite @MainActor struct ReportTests {
  private func object(_ report: some Report) throws -> [String: Any] {
    let json = try report.json()
    return try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }

  @Test func theClassTableHasTheAgreedNames() async throws {
    let report = try #require(ClassesReport(await SmallData.store().state))
    let json = try object(report)
    #expect(Set(json.keys) == ["schemaVersion", "regularization", "sampleCount", "dimension", "classes"])
    let classes = try #require(json["classes"] as? [[String: Any]])
    #expect(classes.count == 3)
    let names: Set = [
      "label", "name", "count", "weight", "meanNorm", "trace", "logDeterminant", "conditionNumber",
      "smallestEigenvalue", "largestEigenvalue", "rank", "effectiveRank", "nearestClass", "nearestDistance",
      "warnings",
    ]
    for row in classes { #expect(Set(row.keys) == names) }
    #expect(json["sampleCount"] as? Int == 36)
  }

  @Test func evaluationHasTheAgreedNames() async throws {
    let report = try #require(try EvaluationReport(await SmallData.store().state))
    let json = try object(report)
    #expect(
      Set(json.keys) == [
        "schemaVersion", "score", "regularization", "inDistributionCount", "outOfDistributionCount", "AUROC",
        "AUPR-IN", "AUPR-OUT", "FPR95TPR",
      ])
    #expect(json["AUROC"] as? Double == 1)
    #expect(json["inDistributionCount"] as? Int == 18)
  }

  @Test func scoresAreInInputOrder() async throws {
    let state = await SmallData.store().state
    let report = try #require(ScoresReport(state, split: .test))
    #expect(report.values == state.scores?.test?.negativeLogLikelihood)
    let rows = try #require(try object(report)["scores"] as? [[String: Any]])
    #expect(rows.compactMap { $0["index"] as? Int } == Array(0..<23))
    #expect(Set(rows[0].keys) == ["index", "id", "label", "score", "nearestClass", "squaredDistance"])
  }

  @Test func outliersAreExplained() async throws {
    let report = try #require(try OutliersReport(await SmallData.store().state))
    let rows = try #require(try object(report)["outliers"] as? [[String: Any]])
    let shares = try #require(rows[0]["dimensionShares"] as? [[String: Any]])
    #expect(shares.count == 3)
    let sum = shares.compactMap { $0["share"] as? Double }.reduce(0, +)
    let distance = try #require(rows[0]["squaredDistance"] as? Double)
    #expect(abs(sum - distance) <= 1e-9 * distance)
  }

  @Test func tuningHasOneRowPerLambda() async throws {
    let report = try #require(TuningReport(await SmallData.store().state))
    let json = try object(report)
    let path = try #require(json["path"] as? [[String: Any]])
    #expect(path.compactMap { $0["regularization"] as? Double } == SmallData.path.map(\.value))
    #expect(
      Set(path[0].keys) == [
        "regularization", "leaveOneOutNLL", "heldOutNLL", "AUROC", "FPR95TPR", "worstConditionNumber",
      ])
    #expect((json["proposed"] as? [String: Any])?["leaveOneOut"] is Double)
  }
}
