import FeatureFiles
import Foundation
import LinearAlgebra
import OODDetection
import TestData
import Testing

@testable import OODData

/// Logits and the last layer in files, and the baselines of a data set.
@Suite("Logits and baselines of files")
struct BaselineFileTests {
  private let folder: ScratchFolder
  private let pipeline = DetectorPipeline(threadCount: 2)
  private let head: ClassifierHead

  init() throws {
    folder = try ScratchFolder()
    head = try ClassifierHead(
      weight: Matrix(rowCount: 3, columnCount: 2, elements: [1, 0, 0, 1, -1, 2]), bias: [0.5, -1, 0])
  }

  private func numbers(_ name: String, _ shape: [Int], _ values: [Double]) -> OutputArray {
    OutputArray(name: name, shape: shape, values: .float64(values))
  }

  private func features(_ count: Int, seed: UInt64) -> [Double] {
    var random = NormalNumbers(seed: seed)
    return random.vector(count * 2)
  }

  private func logits(of features: [Double]) -> [Double] {
    stride(from: 0, to: features.count, by: 2).flatMap { row in
      (0..<3).map { k in
        head.weight[k, 0] * features[row] + head.weight[k, 1] * features[row + 1] + head.bias[k]
      }
    }
  }

  /// Writes features with labels 0 and 1 and, on request, their logits and the last layer.
  private func write(
    _ name: String, _ features: [Double], labels: [Int]? = nil, hasLogits: Bool = true,
    logits given: [Double]? = nil, head names: (weight: String, bias: String)? = nil
  ) throws -> String {
    let count = features.count / 2
    var arrays = [
      numbers("features", [count, 2], features),
      OutputArray(
        name: "labels", shape: [count], values: .int64(labels ?? (0..<count).map { $0 % 2 })),
    ]
    if hasLogits { arrays.append(numbers("logits", [count, 3], given ?? logits(of: features))) }
    if let names {
      arrays.append(numbers(names.weight, [3, 2], head.weight.elements))
      arrays.append(numbers(names.bias, [3], head.bias))
    }
    return try folder.npz(name, arrays)
  }

  private func roles(_ data: DataSet, file: Int) -> [String: ArrayRole] {
    Dictionary(uniqueKeysWithValues: data.files[file].arrays.map { ($0.name, $0.role) })
  }

  @Test func logitsAreJoinedOverFilesAndAlignedWithTheKeptSamples() async throws {
    var first = features(6, seed: 1)
    let second = features(4, seed: 2)
    let odd = features(2, seed: 3)
    let expected = Array(logits(of: first).dropFirst(3)) + logits(of: second) + logits(of: odd)
    let own = logits(of: first)
    first[1] = .nan
    let test = [
      try write("a.npz", first, logits: own), try write("b.npz", second), try write("odd.npz", odd),
    ]
    let data = try await pipeline.open(
      DataRequest(
        train: [write("train.npz", features(20, seed: 4), hasLogits: false)], test: Array(test[..<2]),
        outOfDistribution: [test[2]], skipsNonFinite: true)
    ).data
    let found = try #require(data.test?.logits)
    #expect(found.count == 11)
    #expect(found.dimension == 3)
    #expect(try found.matrix(at: Array(0..<11)).elements == expected)
    #expect(data.train?.logits == nil)
    #expect(roles(data, file: 1) == ["features": .features, "labels": .labels, "logits": .logits])
    #expect(DetectorPipeline.availableBaselines(of: data) == [.knn, .msp, .maxLogit, .energy])

    let energies = try await pipeline.baseline(.energy, of: data)
    let naive = stride(from: 0, to: expected.count, by: 3).map { row in
      -log(exp(expected[row]) + exp(expected[row + 1]) + exp(expected[row + 2]))
    }
    #expect(zip(energies, naive).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(energies.count == 11)
  }

  @Test(arguments: [
    ("fc.weight", "fc.bias"), ("head.weight", "head.bias"), ("classifier/weight", "classifier/bias"),
    ("model.fc.weight", "model.fc.bias"), ("weight", "bias"), ("w", "b"),
  ])
  func theLastLayerOfATrainingFileIsFoundByItsName(weight: String, bias: String) async throws {
    let train = try write("train.npz", features(20, seed: 5), hasLogits: false, head: (weight, bias))
    let testFeatures = features(5, seed: 6)
    let test = try write("test.npz", testFeatures, hasLogits: false)
    let data = try await pipeline.open(DataRequest(train: [train], test: [test])).data
    #expect(data.head == head)
    #expect(roles(data, file: 0)[weight] == .headWeight)
    #expect(roles(data, file: 0)[bias] == .headBias)
    #expect(DetectorPipeline.availableBaselines(of: data) == Baseline.allCases)
    // The last layer gives the logits.
    let logits = logits(of: testFeatures)
    let largest = stride(from: 0, to: logits.count, by: 3).map { row in -(logits[row..<row + 3].max() ?? 0) }
    let scores = try await pipeline.baseline(.maxLogit, of: data)
    #expect(zip(scores, largest).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(try await pipeline.baseline(.vim, of: data).count == 5)
  }

  @Test func aLayerOfOtherShapesIsNone() async throws {
    let train = try folder.npz(
      "train.npz",
      [
        numbers("features", [20, 2], features(20, seed: 7)),
        OutputArray(name: "labels", shape: [20], values: .int64((0..<20).map { $0 % 2 })),
        numbers("fc.weight", [3, 4], [Double](repeating: 1, count: 12)), numbers("fc.bias", [3], [1, 2, 3]),
        numbers("head.weight", [3, 2], [Double](repeating: 1, count: 6)), numbers("head.bias", [2], [1, 2]),
        numbers("logits", [19, 3], [Double](repeating: 0, count: 57)),
      ])
    let data = try await pipeline.open(DataRequest(train: [train], test: [train])).data
    #expect(data.head == nil)
    #expect(data.test?.logits == nil)
    #expect(DetectorPipeline.availableBaselines(of: data) == [.knn])
  }

  @Test func aLayerWithNaNIsLeftOutWithARemark() async throws {
    let train = try folder.npz(
      "train.npz",
      [
        numbers("features", [4, 2], features(4, seed: 7)),
        OutputArray(name: "labels", shape: [4], values: .int64([0, 1, 0, 1])),
        numbers("fc.weight", [1, 2], [.nan, 1]), numbers("fc.bias", [1], [1]),
      ])
    let data = try await pipeline.open(DataRequest(train: [train], test: [train])).data
    #expect(data.head == nil)
    #expect(data.remarks.contains { "\($0)".contains("‘fc.weight’") })
  }

  @Test func logitsAndLayerAreNoCandidatesForFeatures() async throws {
    let path = folder.file("a.npz")
    let values = features(6, seed: 8)
    try NPZWriter.write(
      [
        numbers("activations", [6, 2], values), numbers("logits", [6, 3], logits(of: values)),
        numbers("fc.weight", [3, 2], head.weight.elements), numbers("fc.bias", [3], head.bias),
        OutputArray(name: "labels", shape: [6], values: .int64([0, 1, 0, 1, 0, 1])),
      ], to: path)
    let data = try await pipeline.open(DataRequest(train: [path], test: [path])).data
    #expect(roles(data, file: 0)["activations"] == .features)
    #expect(data.test?.logits?.dimension == 3)
    // Logits alone are features as any other matrix is.
    let alone = try folder.npz("b.npz", [numbers("logits", [6, 3], logits(of: values))])
    #expect(try await pipeline.open(DataRequest(test: [alone])).data.test?.rows.dimension == 3)
  }

  @Test func knnIsOfInDistributionTrainingSamples() async throws {
    let train = try write("train.npz", [1, 0, 0, 2, 3, 3], labels: [0, 1, -1], hasLogits: false)
    let test = try write("test.npz", [5, 0, 1, 1], hasLogits: false)
    let data = try await pipeline.open(DataRequest(train: [train], test: [test])).data
    let nearest = try await pipeline.baseline(.knn, of: data, neighborCount: 1)
    // (1, 1) / √2 is that far from both (1, 0) and (0, 1), whereas the OOD sample has its direction.
    #expect(nearest[0] == 0)
    #expect(abs(nearest[1] - (2 - 2.0.squareRoot()).squareRoot()) < 1e-14)
    let farthest = try await pipeline.baseline(.knn, of: data)
    #expect(abs(farthest[0] - 2.0.squareRoot()) < 1e-14)
  }

  @Test func whatIsMissingIsNamedWithItsFile() async throws {
    let train = try write("train.npz", features(8, seed: 9))
    let test = try write("test.npz", features(4, seed: 10))
    let bare = try write("bare.npz", features(4, seed: 11), hasLogits: false)
    let data = try await pipeline.open(
      DataRequest(train: [train], test: [test], outOfDistribution: [bare])
    ).data
    #expect(DetectorPipeline.availableBaselines(of: data) == [.knn])
    await #expect(throws: DataSetError.missingLogits(.msp, paths: [bare])) {
      try await pipeline.baseline(.msp, of: data)
    }
    await #expect(throws: DataSetError.missingHead(.vim, paths: [train])) {
      try await pipeline.baseline(.vim, of: data)
    }
    let text = "\(DataSetError.missingLogits(.msp, paths: [bare]))"
    #expect(text.contains("‘msp’") && text.contains(bare) && text.contains("‘logits’"))
    let alone = try await pipeline.open(DataRequest(test: [test])).data
    #expect(DetectorPipeline.availableBaselines(of: alone) == [.msp, .maxLogit, .energy])
    await #expect(throws: BaselineError.missingTrainingSamples(.knn)) {
      try await pipeline.baseline(.knn, of: alone)
    }
    #expect(DetectorPipeline.availableBaselines(of: DataSet()).isEmpty)
  }

  @Test func logitsWithNaNAreAnErrorWithTheirFileAndRows() async throws {
    var bad = [Double](repeating: 1, count: 12)
    bad[4] = .nan
    let test = [
      try write("a.npz", features(3, seed: 12)), try write("b.npz", features(4, seed: 13), logits: bad),
    ]
    let data = try await pipeline.open(DataRequest(test: test)).data
    await #expect(throws: DataSetError.nonFiniteLogits(path: test[1], rowCount: 1, firstRows: [1])) {
      try await pipeline.baseline(.maxLogit, of: data)
    }
  }

  @Test func inspectShowsTheRoles() throws {
    let path = try write("train.npz", features(8, seed: 14), head: ("fc.weight", "fc.bias"))
    let found = try FileInspection(path: path).report.arrays.map { [$0.name, $0.role.rawValue] }
    #expect(
      Set(found) == [
        ["features", "features"], ["labels", "labels"], ["logits", "logits"], ["fc.weight", "head weight"],
        ["fc.bias", "head bias"],
      ])
  }
}
