import Foundation
import LinearAlgebra
import TestData
import Testing

@testable import OODData
@testable import OODDetection

@Suite("Auditing a data set")
struct AuditTests {
  private static let digits = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../SampleData/digits").standardized.path
  private let pipeline = DetectorPipeline(threadCount: 2)

  /// The digits with some labels moved to another class, from a seed.
  private func flippedDigits(share: Double, seed: UInt64) async throws -> (
    data: DataSet, original: [Int: Int]
  ) {
    let opened = try await pipeline.open(
      DataRequest(train: ["\(Self.digits)/train.npz"], test: ["\(Self.digits)/test.npz"]))
    var data = opened.data
    var labels = try #require(data.train?.labels)
    var random = SplitMix64(seed: seed)
    var original: [Int: Int] = [:]
    for row in labels.indices.shuffled(using: &random).prefix(Int((share * Double(labels.count)).rounded())) {
      original[row] = labels[row]
      labels[row] = (labels[row] + Int.random(in: 1...7, using: &random)) % 8
    }
    data.train?.labels = labels
    return (data, original)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func flippedLabelsComeFirst(seed: UInt64) async throws {
    let (data, original) = try await flippedDigits(share: 0.03, seed: seed)
    #expect(original.count == 30)
    let audited = try await pipeline.auditAtProposedSetting(data, near: .standard)
    let first = audited.labels.suspects.prefix(original.count)
    let found = first.filter { original[$0.row] != nil }
    let right = found.filter { audited.classLabels[$0.suggestedClass] == original[$0.row] }
    #expect(Double(found.count) >= 0.95 * Double(original.count))
    #expect(Double(right.count) >= 0.98 * Double(original.count))
  }

  /// Three classes; one label is wrong, two samples are equal, one test sample is in the training set, and one class has
  /// one sample.
  private func smallData() throws -> DataSet {
    var data = SmallData.dataSet()
    var train = try #require(data.train)
    var labels = try #require(train.labels)
    labels[0] = 1
    labels[35] = 7
    var rows = try train.rows.matrix(at: Array(0..<train.count))
    for column in 0..<rows.columnCount { rows[8, column] = rows[7, column] }
    var test = try #require(data.test)
    var testRows = try test.rows.matrix(at: Array(0..<test.count))
    for column in 0..<rows.columnCount { testRows[2, column] = rows[20, column] }
    (train.labels, train.rows, test.rows) = (labels, rows, testRows)
    (data.train, data.test) = (train, test)
    return data
  }

  private func audited(everyMargin: Bool = false) async throws -> (AuditedData, DataSet) {
    let data = try smallData()
    let setting = DetectorSetting(regularization: try Regularization(0.1))
    let detector = try await pipeline.fit(data, setting: setting.fit)
    var audited = try await pipeline.audit(detector, data, at: setting, includesEveryMargin: everyMargin)
    audited.nearDuplicates = try await pipeline.nearDuplicates(of: data, setting: setting.fit)
    return (audited, data)
  }

  @Test func reportHasTheAgreedNames() async throws {
    let (audited, data) = try await audited()
    let report = AuditReport(audited, of: data)
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
    #expect(
      Set(json.keys) == [
        "schemaVersion", "setting", "isProposedSetting", "sampleCount", "suspectCount",
        "leaveOneOutAccuracy", "samples", "nearDuplicates", "medianNeighborDistance",
        "leakedTestSampleCount", "confusion", "excludedClasses", "unreachedDimensionCount",
      ])
    let samples = try #require(json["samples"] as? [[String: Any]])
    #expect(Set(samples[0].keys) == ["index", "id", "label", "suggestedLabel", "margin"])
    #expect(samples[0]["index"] as? Int == 0 && samples[0]["label"] as? Int == 1)
    #expect(samples[0]["suggestedLabel"] as? Int == 0)
    #expect(samples.count == audited.labels.suspects.count)
    let margins = samples.compactMap { $0["margin"] as? Double }
    #expect(margins == margins.sorted(by: >) && margins.allSatisfy { $0 > 0 })
    #expect(json["excludedClasses"] as? [Int] == [7])
    #expect(json["sampleCount"] as? Int == 35)
    #expect(json["leakedTestSampleCount"] as? Int == 1)
    let groups = try #require(json["nearDuplicates"] as? [[String: Any]])
    let members = groups.map { ($0["samples"] as? [[String: Any]] ?? []).compactMap { $0["index"] as? Int } }
    #expect(members.contains([7, 8]) && members.contains([20, 2]))
    let confusion = try #require(json["confusion"] as? [String: [[String: Any]]])
    #expect(confusion["leaveOneOut"]?.compactMap { $0["count"] as? Int }.reduce(0, +) == 35)
    #expect(confusion["heldOut"]?.compactMap { $0["count"] as? Int }.reduce(0, +) == 18)
    #expect(report.table.columns.count == 7)
    #expect(AuditReport(audited, of: data, limit: 1).table.rows.count == 1)
    #expect(report.lines.contains { $0.contains("1 test sample is a near duplicate") })
  }

  /// The columns of Datalab, with every issue at a score below ½.
  @Test func datalabTable() async throws {
    let (audited, data) = try await audited(everyMargin: true)
    let labels = try #require(data.train?.labels)
    let table = DatalabTable(audited, labels: labels)
    #expect(table.rowCount == 36)
    let margins = try #require(audited.labels.margins)
    for index in 0..<table.rowCount {
      let row = Dictionary(uniqueKeysWithValues: zip(DatalabTable.columns, table.row(at: index)))
      #expect(row["given_label"] == "\(labels[index])")
      for name in ["label", "outlier", "near_duplicate"] {
        let score = row["\(name)_score"].flatMap { Double($0) }
        if let score {
          #expect((0...1).contains(score))
          #expect((row["is_\(name)_issue"] == "True") == (score < 0.5), "\(name) \(index)")
        }
      }
      guard labels[index] != 7 else {
        #expect(row["label_score"] == "" && row["predicted_label"] == "" && row["is_label_issue"] == "False")
        continue
      }
      let score = try #require(row["label_score"].flatMap { Double($0) })
      let margin = margins[index]
      #expect(abs(score - (margin >= 0 ? 0.5 / (1 + margin) : 1 - 0.5 / (1 - margin))) < 1e-12)
      #expect((row["predicted_label"] == row["given_label"]) == (margin <= 0))
    }
    let twin = Dictionary(uniqueKeysWithValues: zip(DatalabTable.columns, table.row(at: 7)))
    #expect(twin["near_duplicate_sets"] == "[8]" && twin["distance_to_nearest_neighbor"] == "0.0")
    // Without margins of samples that fit their class best, their scores are unknown.
    let suspects = DatalabTable(try await self.audited().0, labels: labels)
    #expect(suspects.row(at: 0)[1] == table.row(at: 0)[1])
    #expect(suspects.row(at: 3)[1] == "")
  }

  @Test func fenceIsThatOfTheDefinition() {
    // Quartiles 2 and 4 by linear interpolation.
    #expect(DatalabTable.fence([1, 2, 3, 4, 5]) == 4 + 1.7 * 2)
    #expect(DatalabTable.fence([3, 3, 3, 3]) == 3)
    #expect(DatalabTable.fence([2]) == 2)
    #expect(DatalabTable.ratio(1, 3) == 0.25 && DatalabTable.ratio(0, 0) == 0.5)
    #expect(DatalabTable.ratio(2, .infinity) == 0 && DatalabTable.ratio(.infinity, 1) == 1)
  }

  @Test func duplicateSamplesWithoutAMedianAreStillFound() {
    func neighbor(_ index: Int, _ distance: Double) -> Neighbor { Neighbor(index: index, distance: distance) }
    // Most samples are equal to another, so that the median is 0.
    let found = NearDuplicates(
      train: [neighbor(1, 0), neighbor(0, 0), neighbor(3, 0), neighbor(2, 0), neighbor(0, 5), nil],
      test: [neighbor(4, 0), neighbor(4, 1)])
    #expect(found.medianDistance == 0)
    #expect(found.groups.map(\.trainRows) == [[0, 1], [2, 3], [4]])
    #expect(found.groups.map(\.testRows) == [[], [], [0]])
    #expect(found.leakedCount == 1)
    #expect(found.distances[5].isNaN)
    // A chain of pairs is one group.
    let chain = NearDuplicates(
      train: [neighbor(1, 0.1), neighbor(0, 0.1), neighbor(1, 0.2), neighbor(0, 9), neighbor(0, 9)]
        + (0..<4).map { _ in neighbor(3, 9) }, test: nil)
    #expect(chain.threshold == 0.9)
    #expect(chain.groups.map(\.trainRows) == [[0, 1, 2]] && chain.leakedCount == nil)
    #expect(chain.groups[0].smallestDistance == 0.1)
    #expect(NearDuplicates(train: [nil], test: nil).groups.isEmpty)
  }

  /// By brute force, with a normalization.
  @Test func nearDuplicatesUseNormalizedFeatures() async throws {
    var data = try smallData()
    var train = try #require(data.train)
    var rows = try train.rows.matrix(at: Array(0..<train.count))
    for column in 0..<rows.columnCount { rows[30, column] = 3 * rows[29, column] }
    train.rows = rows
    data.train = train
    let setting = FitSetting(normalization: .l2)
    let found = try await pipeline.nearDuplicates(of: data, setting: setting)
    #expect(found.groups.contains { $0.trainRows == [29, 30] })
    let samples = (0..<36).map { Normalization.l2.normalized(Array(rows.row($0))) }
    for (row, sample) in samples.enumerated() {
      let distances = samples.indices.filter { $0 != row }.map { other in
        zip(sample, samples[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      }
      #expect(abs(found.distances[row] - (distances.min() ?? 0)) < 1e-12)
    }
  }
}
