import Foundation
import LinearAlgebra
import OODData
import TestData
import Testing

@testable import OODDetection

@Suite struct ReportTests {
  private func object(_ report: some Report) throws -> [String: Any] {
    let json = try report.json()
    return try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }

  @Test func theClassTableHasTheAgreedNames() async throws {
    let report = try await Results().classes
    let json = try object(report)
    #expect(
      Set(json.keys) == [
        "schemaVersion", "setting", "regularization", "sampleCount", "dimension", "unreachedDimensionCount",
        "classes",
      ])
    #expect(json["schemaVersion"] as? Int == 2)
    let setting = try #require(json["setting"] as? [String: Any])
    #expect(Set(setting.keys) == ["normalization", "pooling", "ridgeRule", "regularization", "score"])
    #expect(setting["ridgeRule"] as? String == "absolute")
    let classes = try #require(json["classes"] as? [[String: Any]])
    #expect(classes.count == 3)
    let names: Set = [
      "label", "name", "count", "weight", "meanNorm", "trace", "logDeterminant", "conditionNumber",
      "smallestEigenvalue", "largestEigenvalue", "rank", "effectiveRank", "ridge", "scale", "nearestClass",
      "nearestDistance", "warnings",
    ]
    for row in classes { #expect(Set(row.keys) == names) }
    #expect(json["sampleCount"] as? Int == 36)
  }

  /// Long tables are written piece by piece, as if they were written at once.
  @Test(arguments: [0, 1, 1024, 2500])
  func longTablesAreWrittenPieceByPiece(_ count: Int) throws {
    let folder = try ScratchFolder()
    let rows = ReportRows(columns: ["index", "id", "score"], count: count) { place in
      [
        .integer(place), place % 7 == 3 ? .missing : .text("row\t\(place) \"\u{9B}é\""),
        .number(place % 11 == 5 ? .infinity : Double(place) / 3),
      ]
    }
    let report = TableReport(rows)
    try report.write(to: folder.file("x.json"), as: .json)
    #expect(try String(contentsOfFile: folder.file("x.json"), encoding: .utf8) == report.json() + "\n")
    try report.write(to: folder.file("x.tsv"), as: .tsv)
    let expected =
      (["index\tid\tscore"]
      + (0..<count).map { place in
        let id = place % 7 == 3 ? "" : "\"row\t\(place) \"\"\u{9B}é\"\"\""
        return "\(place)\t\(id)\t" + (place % 11 == 5 ? "inf" : "\(Double(place) / 3)")
      }).joined(separator: "\n") + "\n"
    #expect(try String(contentsOfFile: folder.file("x.tsv"), encoding: .utf8) == expected)
  }

  /// The pieces are those of one thread, and their text is that of the whole report.
  @Test(arguments: [1, 3], [0, 1, 5000])
  func scoresAreWrittenPieceByPiece(_ threadCount: Int, _ count: Int) throws {
    let values = (0..<count).map { $0 % 13 == 7 ? Double.infinity : Double($0) / 7 }
    let scored = SampleScores(
      regularization: .standard, negativeLogLikelihood: values, mahalanobis: values,
      mostLikelyClass: values.indices.map { Int32($0 % 2) }, closestClass: values.indices.map { _ in 0 },
      squaredDistanceToMostLikely: values)
    let samples = DataSplit(
      rows: Matrix(rowCount: count, columnCount: 1), labels: (0..<count).map { $0 % 3 - 1 },
      ids: (0..<count).map { $0 == 4 ? "\"scores\" : [ ] \u{9B}" : "row \($0)" })
    let report = ScoresReport(scored, of: samples, at: .standard, classLabels: [4, 9])
    func text(_ format: ReportFileFormat) throws -> String {
      var pieces: [String] = []
      try report.forEachPiece(as: format, threadCount: threadCount) { pieces.append($0) }
      #expect(pieces.count >= count / 1024)
      return pieces.joined()
    }
    #expect(try text(.json) == report.json() + "\n")
    let rows = try #require(try object(report)["scores"] as? [[String: Any]])
    #expect(rows.count == count)
    let lines = try text(.csv).split(separator: "\n").map(String.init)
    #expect(lines.count == count + 1)
    for place in stride(from: 0, to: count, by: 97) {
      let number = place % 13 == 7 ? "inf" : "\(Double(place) / 7)"
      #expect(
        lines[place + 1]
          == "\(place),row \(place),\(place % 3 - 1),\(number),\(place % 2 == 0 ? 4 : 9),\(number)")
    }
  }

  @Test func evaluationHasTheAgreedNames() async throws {
    let report = try #require(try await Results().evaluation)
    let json = try object(report)
    #expect(
      Set(json.keys) == [
        "schemaVersion", "setting", "score", "regularization", "inDistributionCount",
        "outOfDistributionCount", "accuracy", "AUROC", "AUPR-IN", "AUPR-OUT", "FPR95TPR", "FPR95ID",
        "sets", "groups", "mean",
      ])
    let sets = try #require(json["sets"] as? [[String: Any]])
    #expect(sets.count == 1 && sets[0]["name"] as? String == "OOD")
    #expect(
      Set(sets[0].keys) == [
        "name", "group", "count", "AUROC", "AUROC95", "AUPR-IN", "AUPR-OUT", "FPR95TPR", "FPR95ID",
      ])
    #expect(json["AUROC"] as? Double == 1)
    #expect(json["inDistributionCount"] as? Int == 18)
  }

  @Test func scoresAreInInputOrder() async throws {
    let results = try await Results()
    let report = try #require(results.table)
    #expect(report.values == results.scores.test?.negativeLogLikelihood)
    let rows = try #require(try object(report)["scores"] as? [[String: Any]])
    #expect(rows.compactMap { $0["index"] as? Int } == Array(0..<23))
    #expect(Set(rows[0].keys) == ["index", "id", "label", "score", "nearestClass", "squaredDistance"])
  }

  @Test func outliersAreExplained() async throws {
    let report = try await Results().outliers()
    let rows = try #require(try object(report)["outliers"] as? [[String: Any]])
    #expect(
      Set(rows[0].keys) == [
        "rank", "index", "id", "label", "score", "nearestClass", "squaredDistance", "pValue",
        "pValueCalibration", "gaussianTail", "secondClass", "margin", "dimensionShares", "backgroundShares",
      ])
    let shares = try #require(rows[0]["dimensionShares"] as? [[String: Any]])
    #expect(shares.count == 3)
    let sum = shares.compactMap { $0["share"] as? Double }.reduce(0, +)
    let distance = try #require(rows[0]["squaredDistance"] as? Double)
    #expect(abs(sum - distance) <= 1e-9 * distance)
  }

  /// Keys of every object by its path, `[]` for the elements of an array; all elements of an array must agree.
  private func keys(of value: Any, at path: String = "") -> [String: Set<String>] {
    if let object = value as? [String: Any] {
      return object.reduce(into: [path: Set(object.keys)]) { all, entry in
        all.merge(keys(of: entry.value, at: path + "." + entry.key)) { first, second in
          #expect(first == second, "\(path).\(entry.key)")
          return first
        }
      }
    }
    guard let array = value as? [Any] else { return [:] }
    return array.reduce(into: [:]) { all, element in
      all.merge(keys(of: element, at: path + "[]")) { first, second in
        #expect(first == second, "\(path)[]")
        return first
      }
    }
  }

  /// What a report of one state has under a path, one of another state has too.
  private func expectTheSameKeys(_ reports: [any Report]) throws {
    let all = try reports.map { keys(of: try object($0)) }
    for found in all.dropFirst() {
      for (path, names) in found {
        if let first = all[0][path] { #expect(first == names, "\(path)") }
      }
    }
    for report in reports {
      let table = report.table
      #expect(table.plainRows.allSatisfy { $0.count == table.columns.count })
    }
  }

  /// One class, no labels, no test set, single samples, infinite numbers: values go missing, keys never do.
  @Test func everyReportHasAllItsKeysWhateverIsMissing() async throws {
    let full = SmallData.dataSet()
    var unlabelled = full
    unlabelled.test?.labels = nil
    let oneClass = DataSet(
      train: DataSplit(
        rows: Matrix(rowCount: 4, columnCount: 2, elements: [0, 1, 2, 0, 3, 3, 1, 2]), labels: [5, 5, 5, 5]),
      test: DataSplit(rows: Matrix(rowCount: 2, columnCount: 2, elements: [1e9, 1e9, 0, 0])))
    let alone = DataSet(train: SmallData.split(perClass: 1, outCount: 0, phase: 0), test: full.test)
    let untested = DataSet(train: full.train)
    var results: [Results] = []
    for data in [full, unlabelled, oneClass, alone, untested] {
      results.append(try await Results(data))
      results.append(try await Results(data, at: try Regularization(.leastNonzeroMagnitude)))
    }
    try expectTheSameKeys(results.map(\.classes))
    try expectTheSameKeys(results.compactMap { try? $0.evaluation })
    try expectTheSameKeys(results.compactMap(\.table))
    try expectTheSameKeys(results.map(\.tuning))
    var outliers: [OutliersReport] = []
    for result in results { outliers.append(try await result.outliers()) }
    try expectTheSameKeys(outliers)
    let table = InspectionReport([], failures: [Statement("x")])
    #expect(try object(table)["files"] as? [String] == [])

    let unlabelledScores = try #require(results[2].table)
    let scores = try #require(try object(unlabelledScores)["scores"] as? [[String: Any]])
    #expect(scores.allSatisfy { $0["label"] is NSNull })
    let classes = try #require(try object(results[4].classes)["classes"] as? [[String: Any]])
    #expect(classes[0]["nearestClass"] is NSNull && classes[0]["nearestDistance"] is NSNull)
    let tuning = try object(results[8].tuning)
    let path = try #require(tuning["path"] as? [[String: Any]])
    let absent = ["AUROC", "FPR95TPR", "heldOutNLL"]
    #expect(path.allSatisfy { row in absent.allSatisfy { row[$0] is NSNull } })
    #expect((tuning["proposed"] as? [String: Any])?["bestAUROC"] is NSNull)
    let lone = try #require(try object(outliers[6])["outliers"] as? [[String: Any]])
    let calibrated = ["pValue", "pValueCalibration", "gaussianTail"]
    #expect(lone.allSatisfy { row in calibrated.allSatisfy { row[$0] is NSNull } })
    #expect(outliers[6].missingPValues?.hasPrefix("there are no p-values") == true)
    // CSV has empty cells in their place.
    let column = try #require(outliers[6].table.columns.firstIndex(of: "pValue"))
    #expect(outliers[6].table.plainRows.allSatisfy { $0[column].isEmpty })
  }

  @Test func pValuesSayWhatTheyAreCalibratedBy() async throws {
    // 30 held-out samples of each class suffice; 6 do not.
    for (count, source) in [(30, "held-out"), (6, "leave-one-out")] {
      let report = try await Results(SmallData.dataSet(testCount: count)).outliers()
      let rows = try #require(try object(report)["outliers"] as? [[String: Any]])
      #expect(rows.allSatisfy { $0["pValueCalibration"] as? String == source })
      #expect(rows.allSatisfy { (0...1).contains($0["gaussianTail"] as? Double ?? -1) })
      #expect(report.missingPValues == nil)
      // Far OOD samples are beyond everything: 1 / (m + 1).
      let least = source == "held-out" ? 1.0 / 31 : 1.0 / 13
      func isClose(_ found: Any?, _ expected: Double?) -> Bool {
        guard let found = found as? Double, let expected else { return false }
        return abs(found - expected) < 1e-12
      }
      #expect(isClose(rows[0]["pValue"], least))
    }
  }

  @Test func outliersAreTheSameWithAndWithoutSpectra() async throws {
    let full = try await Results().outliers().table.rows
    let brief = try await Results(hasSpectra: false).outliers().table.rows
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
    let report = try await Results().tuning
    let json = try object(report)
    let path = try #require(json["path"] as? [[String: Any]])
    #expect(path.compactMap { $0["regularization"] as? Double } == SmallData.path.map(\.value))
    #expect(
      Set(path[0].keys) == [
        "regularization", "leaveOneOutNLL", "leaveOneOutAccuracy", "heldOutNLL", "accuracy", "AUROC",
        "FPR95TPR",
        "worstConditionNumber",
      ])
    #expect((json["proposed"] as? [String: Any])?["leaveOneOut"] is Double)
  }

  @Test func classesOfOneSampleLeaveNoPlaceForLeaveOneOut() async throws {
    let alone = SmallData.split(perClass: 1, outCount: 0, phase: 0)
    let results = try await Results(DataSet(train: alone, test: SmallData.dataSet().test))
    let report = results.tuning
    #expect(report.path.count == SmallData.path.count)
    #expect(results.sweep.leaveOneOutNLL == nil)
    let json = try object(report)
    #expect(json["excludedClasses"] as? [Int] == [0, 1, 2])
    #expect((json["proposed"] as? [String: Any])?["leaveOneOut"] is NSNull)
  }

  @Test func numbersThatJSONCannotHoldAreNull() async throws {
    // Next to no λ under a class without variance: distances are beyond every number.
    let still = DataSplit(
      rows: Matrix(rowCount: 4, columnCount: 2, elements: [0, 0, 0, 0, 1, 1, 1, 1]), labels: [0, 0, 1, 1])
    let far = DataSplit(
      rows: Matrix(rowCount: 2, columnCount: 2, elements: [1e9, 1e9, 0, 0]), labels: [-1, 0])
    let results = try await Results(
      DataSet(train: still, test: far), at: try Regularization(.leastNonzeroMagnitude))
    let report = try #require(results.table)
    #expect(report.values[0] == .infinity)
    let rows = try #require(try object(report)["scores"] as? [[String: Any]])
    #expect(rows[0]["score"] is NSNull)
    #expect(rows[1]["score"] is Double)
    #expect(report.table.plainRows[0][3] == "inf")
  }
}
