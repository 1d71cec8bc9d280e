import FeatureFiles
import Foundation
import LinearAlgebra
import OODDetection
import TestData
import Testing

@testable import OODData

/// Which files, arrays and labels make each split.
@Suite struct SplitTests {
  private func features(_ folder: ScratchFolder, _ name: String, _ values: [Double]) throws -> String {
    try NPYWriter.write(
      OutputArray(name: "z", shape: [values.count, 1], values: .float64(values)), to: folder.file(name))
    return folder.file(name)
  }

  private func labels(_ folder: ScratchFolder, _ name: String, _ values: [Int]) throws -> String {
    try NPYWriter.write(
      OutputArray(name: "y", shape: [values.count], values: .int64(values)), to: folder.file(name))
    return folder.file(name)
  }

  @Test func everySplitHasItsFileOfLabels() async throws {
    let folder = try ScratchFolder()
    var request = DataRequest(
      train: [try features(folder, "a.npy", [1, 2])], test: [try features(folder, "b.npy", [3, 4, 5])],
      outOfDistribution: [try features(folder, "c.npy", [6])],
      keys: ArrayKeys(labels: try labels(folder, "first.npy", [3, 4])))
    request.testKeys.labels = try labels(folder, "second.npy", [4, 3, -2])
    let data = try #require(await Opening(request).data)
    #expect(data.train?.labels == [3, 4])
    #expect(data.test?.labels == [4, 3, -2, -1])
    #expect(
      data.files.map { $0.labelsPath?.split(separator: "/").last } == ["first.npy", "second.npy", nil])
    // With a model, --labels alone is the labels of what is scored; here without one.
    request.train = []
    request.testKeys.labels = nil
    request.keys.labels = folder.file("second.npy")
    #expect(await Opening(request).data?.test?.labels == [4, 3, -2, -1])
  }

  @Test func oneFileOfLabelsServesAllShardsInOrder() async throws {
    let folder = try ScratchFolder()
    let parts = [try features(folder, "p1.npy", [1, 2]), try features(folder, "p2.npy", [3])]
    let all = try labels(folder, "all.npy", [0, 1, 2])
    let opening = await Opening(DataRequest(train: parts, keys: ArrayKeys(labels: all)))
    #expect(opening.data?.train?.labels == [0, 1, 2])
    #expect(opening.data?.files.map { $0.labelCounts.map(\.label) } == [[0, 1], [2]])
    let short = try labels(folder, "short.npy", [0, 1])
    let refused = await Opening(DataRequest(train: parts, keys: ArrayKeys(labels: short)))
    #expect(refused.failure?.contains("short.npy: ‘short’ has 2 entries for 3 samples") == true)
  }

  @Test func oneFileHoldsAllSplits() async throws {
    let folder = try ScratchFolder()
    let path = folder.file("all.npz")
    func matrix(_ name: String, _ values: [Double]) -> OutputArray {
      OutputArray(name: name, shape: [values.count, 1], values: .float64(values))
    }
    try NPZWriter.write(
      [
        matrix("train/z", [1, 2]), OutputArray(name: "train/y", shape: [2], values: .int64([0, 1])),
        matrix("test/z", [3]), OutputArray(name: "test/y", shape: [1], values: .int64([1])),
        matrix("far", [7, 8]),
      ], to: path)
    var request = DataRequest(
      train: [path], test: [path], outOfDistribution: [path],
      keys: ArrayKeys(features: "train/z", labels: "train/y"))
    request.testKeys = ArrayKeys(features: "test/z", labels: "test/y")
    request.outOfDistributionKeys = ArrayKeys(features: "far")
    let data = try #require(await Opening(request).data)
    #expect(data.train?.labels == [0, 1])
    #expect(data.test?.labels == [1, -1, -1])
    #expect(try data.test?.rows.matrix(at: [0, 1, 2]).elements == [3, 7, 8])
  }

  @Test func aFolderIsUsedForWhatFeaturesItHolds() async throws {
    let folder = try ScratchFolder()
    _ = try features(folder, "part-1.npy", [1, 2])
    _ = try labels(folder, "part-1_labels.npy", [0, 1])
    _ = try features(folder, "part-2.npy", [3])
    _ = try labels(folder, "part-2_labels.npy", [1])
    _ = try labels(folder, "weights.npy", [1, 2, 3])
    _ = try folder.write("notes", to: "README.md")
    _ = try folder.write("PAR1\u{15}", to: "old.parquet")
    let opening = await Opening(DataRequest(train: [folder.path]))
    #expect(opening.data?.train?.labels == [0, 1, 1])
    #expect(
      opening.data?.remarks.map(\.description) == [
        "\(folder.path): left out 3 of 5 files, which hold no features: old.parquet, README.md, weights.npy"
      ])
    let looks = try FolderInspection([folder.path])
    #expect(looks.inspections.count == 3)
    #expect(looks.leftOut.map { $0.split(separator: "/").last } == ["old.parquet", "README.md"])
    // A file that is damaged, or that was named, is an error.
    try Data("\u{93}NUMPY".utf8).write(to: URL(fileURLWithPath: folder.file("part-3.npy")))
    #expect(await Opening(DataRequest(train: [folder.path])).failure?.contains("part-3.npy") == true)
    let named = await Opening(DataRequest(train: [folder.file("weights.npy")]))
    #expect(named.failure?.contains("weights.npy: none of its arrays") == true)
  }

  @Test func aFolderWithoutFeaturesSaysWhy() async throws {
    let folder = try ScratchFolder()
    _ = try labels(folder, "a.npy", [1, 2, 3])
    _ = try folder.write("notes", to: "notes.txt")
    let text = try #require(await Opening(DataRequest(train: [folder.path])).failure)
    #expect(text.hasPrefix("\(folder.path): none of its 2 files can be used; the first: "))
    #expect(text.contains("a.npy: none of its arrays (a) has a usual name for features"))
  }

  /// Validation samples are named, and scored instead of the test samples if they are asked for.
  @Test func validationSamplesAreScoredOnDemand() async throws {
    let folder = try ScratchFolder()
    let path = folder.file("all.npz")
    func matrix(_ name: String, _ values: [Double]) -> OutputArray {
      OutputArray(name: name, shape: [values.count, 1], values: .float64(values))
    }
    func labels(_ name: String, _ values: [Int]) -> OutputArray {
      OutputArray(name: name, shape: [values.count], values: .int64(values))
    }
    try NPZWriter.write(
      [
        matrix("train_feats", [1, 2]), labels("train_labels", [0, 1]), matrix("val_feats", [3, 4, 5]),
        labels("val_labels", [1, 0, 1]), matrix("test_feats", [6]), labels("test_labels", [0]),
      ], to: path)
    var request = DataRequest(train: [path], test: [path])
    let usual = try #require(await Opening(request).data)
    #expect(usual.test?.labels == [0])
    let remark = DataSetRemark.holdsValidationSplit(path: path, name: "val_feats")
    #expect(usual.remarks.contains(remark))
    #expect(
      remark.description
        == "\(path): holds validation samples, too (‘val_feats’); name ‘val_feats’ as the features to score to use them"
    )
    let roles = Dictionary(
      uniqueKeysWithValues: try #require(usual.files.first).arrays.map { ($0.name, $0.role) })
    #expect(roles["val_feats"] == .validationFeatures && roles["val_labels"] == .validationLabels)
    request.testKeys.features = "val_feats"
    let chosen = try #require(await Opening(request).data)
    #expect(chosen.test?.labels == [1, 0, 1])
    #expect(try chosen.test?.rows.matrix(at: [0, 1, 2]).elements == [3, 4, 5])
    #expect(!chosen.remarks.contains(remark))
  }

  @Test func otherEncodingsAreRemarked() async throws {
    let folder = try ScratchFolder()
    let path = try folder.file("x.csv", Array("id,label,f0\n".utf8) + [0xE9] + Array(",0,1\nb,1,2\n".utf8))
    let data = try #require(await Opening(DataRequest(train: [path])).data)
    #expect(data.train?.ids == ["é", "b"])
    #expect(data.remarks == [.windows1252(path: path)])
  }
}
