import FeatureFiles
import Foundation
import TestData
import Testing

@testable import OODData

/// Which OOD sets the samples of opened files belong to.
@Suite struct OODSetTests {
  /// Writes features of one dimension with further arrays, and returns the path.
  private func write(
    _ folder: ScratchFolder, _ name: String, _ values: [Double], labels: [Int]? = nil,
    texts: (name: String, values: [String])? = nil
  ) throws -> String {
    let path = folder.file(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    var arrays = [OutputArray(name: "features", shape: [values.count, 1], values: .float64(values))]
    if let labels {
      arrays.append(OutputArray(name: "labels", shape: [labels.count], values: .int64(labels)))
    }
    if let texts {
      arrays.append(
        OutputArray(name: texts.name, shape: [texts.values.count], values: .strings(texts.values)))
    }
    try NPZWriter.write(arrays, to: path)
    return path
  }

  private func sets(_ request: DataRequest) async throws -> [String?] {
    let opening = await Opening(request)
    let samples = try #require(opening.data?.test, Comment(rawValue: opening.failure ?? ""))
    guard let found = samples.oodSets else { return [String?](repeating: nil, count: samples.count) }
    return found.indices.map { $0 < 0 ? nil : found.sets[Int($0)].fullName }
  }

  @Test func theOnlyNegativeLabelIsOneSetAndSeveralAreSeveral() async throws {
    let folder = try ScratchFolder()
    let one = try write(folder, "one.npz", [1, 2, 3], labels: [0, -7, -7])
    #expect(try await sets(DataRequest(test: [one])) == [nil, "OOD", "OOD"])
    let two = try write(folder, "two.npz", [1, 2, 3, 4], labels: [-10, 0, -2, -10])
    #expect(try await sets(DataRequest(test: [two])) == ["label -10", nil, "label -2", "label -10"])
    let names = try #require(await Opening(DataRequest(test: [two])).data?.test?.oodSets)
    #expect(names.sets.map(\.name) == ["label -2", "label -10"])
    #expect(names.counts == [1, 2])
    let bare = try write(folder, "bare.npz", [1])
    #expect(try await sets(DataRequest(test: [bare])) == [nil])
  }

  /// Small labels are counted in an array, others in a dictionary.
  @Test(arguments: [1, 1 << 15, 1 << 16, 1 << 40, Int.max / 3])
  func labelsOfAnySizeAreCounted(size: Int) async throws {
    let labels = [2, 0, -1, 2, -3, -1, 2].map { $0 * size }
    let counts = labelCounts(labels, classNames: [])
    #expect(counts.map(\.label) == [-3 * size, -size, 0, 2 * size])
    #expect(counts.map(\.count) == [1, 2, 1, 3])
    #expect(labelCounts([], classNames: []).isEmpty)
    let folder = try ScratchFolder()
    let path = try write(folder, "any.npz", [1, 2, 3, 4, 5, 6, 7], labels: labels)
    let names = [-3, -1].map { "label \($0 * size)" }
    #expect(
      try await sets(DataRequest(test: [path])) == [nil, nil, names[1], nil, names[0], names[1], nil])
  }

  @Test func filesAreSetsByTheirNamesOrTheUsersNames() async throws {
    let folder = try ScratchFolder()
    let test = try write(folder, "test.npz", [1, 2], labels: [0, -1])
    let first = try write(folder, "near.v2.npz", [3], labels: [4])
    let second = try write(folder, "far.npz", [4, 5], labels: [-1, -2])
    let files = [
      first, " near / ninco=\(second)", "near/ssb=\(first)", "near/ninco=\(second)",
    ]
    let request = DataRequest(test: [test], outOfDistribution: files)
    #expect(
      try await sets(request) == [
        nil, "OOD", "near.v2", "near/ninco", "near/ninco", "near/ssb", "near/ninco", "near/ninco",
      ])
    let found = try #require(await Opening(request).data?.test?.oodSets)
    #expect(found.sets.map(\.fullName) == ["near.v2", "near/ninco", "near/ssb", "OOD"])
    #expect(found.sets.map(\.name) == ["near.v2", "ninco", "ssb", "OOD"])
    #expect(found.groups == ["near"])
    #expect(found.counts == [1, 4, 1, 1])
  }

  @Test(
    arguments: [
      ("ninco", "ninco", nil), ("near/ninco", "ninco", "near"), ("a/b/c", "b/c", "a"), ("", "", nil),
      (" \n", "", nil), ("ñandú / 日本語 ", "日本語", "ñandú"),
    ] as [(String, String, String?)])
  func namesHaveAGroup(text: String, name: String, group: String?) {
    #expect(OODSet(text) == OODSet(name: name, group: group))
  }

  @Test func foldersAreGroupsOfSets() async throws {
    let folder = try ScratchFolder()
    for (place, name) in [
      "near/ninco.npz", "near/ssb.npz", "far/openimage/part-1.npz", "far/openimage/part-2.npz",
      "far/textures/features.npz", "plain.npz", "cifar/cifar10.npz", "cifar/cifar100.npz",
    ].enumerated() {
      _ = try write(folder, "ood/" + name, [Double(place)])
    }
    let root = folder.file("ood")
    let request = DataRequest(outOfDistribution: [root])
    let found = try #require(await Opening(request).data?.test?.oodSets)
    #expect(
      found.sets.map(\.fullName) == [
        "plain", "cifar/cifar10", "cifar/cifar100", "far/openimage", "far/textures", "near/ninco",
        "near/ssb",
      ])
    #expect(found.counts == [1, 1, 1, 2, 1, 1, 1])
    let near = DataRequest(outOfDistribution: [root + "/near/"])
    #expect(try await sets(near) == ["ninco", "ssb"])
    let shards = DataRequest(outOfDistribution: [root + "/far/openimage"])
    #expect(try await sets(shards) == ["openimage", "openimage"])
    let named = DataRequest(outOfDistribution: ["all=" + root + "/near"])
    #expect(try await sets(named) == ["all", "all"])
    let pattern = DataRequest(outOfDistribution: [root + "/near/*.npz"])
    #expect(try await sets(pattern) == ["ninco", "ssb"])
  }

  @Test func arraysNameSetsAndIDSamplesIgnoreThem() async throws {
    let folder = try ScratchFolder()
    let test = try write(
      folder, "test.npz", [1, 2, 3, 4], labels: [0, -1, -1, -1],
      texts: ("ood_sets", ["left out", "b", "", "b"]))
    #expect(try await sets(DataRequest(test: [test])) == [nil, "b", "OOD", "b"])
    let other = try write(
      folder, "other.npz", [1, 2, 3], labels: [1, -1, -1], texts: ("origin", ["x", "near/y", "z"]))
    #expect(try await sets(DataRequest(test: [other])) == [nil, "OOD", "OOD"])
    var keyed = DataRequest(test: [other])
    keyed.testKeys.oodSets = "origin"
    #expect(try await sets(keyed) == [nil, "near/y", "z"])
    var wrong = keyed
    wrong.testKeys.oodSets = "orign"
    #expect(await Opening(wrong).failure?.contains("no array named ‘orign’") == true)
    // A path per sample names no set, while a few distinct values do.
    let paths = try write(folder, "paths.npz", [1, 2], labels: [-1, -1], texts: ("source", ["a", "b"]))
    #expect(try await sets(DataRequest(test: [paths])) == ["OOD", "OOD"])
    let sources = try write(
      folder, "sources.npz", [1, 2, 3, 4], labels: [-1, -1, -1, -1], texts: ("source", ["a", "b", "a", "b"]))
    #expect(try await sets(DataRequest(test: [sources])) == ["a", "b", "a", "b"])
    // The user's name for a file takes precedence over an array, and that over the name of the file.
    let files = [sources, "c=" + sources]
    #expect(
      try await sets(DataRequest(outOfDistribution: files)) == ["a", "b", "a", "b", "c", "c", "c", "c"])
  }

  @Test func aFileNamesSetsOfAllSamplesToScore() async throws {
    let folder = try ScratchFolder()
    let test = try write(folder, "test.npz", [1, .nan, 3], labels: [0, -1, -1])
    let ood = try write(folder, "ood.npz", [4, 5])
    let names = try folder.npz(
      "names.npz", [OutputArray(name: "any", shape: [5], values: .strings(["", "a", "b", "b", "c"]))])
    var request = DataRequest(
      test: [test], outOfDistribution: [ood], skipsNonFinite: true)
    request.testKeys.oodSets = names
    // The second sample is excluded.
    #expect(try await sets(request) == [nil, "b", "b", "c"])
    request.outOfDistribution = []
    #expect(await Opening(request).failure?.contains("‘any’ has 5 entries for 3 samples") == true)
    #expect(request.inputPaths.contains(names))
  }

  @Test func aColumnOfNumbersThatNamesSetsIsNoFeature() async throws {
    let folder = try ScratchFolder()
    let path = folder.file("test.csv")
    try "f0,f1,label,origin\n1.5,2,0,3\n1,2.5,-1,4\n2,3,-1,3\n".write(
      toFile: path, atomically: true, encoding: .utf8)
    var request = DataRequest(train: [path], test: [path])
    request.testKeys.oodSets = "origin"
    #expect(try await sets(request) == [nil, "4", "3"])
    #expect(await Opening(request).data?.dimension == 2)
    let report = try FileInspection(path: path, keys: request.testKeys).report
    #expect(report.arrays.first { $0.name == "origin" }?.role == .oodSets)
  }

  @Test func pathsWithAnEqualsSignStayPaths() throws {
    let folder = try ScratchFolder()
    let path = try write(folder, "lr=0.1.npz", [1])
    func parsed(_ argument: String) -> [String?] {
      let source = OODSource(argument)
      return [source.set?.fullName, source.path]
    }
    #expect(parsed(path) == [nil, path])
    #expect(parsed(folder.path + "/lr=*.npz") == [nil, folder.path + "/lr=*.npz"])
    #expect(parsed("near/ninco=\(path)") == ["near/ninco", path])
    #expect(parsed("=none.npz") == [nil, "=none.npz"])
    #expect(parsed("none.npz") == [nil, "none.npz"])
  }

  @Test func requestsOfEarlierVersionsAreRead() throws {
    let old = """
      {"train":["a"],"test":[],"outOfDistribution":["o.npz"],"keys":{"features":"x"},"testKeys":{},
       "outOfDistributionKeys":{},"skipsNonFinite":true}
      """
    let request = try JSONDecoder().decode(DataRequest.self, from: Data(old.utf8))
    #expect(request.outOfDistribution == ["o.npz"])
    #expect(request.keys == ArrayKeys(features: "x"))
    var new = request
    new.outOfDistribution.append("near/p=p.npz")
    new.testKeys.oodSets = "dataset"
    #expect(try JSONDecoder().decode(DataRequest.self, from: JSONEncoder().encode(new)) == new)
  }
}
