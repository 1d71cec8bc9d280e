import FeatureFiles
import Foundation
import OODData
import OODDetection
import TestData
import Testing

/// Models in several files with an index.
@Suite struct ModelShardTests {
  private let folder: ScratchFolder
  private let path: String

  init() throws {
    folder = try ScratchFolder()
    path = folder.file("model.safetensors")
  }

  /// Three classes in three dimensions, the last with two samples and one eigenvector.
  private static func model(pooling: Pooling = .none) async throws -> (model: ModelFile, data: DataSet) {
    var data = SmallData.dataSet()
    data.train?.labels?[0] = 7
    data.train?.labels?[1] = 7
    let setting = FitSetting(normalization: .none, pooling: pooling, ridgeRule: .absolute)
    let detector = try await DetectorPipeline().fit(data, setting: setting)
    return (
      ModelFile(
        detector: detector, regularization: SmallData.path[0], classNames: ["ant", "bee", "cat"]), data
    )
  }

  @Test(arguments: [Pooling.none, .tied]) func aDividedModelScoresAsTheWhole(pooling: Pooling) async throws {
    let (model, data) = try await Self.model(pooling: pooling)
    try model.write(to: path, maximumFileByteCount: 1)
    let names = folder.entries
    #expect(names.last == "model.safetensors.index.json" && names.count > 4)
    let count = names.count - 1
    for (index, name) in names.dropLast().enumerated() {
      #expect(
        name == "model-\(String(format: "%05d", index + 1))-of-\(String(format: "%05d", count)).safetensors")
    }
    let rows = try #require(data.test?.rows)
    let expected = try await model.detector.scores(of: rows, at: SmallData.path[0])
    // By the name of the model, by the index and by the folder.
    for place in [path, path + ".index.json", folder.path] {
      let read = try ModelFile(contentsOf: place)
      #expect(read.classNames == ["ant", "bee", "cat"] && read.regularization == SmallData.path[0])
      #expect(try await read.detector.scores(of: rows, at: SmallData.path[0]) == expected)
    }
  }

  @Test func theIndexIsThatOfTheConvention() async throws {
    let (model, _) = try await Self.model()
    try model.write(to: path, maximumFileByteCount: 300)
    let index = try JSONSerialization.jsonObject(
      with: try Data(contentsOf: URL(fileURLWithPath: path + ".index.json")))
    let object = try #require(index as? [String: [String: Any]])
    let map = try #require(object["weight_map"] as? [String: String])
    var total = 0
    for (array, name) in map {
      let file = try FeatureFile.open(folder.file(name))
      total += try #require(file[array]?.byteCount)
    }
    #expect(object["metadata"]?["total_size"] as? Int == total)
    #expect(map["mean"] != nil && map["eigenvectors.0"] != nil && map["eigenvectors"] == nil)
    // No file is above the limit, for no array is.
    for name in Set(map.values) {
      let size = map.filter { $0.value == name }.keys.reduce(0) { sum, array in
        sum + ((try? FeatureFile.open(folder.file(name))[array]?.byteCount ?? 0) ?? 0)
      }
      #expect(size <= 300)
    }
  }

  @Test func filesOfAFormerSaveAreRemoved() async throws {
    let (model, _) = try await Self.model()
    try model.write(to: path, maximumFileByteCount: 1)
    let many = folder.entries.count
    try model.write(to: path, maximumFileByteCount: 300)
    #expect(folder.entries.count < many)
    #expect(try ModelFile(contentsOf: path).detector.classes.count == 4)
    try model.write(to: path)
    #expect(folder.entries == ["model.safetensors"])
    try model.write(to: path, maximumFileByteCount: 300)
    #expect(!folder.entries.contains("model.safetensors"))
    #expect(try ModelFile(contentsOf: path).detector.classes.count == 4)
  }

  @Test func filesOfOthersStay() async throws {
    let (model, _) = try await Self.model()
    let index = #"{"metadata":{"total_size":8},"weight_map":{"w":"model-00001-of-00001.safetensors"}}"#
    _ = try folder.write(index, to: "model.safetensors.index.json")
    _ = try folder.write("x", to: "model-00001-of-00001.safetensors")
    try model.write(to: path)
    #expect(folder.entries.count == 3)
  }

  @Test func filesOfTwoSavesAreNotMixed() async throws {
    let (model, data) = try await Self.model()
    try model.write(to: path, maximumFileByteCount: 1)
    let name = try #require(folder.entries.first)
    let kept = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
    var other = data
    other.train?.labels = data.train?.labels?.reversed()
    let second = ModelFile(
      detector: try await DetectorPipeline().fit(other), regularization: nil, classNames: [])
    try second.write(to: path, maximumFileByteCount: 1)
    #expect(folder.entries.first?.prefix(12) == name.prefix(12))
    try kept.write(to: URL(fileURLWithPath: folder.file(try #require(folder.entries.first))))
    #expect {
      try ModelFile(contentsOf: path)
    } throws: {
      "\($0)".contains("is of another save")
    }
  }

  @Test func anIndexThatLeadsElsewhereIsRefused() throws {
    for (text, part) in [
      (#"{"weight_map":{"mean":"../model.safetensors"}}"#, "‘mean’ is not in a .safetensors file beside it"),
      (#"{"weight_map":{"mean":"/etc/passwd"}}"#, "‘mean’ is not in a .safetensors file beside it"),
      (#"{"weight_map":{"mean":7}}"#, "‘mean’ is not in a .safetensors file beside it"),
      (#"{"weight_map":{"mean":"none.safetensors"}}"#, "no such file"), (#"{"a":1}"#, "no ‘weight_map’"),
      (#"{"weight_map""#, "at byte"), (#"{"weight_map":{}}"#, "no array ‘mean’"),
    ] {
      let index = try folder.write(text, to: "model.safetensors.index.json")
      #expect {
        try ModelFile(contentsOf: index)
      } throws: {
        "\($0)".contains(part)
      }
    }
  }

  @Test func aFolderWithoutAnIndexOrWithSeveralSaysSo() throws {
    #expect {
      try ModelFile(contentsOf: folder.path)
    } throws: {
      "\($0)".contains("a folder with no index")
    }
    _ = try folder.write("{}", to: "a.safetensors.index.json")
    _ = try folder.write("{}", to: "b.safetensors.index.json")
    #expect {
      try ModelFile(contentsOf: folder.path)
    } throws: {
      "\($0)".contains("several indices")
    }
  }
}
