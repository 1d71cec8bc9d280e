import ExplorerModel
import Foundation
import LinearAlgebra
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

  @Test func outliersAreTheSameWithAndWithoutSpectra() async throws {
    let full = try #require(try OutliersReport(await SmallData.store().state)).table.rows
    let brief = try #require(try OutliersReport(await SmallData.store(goal: .score).state)).table.rows
    #expect(full.count == brief.count)
    for (one, other) in zip(full, brief) {
      for (first, second) in zip(one, other) {
        if case .number(let a) = first, case .number(let b) = second {
          #expect(abs(a - b) <= 1e-9 * max(1, abs(a)))
        } else {
          #expect(first == second)
        }
      }
    }
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

  @Test func classesOfOneSampleLeaveNoPlaceForLeaveOneOut() async throws {
    let alone = SmallData.split(perClass: 1, outCount: 0, phase: 0)
    let store = await SmallData.store(DataSet(train: alone, test: SmallData.dataSet().test))
    let report = try #require(TuningReport(store.state))
    #expect(report.path.count == SmallData.path.count)
    #expect(store.state.sweep?.leaveOneOutNLL == nil)
    let json = try object(report)
    #expect(json["excludedClasses"] as? [Int] == [0, 1, 2])
    #expect((json["proposed"] as? [String: Any])?["leaveOneOut"] == nil)
  }

  @Test func numbersThatJSONCannotHoldAreNull() async throws {
    // Next to no λ under a class without variance: distances are beyond every number.
    let still = DataSplit(
      rows: Matrix(rowCount: 4, columnCount: 2, elements: [0, 0, 0, 0, 1, 1, 1, 1]), labels: [0, 0, 1, 1])
    let far = DataSplit(
      rows: Matrix(rowCount: 2, columnCount: 2, elements: [1e9, 1e9, 0, 0]), labels: [-1, 0])
    let store = await SmallData.store(DataSet(train: still, test: far), goal: .explore)
    store.send(.setRegularization(try Regularization(.leastNonzeroMagnitude)))
    await store.settle()
    let report = try #require(ScoresReport(store.state, split: .test))
    #expect(report.values[0] == .infinity)
    let rows = try #require(try object(report)["scores"] as? [[String: Any]])
    #expect(rows[0]["score"] is NSNull)
    #expect(rows[1]["score"] is Double)
    #expect(report.table.plainRows[0][3] == "inf")
  }
}
