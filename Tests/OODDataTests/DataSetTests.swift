import FeatureFiles
import Foundation
import LinearAlgebra
import OODDetection
import TestData
import Testing

@testable import OODData

@Suite struct DataSetTests {
  private func write(
    _ folder: ScratchFolder, _ name: String, features: [Double], dimension: Int, labels: [Int]?,
    ids: [String]? = nil
  ) throws -> String {
    var arrays = [
      OutputArray(
        name: "features", shape: [features.count / dimension, dimension], values: .float64(features))
    ]
    if let labels { arrays.append(OutputArray(name: "y", shape: [labels.count], values: .int64(labels))) }
    if let ids { arrays.append(OutputArray(name: "ids", shape: [ids.count], values: .strings(ids))) }
    return try folder.npz(name, arrays)
  }

  @Test func shardsAreOneDataSetInOrder() async throws {
    let folder = try ScratchFolder()
    let first = try write(
      folder, "a.npz", features: [1, 2, 3, 4], dimension: 2, labels: [0, 1], ids: ["p", "q"])
    let second = try write(folder, "b.npz", features: [5, 6], dimension: 2, labels: [-1], ids: ["r"])
    let opening = await Opening(DataRequest(train: [first, second]))
    let train = try #require(opening.data?.train)
    #expect(train.count == 3)
    #expect(train.labels == [0, 1, -1])
    #expect(train.ids == ["p", "q", "r"])
    #expect(try train.rows.matrix(at: [2, 0, 1]).elements == [5, 6, 1, 2, 3, 4])
  }

  @Test func outOfDistributionFilesCountSoWhateverTheirLabels() async throws {
    let folder = try ScratchFolder()
    let test = try write(folder, "test.npz", features: [1, 2], dimension: 1, labels: [0, 1])
    let odd = try write(folder, "odd.npz", features: [3, 4], dimension: 1, labels: [5, -3])
    let bare = try write(folder, "bare.npz", features: [5], dimension: 1, labels: nil)
    let opening = await Opening(DataRequest(test: [test], outOfDistribution: [odd, bare]))
    #expect(opening.data?.test?.labels == [0, 1, -1, -3, -1])
  }

  @Test func filesThatAddNothingOrTwiceAreRemarkedOn() async throws {
    let folder = try ScratchFolder()
    let test = try write(folder, "test.npz", features: [1, 2], dimension: 1, labels: [0, 1])
    let odd = try write(folder, "odd.npz", features: [3, 4], dimension: 1, labels: nil)
    let none = try write(folder, "none.npz", features: [], dimension: 1, labels: [])
    let link = folder.file("link.npz")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: odd)
    let opening = await Opening(
      DataRequest(train: [test], test: [test], outOfDistribution: [odd, none, link, odd]))
    let data = try #require(opening.data)
    #expect(data.test?.count == 8)
    #expect(
      data.remarks == [
        .noSamples(path: none), .repeatedFile(path: link, otherPath: odd),
        .repeatedFile(path: odd, otherPath: odd),
      ])
    #expect(data.remarks[0].statement.text == "\(none): holds no samples")
    #expect(data.remarks[1].statement.text.hasPrefix("\(link): is the same file as \(odd), so each of"))
    #expect(data.remarks[2].statement.text.hasPrefix("\(odd): is named twice, so each of"))
  }

  @Test func everySampleRemembersItsFileAndRow() async throws {
    let folder = try ScratchFolder()
    _ = try write(folder, "part-2.npz", features: [1, .nan, 3], dimension: 1, labels: [0, 0, 0])
    _ = try write(folder, "part-10.npz", features: [4, 5], dimension: 1, labels: [1, 1])
    let opening = await Opening(DataRequest(train: [folder.path], skipsNonFinite: true))
    let train = try #require(opening.data?.train)
    let origins = (0..<train.count).compactMap { train.origin(of: $0) }
    #expect(
      origins.map { $0.path.split(separator: "/").last } == [
        "part-2.npz", "part-2.npz", "part-10.npz", "part-10.npz",
      ])
    #expect(origins.map(\.row) == [0, 2, 0, 1])
  }

  @Test func aBareArrayTakesItsLabelsFromItsNeighbor() async throws {
    let folder = try ScratchFolder()
    try NPYWriter.write(
      OutputArray(name: "x", shape: [2, 2], values: .float32([1, 2, 3, 4])), to: folder.file("train.npy"))
    try NPYWriter.write(
      OutputArray(name: "y", shape: [2], values: .int64([4, 9])), to: folder.file("train_labels.npy"))
    let opening = await Opening(DataRequest(train: [folder.file("train.npy")]))
    #expect(opening.data?.train?.labels == [4, 9])
    // Other features would not change which labels stand beside them, so none are proposed.
    try NPYWriter.write(
      OutputArray(name: "y", shape: [3], values: .int64([4, 9, 4])), to: folder.file("train_labels.npy"))
    let failure = await Opening(DataRequest(train: [folder.file("train.npy")])).failure
    #expect(failure?.hasSuffix("‘train_labels’ has 3 entries for 2 samples; every sample needs one") == true)
  }

  @Test func labelsMayStandInANamedFile() async throws {
    let folder = try ScratchFolder()
    let features = try write(folder, "a.npz", features: [1, 2], dimension: 1, labels: nil)
    try NPYWriter.write(
      OutputArray(name: "anything", shape: [2], values: .int64([1, 2])), to: folder.file("l.npy"))
    let opening = await Opening(
      DataRequest(train: [features], keys: ArrayKeys(labels: folder.file("l.npy"))))
    #expect(opening.data?.train?.labels == [1, 2])
  }

  @Test func nonFiniteSamplesStopTheLoadUnlessLeftOut() async throws {
    let folder = try ScratchFolder()
    let path = try write(
      folder, "a.npz", features: [1, 2, .nan, 4, 5, .infinity, 7, 8], dimension: 2, labels: [0, 0, 1, 1])
    let refused = await Opening(DataRequest(train: [path]))
    #expect(refused.data == nil)
    let text = try #require(refused.failure)
    #expect(text.contains(path) && text.contains("2 samples") && text.contains("rows 1, 2"))
    let kept = await Opening(DataRequest(train: [path], skipsNonFinite: true))
    let train = try #require(kept.data?.train)
    #expect(train.labels == [0, 1])
    #expect(train.originalIndices == [0, 3])
    #expect(try train.rows.matrix(at: [1]).elements == [7, 8])
    #expect(kept.data?.remarks.count == 1)
    #expect(kept.data?.files.first?.arrays.first?.nonFiniteCount == 2)
  }

  @Test func everyWayFilesCanDisagreeIsNamed() async throws {
    let folder = try ScratchFolder()
    let good = try write(folder, "good.npz", features: [1, 2, 3, 4], dimension: 2, labels: [0, 1])
    let short = try write(folder, "short.npz", features: [1, 2, 3, 4], dimension: 2, labels: [0])
    let wide = try write(folder, "wide.npz", features: [1, 2, 3], dimension: 3, labels: [0])
    let bare = try write(folder, "bare.npz", features: [1, 2], dimension: 2, labels: nil)
    let ragged = try folder.write("label,a,b\n0,1,2\n1,3\n", to: "ragged.csv")
    let worded = try folder.write("label,a,b\n0,1,2\n1,3,4\n0,5,6\n1,7,x7\n", to: "worded.csv")
    let cases: [(DataRequest, [String])] = [
      (DataRequest(), ["no file given"]),
      (DataRequest(train: [folder.file("none.npz")]), ["none.npz"]),
      (DataRequest(train: [short]), ["short.npz", "1 entries for 2 samples"]),
      (DataRequest(train: [good, wide]), ["wide.npz", "dimension 3", "has 2"]),
      (DataRequest(train: [good, bare]), ["bare.npz", "name the labels"]),
      (DataRequest(train: [good], keys: ArrayKeys(features: "no")), ["no", "‘features’, ‘y’"]),
      (DataRequest(train: [ragged]), ["ragged.csv", "3"]),
      (DataRequest(train: [worded]), ["worded.csv", "x7"]),
    ]
    for (request, fragments) in cases {
      let opening = await Opening(request)
      #expect(opening.data == nil)
      let text = opening.failure ?? ""
      for fragment in fragments { #expect(text.contains(fragment), "\(text) lacks \(fragment)") }
      #expect(!text.contains("\n"))
    }
  }

  @Test func trainingWithoutLabelsOrWithOnlyOutliersIsExplained() async throws {
    let folder = try ScratchFolder()
    let bare = try write(folder, "bare.npz", features: [1, 2], dimension: 1, labels: nil)
    let out = try write(folder, "out.npz", features: [1, 2], dimension: 1, labels: [-1, -2])
    for (path, fragment) in [(bare, "name the labels"), (out, "label")] {
      let request = DataRequest(train: [path])
      let opening = await Opening(request, fits: true)
      #expect(opening.detector == nil)
      #expect(opening.failure?.contains(fragment) == true)
    }
  }

  @Test func anInspectionNamesRolesAndProblems() throws {
    let folder = try ScratchFolder()
    let path = try write(
      folder, "a.npz", features: [1, .nan, 3, 4], dimension: 2, labels: [-1, -1], ids: ["a", "b"])
    let inspection = try FileInspection(path: path)
    #expect(inspection.report.arrays.map(\.role) == [.features, .labels, .ids])
    #expect(inspection.report.arrays[0].range == ValueRange(minimum: 1, maximum: 4, mean: 8.0 / 3))
    #expect(inspection.report.arrays[0].nonFiniteRows == [0])
    #expect(inspection.problems.count == 2)
    #expect(inspection.memory == nil)
  }

  @Test func anInspectionPlansMemory() throws {
    let folder = try ScratchFolder()
    let path = try write(
      folder, "a.npz", features: [1, 2, 3, 4, 5, 6], dimension: 2, labels: [3, -1, 3], ids: nil)
    let plenty = try #require(FileInspection(path: path, memory: MemoryBudget(bytes: 1 << 40)).memory)
    #expect(plenty.workload.classCount == 1 && plenty.workload.largestClassCount == 2)
    #expect(plenty.holdsAllFactors)
    #expect(plenty.summary.contains("of the 1 TiB permitted; K = 1, D = 2"))
    let few = try FileInspection(path: path, memory: MemoryBudget(bytes: 1 << 20))
    #expect(few.memory?.summary.contains("at least") == true)
    #expect(few.spectra?.summary.contains("spectra take at least") == true)
    let spectra = try #require(FileInspection(path: path, memory: MemoryBudget(bytes: 1 << 40)).spectra)
    #expect(spectra.workload.classCounts == [2] && spectra.holdsAllSpectra)
    #expect(spectra.summary.hasSuffix("all held, 32 bytes"))
    let json = try InspectionReport([few]).json()
    #expect(json.contains("\"permittedBytes\" : 1048576") || json.contains("\"permittedBytes\":1048576"))
  }

  @Test func anInspectionOfAnNPYFileFindsTheLabelsBesideIt() throws {
    let folder = try ScratchFolder()
    let path = folder.file("train.npy")
    try NPYWriter.write(
      OutputArray(name: "x", shape: [3, 2], values: .float64([1, 2, 3, 4, 5, 6])), to: path)
    #expect(try FileInspection(path: path).labelsPath == nil)
    let neighbor = folder.file("train_labels.npy")
    func label(_ labels: [Int]) throws {
      try NPYWriter.write(OutputArray(name: "y", shape: [labels.count], values: .int64(labels)), to: neighbor)
    }
    try label([4, 9, 4])
    let inspection = try FileInspection(path: path)
    #expect(inspection.labelsPath == neighbor && inspection.problems.map(\.description) == [])
    #expect(inspection.report.labelCounts.map(\.count) == [2, 1])
    #expect(inspection.memory?.workload.classCount == 2)
    try label([4, 9])
    let short = try FileInspection(path: path)
    #expect(short.memory == nil && short.problems.count == 1)
    #expect(short.problems[0].text.contains("train_labels.npy"))
  }
}
