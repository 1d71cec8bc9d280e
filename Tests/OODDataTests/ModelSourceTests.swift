import FeatureFiles
import Foundation
import TestData
import Testing

@testable import OODData

/// A model knows the files that it was fitted to.
@Suite struct ModelSourceTests {
  private func write(_ folder: ScratchFolder, _ name: String, shift: Double = 0) throws -> String {
    let values = (0..<24).map { Double(($0 * 37) % 11) + shift }
    return try folder.npz(
      name,
      [
        OutputArray(name: "features", shape: [12, 2], values: .float64(values)),
        OutputArray(name: "labels", shape: [12], values: .int64((0..<12).map { $0 % 2 })),
      ])
  }

  @Test func checksumsAreThoseOfOtherTools() throws {
    let folder = try ScratchFolder()
    let path = try folder.write("123456789", to: "check.txt")
    #expect(try Checksum.crc32(ofFileAt: path) == 0xCBF4_3926)
    #expect(ModelSource(name: "a", byteCount: 1, checksum: 0xCBF).checksumText == "00000cbf")
  }

  @Test(arguments: ["safetensors", "npz"]) func aModelNamesItsFilesAndKnowsThemAgain(_ ending: String)
    async throws
  {
    let folder = try ScratchFolder()
    let train = try write(folder, "train.npz")
    let labels = folder.file("labels.npy")
    try NPYWriter.write(
      OutputArray(name: "y", shape: [12], values: .int64((0..<12).map { $0 % 2 })), to: labels)
    let fitted = await Opening(DataRequest(train: [train], keys: ArrayKeys(labels: labels)), fits: true)
    let sources = try ModelSource.list(of: try #require(fitted.data))
    #expect(sources.map(\.name) == ["train.npz", "labels.npy"])
    #expect(sources[0].byteCount == (try Data(contentsOf: URL(fileURLWithPath: train)).count))
    let path = folder.file("model.\(ending)")
    try ModelFile(
      detector: try #require(fitted.detector), regularization: nil, classNames: [], sources: sources
    ).write(to: path)
    #expect(try ModelFile(contentsOf: path).sources == sources)
    let outline = try #require(try FileInspection(path: path).model)
    #expect(outline.sources == sources)
    #expect(outline.classCount == 2 && outline.dimension == 2 && outline.sampleCount == 12)
    #expect(try FileInspection(path: path).problems.map(\.description) == [])
    #expect(try FileInspection(path: train).model == nil)

    // The same file under any name; another under the same name; another altogether.
    let copy = folder.file("copy.npz")
    try FileManager.default.copyItem(atPath: train, toPath: copy)
    let notices = await Opening(DataRequest(test: [copy], model: path)).data?.remarks.map(\.description)
    #expect(
      notices == [
        "\(copy): the model was fitted to this file (train.npz); scores of training samples mislead"
      ])
    let other = try write(folder, "other.npz", shift: 1)
    #expect(await Opening(DataRequest(test: [other], model: path)).data?.remarks == [])
    _ = try write(folder, "train.npz", shift: 2)
    #expect(
      await Opening(DataRequest(test: [train], model: path)).data?.remarks.map(\.description) == [
        "\(train): not the file of this name that the model was fitted to; its content differs"
      ])
  }

  @Test func aModelWithoutSourcesIsAModel() async throws {
    let folder = try ScratchFolder()
    let fitted = await Opening(DataRequest(train: [try write(folder, "train.npz")]), fits: true)
    let path = folder.file("model.npz")
    try ModelFile(detector: try #require(fitted.detector), regularization: nil, classNames: []).write(
      to: path)
    #expect(try ModelFile(contentsOf: path).sources == [])
    #expect(try FileInspection(path: path).model?.sources == [])
  }
}
