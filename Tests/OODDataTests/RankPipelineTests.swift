import FeatureFiles
import Foundation
import LinearAlgebra
import OODData
import OODDetection
import TestData
import Testing

/// Opening, fitting, scoring and saving by several ranks gives what one rank gives.
struct RankPipelineTests {
  /// Unevenly sharded files of three formats, with dead features and classes of few samples.
  private func request(in folder: ScratchFolder) throws -> DataRequest {
    var random = NormalNumbers(seed: 11)
    func samples(_ count: Int, _ labels: (Int) -> Int) -> (Matrix, [Int]) {
      let labels = (0..<count).map(labels)
      let elements = labels.flatMap { label in
        random.vector(6).enumerated().map { $0 == 4 ? 2 : Double(Float($1 + Double(label * ($0 + 1) % 5))) }
      }
      return (Matrix(rowCount: count, columnCount: 6, elements: elements), labels)
    }
    var request = DataRequest()
    for (place, count) in [1, 70, 13, 40].enumerated() {
      let (rows, labels) = samples(count) { $0 % 11 == 0 ? 4 : $0 % 7 == 3 && place == 2 ? 9 : $0 % 3 }
      request.train.append(try write(rows, labels, place, to: folder.path + "/train\(place)"))
    }
    for (place, count) in [33, 2].enumerated() {
      let (rows, labels) = samples(count) { $0 % 5 == 4 ? -1 : $0 % 3 }
      request.test.append(try write(rows, labels, place + 1, to: folder.path + "/test\(place)"))
    }
    return request
  }

  private func write(_ rows: Matrix, _ labels: [Int], _ format: Int, to path: String) throws -> String {
    let arrays = [
      OutputArray(
        name: "features", shape: [rows.rowCount, rows.columnCount], values: .float64(rows.elements)),
      OutputArray(name: "labels", shape: [labels.count], values: .int64(labels)),
    ]
    if format == 3 {
      let lines = labels.indices.map { row in
        (rows.row(row).map { "\($0)" } + ["\(labels[row])"]).joined(separator: ",") + "\n"
      }
      try Data((["a,b,c,d,e,f,label\n"] + lines).joined().utf8).write(to: URL(fileURLWithPath: path + ".csv"))
      return path + ".csv"
    }
    if format % 2 == 0 {
      try NPZWriter.write(arrays, to: path + ".npz")
      return path + ".npz"
    }
    try SafetensorsWriter.write(arrays, to: path + ".safetensors")
    return path + ".safetensors"
  }

  private static let choices: [(RidgeRule, Double, Double, ScoreKind)] = [
    (.absolute, 0, 1e-6, .negativeLogLikelihood), (.oas, 0, 1, .relativeMahalanobis),
    (.absolute, 1, 1e-3, .relativeNegativeLogLikelihood), (.leaveOneOut, 0, 1, .negativeLogLikelihood),
  ]

  @Test(arguments: Array(choices.indices))
  func evaluationsAreThoseOfOneRank(_ place: Int) async throws {
    let folder = try ScratchFolder()
    let request = try request(in: folder)
    let (rule, pooling, value, score) = Self.choices[place]
    let choice = SettingChoice(
      pooling: try Pooling(pooling), ridgeRule: rule, regularization: try Regularization(value), score: score)
    @Sendable func evaluated(_ ranks: Ranks) async throws -> (SampleScores, SetEvaluation, [ClassOutline]) {
      var pipeline = DetectorPipeline(threadCount: 1)
      pipeline.ranks = ranks
      let opened = try await pipeline.open(request)
      let detector = try await pipeline.detector(for: opened, at: choice)
      let scores = try await pipeline.scores(of: opened.data, [.test], by: detector)
      let (found, samples) = (try #require(scores.test), try #require(opened.data.test))
      return (found, try samples.evaluation(of: found.values(score)), detector.outlines)
    }
    let expected = try await evaluated(.single)
    for count in 2...4 {
      for found in try await ThreadCommunicator.run(count, body: evaluated) {
        for (value, other) in zip(found.0.values(score), expected.0.values(score)) {
          #expect(abs(value - other) <= 1e-12 * max(1, abs(other)))
        }
        #expect(found.0.nearestClass(score) == expected.0.nearestClass(score))
        #expect(found.1.pooled == expected.1.pooled)
        #expect(found.2 == expected.2)
      }
    }
  }

  /// The path, the map and the comparison are those of one rank.
  @Test func tuningIsThatOfOneRank() async throws {
    let folder = try ScratchFolder()
    let request = try request(in: folder)
    let path = try [1e-4, 1e-2, 0.1, 1, 10].map { try Regularization($0) }
    @Sendable func tuned(_ ranks: Ranks) async throws -> (Sweep, PoolingMap, Comparison) {
      var pipeline = DetectorPipeline(threadCount: 1)
      pipeline.ranks = ranks
      let data = try await pipeline.open(request).data
      let sweep = try await pipeline.sweep(
        try await pipeline.fit(data), data, [.test], along: path, includesAccuracy: true,
        measuring: [.negativeLogLikelihood])
      let map = try await pipeline.map(
        data, setting: .standard, along: path, poolings: [.none, try Pooling(0.3), .tied])
      var comparison = ComparisonRequest()
      comparison.proposes = false
      return (sweep, map, try await pipeline.compare(data, comparison))
    }
    let expected = try await tuned(.single)
    for found in try await ThreadCommunicator.run(3, body: tuned) {
      #expect(found.0.leaveOneOut == expected.0.leaveOneOut)
      #expect(found.0.metrics == expected.0.metrics)
      #expect(found.0.accuracy == expected.0.accuracy)
      #expect(found.1.rows.map(\.sweep.leaveOneOut) == expected.1.rows.map(\.sweep.leaveOneOut))
      #expect(found.1.rows.map(\.sweep.metrics) == expected.1.rows.map(\.sweep.metrics))
      #expect(found.2.rows.map(\.name) == expected.2.rows.map(\.name))
      #expect(found.2.rows.map(\.evaluation) == expected.2.rows.map(\.evaluation))
      #expect(found.2.rows.map(\.leaveOneOutNLL) == expected.2.rows.map(\.leaveOneOutNLL))
      #expect(found.2.rows.map(\.accuracy) == expected.2.rows.map(\.accuracy))
    }
  }

  /// A model holds the same bytes, whatever ranks have fitted it.
  @Test(arguments: [RidgeRule.absolute, .ledoitWolf], [0.0, 0.4, 1.0])
  func modelsAreThoseOfOneRank(_ rule: RidgeRule, _ pooling: Double) async throws {
    let folder = try ScratchFolder()
    let request = try request(in: folder)
    let setting = FitSetting(pooling: try Pooling(pooling), ridgeRule: rule)
    @Sendable func save(_ ranks: Ranks, _ path: String) async throws {
      var pipeline = DetectorPipeline(threadCount: 1)
      pipeline.ranks = ranks
      let data = try await pipeline.open(request).data
      let fitted = try await pipeline.fit(data, setting: setting)
      try await ModelFile(detector: fitted, regularization: .standard, classNames: data.classNames).write(
        to: path, over: ranks)
    }
    let single = folder.path + "/single.safetensors"
    try await save(.single, single)
    for count in 2...4 {
      let path = folder.path + "/ranks\(count).safetensors"
      _ = try await ThreadCommunicator.run(count) { try await save($0, path) }
      #expect(try Checksum.crc32(ofFileAt: path) == Checksum.crc32(ofFileAt: single))
    }
  }

  /// Values that no fit can use are found by the rank that scans them, and reported once.
  @Test func unusableFeaturesAreReported() async throws {
    let folder = try ScratchFolder()
    var request = try request(in: folder)
    let bad = Matrix(rowCount: 2, columnCount: 6, elements: [1, 2, 3, 4, .nan, 6, 1, 2, .infinity, 4, 5, 6])
    request.train.append(try write(bad, [0, 1], 1, to: folder.path + "/bad"))
    let alone = await #expect(throws: DataSetError.self) {
      _ = try await DetectorPipeline(threadCount: 1).open(request)
    }
    let outcomes = await ThreadCommunicator.outcomes(3) { [request] ranks in
      var pipeline = DetectorPipeline(threadCount: 1)
      pipeline.ranks = ranks
      return try await pipeline.open(request).data.train?.count
    }
    for outcome in outcomes {
      #expect(throws: try #require(alone)) { try outcome.get() }
    }
  }
}
