import FeatureFiles
import LinearAlgebra
import OODData
import OODDetection
import TestData
import Testing

/// Files of moments: what is in them, and which of them merge.
@Suite struct MomentsFileTests {
  private let folder: ScratchFolder
  private let pipeline = DetectorPipeline(threadCount: 2)

  init() throws { folder = try ScratchFolder() }

  /// Writes a file of samples and its moments; returns the path of these.
  private func moments(
    _ name: String, _ rows: [[Double]], _ labels: [Int], classNames: [String] = [],
    normalization: Normalization = .none, ending: String = "safetensors"
  ) async throws -> String {
    let (samples, path) = (folder.file("\(name).npz"), folder.file("\(name).\(ending)"))
    var arrays = [
      OutputArray(
        name: "features", shape: [rows.count, rows[0].count], values: .float64(rows.flatMap(\.self))),
      OutputArray(name: "labels", shape: [labels.count], values: .int64(labels)),
    ]
    if !classNames.isEmpty {
      arrays.append(
        OutputArray(name: "class_names", shape: [classNames.count], values: .strings(classNames)))
    }
    try NPZWriter.write(arrays, to: samples)
    let data = try await pipeline.open(DataRequest(train: [samples])).data
    try await pipeline.writeMoments(of: data, normalization: normalization, to: path)
    return path
  }

  private static func rows(_ count: Int, seed: UInt64) -> [[Double]] {
    var numbers = NormalNumbers(seed: seed)
    return (0..<count).map { _ in numbers.vector(3) }
  }

  /// Arrays as another program would write them.
  private func write(_ name: String, _ changes: [String: OutputArray] = [:]) throws -> String {
    var arrays: [String: OutputArray] = [
      "label": OutputArray(name: "label", shape: [2], values: .int64([0, 4])),
      "count": OutputArray(name: "count", shape: [2], values: .int64([3, 5])),
      "mean": OutputArray(name: "mean", shape: [2, 2], values: .float64([1, 2, 3, 4])),
      "scatter": OutputArray(name: "scatter", shape: [2, 3], values: .float64([2, 1, 3, 5, 0, 4])),
    ]
    for (key, array) in changes { arrays[key] = array }
    let path = folder.file("\(name).npz")
    try NPZWriter.write(
      arrays.values.filter { !$0.shape.contains(-1) }.sorted { $0.name < $1.name }, to: path)
    return path
  }

  private static func missing(_ name: String) -> OutputArray {
    OutputArray(name: name, shape: [-1], values: .float64([]))
  }

  @Test func theLayoutIsWhatTheDocumentationSays() async throws {
    // Two samples of class 1 and one of class 5; an OOD sample belongs to none.
    let path = try await moments("a", [[1, 2, 3], [3, 2, 7], [9, 9, 9], [0, 0, 1]], [1, 1, -1, 5])
    let file = try FeatureFile.open(path)
    #expect(try file.array(named: "label").integers() == [1, 5])
    #expect(try file.array(named: "count").integers() == [2, 1])
    #expect(try file.array(named: "mean").doubles() == [2, 2, 5, 0, 0, 1])
    // Differences (−1, 0, −2) and (1, 0, 2): the upper triangle row by row.
    #expect(file["scatter"]?.shape == [2, 6])
    #expect(try file.array(named: "scatter").doubles() == [2, 0, 4, 0, 0, 8] + [0, 0, 0, 0, 0, 0])
    #expect(try file.array(named: "fourth_moment").doubles() == [50, 0])
    #expect(try file.array(named: "third_moment").doubles() == [0, 0, 0, 0, 0, 0])
    #expect(try file.array(named: "shard_count").integers() == [1])
    #expect(file.metadata["format"] == "gmmscope moments 1")
  }

  @Test func filesMergeToTheModelOfAllSamples() async throws {
    let rows = Self.rows(40, seed: 5)
    let labels = rows.indices.map { $0 % 3 }
    // Class 2 is missing from the first file, and the third is an npz.
    let first = rows.indices.filter { $0 < 20 && $0 % 3 != 2 }
    let second = rows.indices.filter { $0 < 20 && $0 % 3 == 2 }
    let third = rows.indices.filter { $0 >= 20 }
    var paths: [String] = []
    for (name, part, ending) in [
      ("a", first, "safetensors"), ("b", second, "safetensors"), ("c", third, "npz"),
    ] {
      if ending == "npz" {
        let data = DataSet(
          train: DataSplit(
            rows: Matrix(rowCount: part.count, columnCount: 3, elements: part.flatMap { rows[$0] }),
            labels: part.map { labels[$0] }))
        try await pipeline.writeMoments(of: data, normalization: .none, to: folder.file("\(name).npz"))
        paths.append(folder.file("\(name).npz"))
      } else {
        paths.append(try await moments(name, part.map { rows[$0] }, part.map { labels[$0] }))
      }
    }
    let matrix = Matrix(rowCount: 40, columnCount: 3, elements: rows.flatMap(\.self))
    let whole = try await SpectralDetector.fit(matrix, labels: labels)
    var models: [SpectralDetector] = []
    for order in [[0, 1, 2], [2, 0, 1]] {
      let merged = try MergedMoments(paths: order.map { paths[$0] })
      #expect(merged.labels == [0, 1, 2] && merged.counts == [14, 13, 13])
      models.append(try await pipeline.fit(merged, setting: .standard))
    }
    let (own, other) = (models[0].classes, models[1].classes)
    #expect(own.map(\.mean) == other.map(\.mean))
    #expect(own.map(\.spectrum.eigenvalues) == other.map(\.spectrum.eigenvalues))
    let expected = try await whole.scores(of: matrix, at: .standard)
    let found = try await models[0].scores(of: matrix, at: .standard)
    for (left, right) in zip(
      found.values(.negativeLogLikelihood), expected.values(.negativeLogLikelihood))
    {
      #expect(abs(left - right) <= 1e-9 * max(1, abs(right)))
    }
  }

  @Test func classesOfDifferentNumberingAreMatchedByName() async throws {
    let rows = Self.rows(6, seed: 9)
    let a = try await moments(
      "a", Array(rows[..<3]), [0, 0, 1], classNames: ["cat", "fox"])
    let b = try await moments("b", Array(rows[3...]), [0, 1, 1], classNames: ["dog", "fox"])
    let merged = try MergedMoments(paths: [a, b])
    #expect(merged.classNames == ["cat", "dog", "fox"])
    #expect(merged.labels == [0, 1, 2] && merged.counts == [2, 1, 3])
  }

  @Test func whatDoesNotBelongTogetherIsRefused() async throws {
    func expectRefusal(_ paths: [String], _ part: String) {
      #expect {
        try MergedMoments(paths: paths)
      } throws: {
        "\($0)".contains(part) && !"\($0)".contains("\n")
      }
    }
    let rows = Self.rows(4, seed: 2)
    let a = try await moments("a", rows, [0, 0, 1, 1])
    let unit = try await moments("unit", Self.rows(4, seed: 3), [0, 0, 1, 1], normalization: .l2)
    let flat = try await moments("flat", [[1, 2], [2, 1]], [0, 0])
    let copy = try await moments("copy", rows, [0, 0, 1, 1])
    expectRefusal([a, flat], "dimension 2 and 3")
    expectRefusal([a, unit], "normalization 1.0 and 0.0")
    expectRefusal([a, copy], "the samples of copy.npz, a copy of a.npz are in both, and would count twice")
    expectRefusal([a, a], "a.npz are in both")
    expectRefusal([try write("x"), try write("y")], "the same counts and means")
    expectRefusal([folder.file("a.npz")], "not a file of moments: no array ‘mean’")
  }

  @Test func aFileThatCannotBeMomentsSaysWhy() throws {
    for (key, array, part) in [
      ("scatter", Self.missing("scatter"), "no array ‘scatter’"),
      (
        "scatter", OutputArray(name: "scatter", shape: [2, 4], values: .float64([0, 0, 0, 0, 0, 0, 0, 0])),
        "‘scatter’ has shape [2, 4], not [2, 3]"
      ),
      ("label", OutputArray(name: "label", shape: [2], values: .int64([4, 0])), "not ascending"),
      ("label", OutputArray(name: "label", shape: [2], values: .int64([-1, 0])), "not ascending from 0"),
      ("count", OutputArray(name: "count", shape: [2], values: .int64([3, 0])), "class 4 has a count of 0"),
      ("count", OutputArray(name: "count", shape: [1], values: .int64([3])), "shape [1], not [2]"),
      ("normalization", OutputArray(name: "normalization", shape: [], values: .float64([3])), "3.0"),
    ] as [(String, OutputArray, String)] {
      let path = try write("bad", [key: array])
      #expect {
        try MomentsFile(contentsOf: path)
      } throws: {
        "\($0)".hasPrefix("\(path): not a file of moments: ") && "\($0)".contains(part)
      }
    }
    let path = try write(
      "negative",
      ["scatter": OutputArray(name: "scatter", shape: [2, 3], values: .float64([2, 1, 3, 5, 0, -4]))])
    let file = try MomentsFile(contentsOf: path)
    #expect(try file.statistics(0).count == 3)
    #expect {
      try file.statistics(1)
    } throws: {
      "\($0)".contains("the variance of dimension 1 is negative")
    }
  }

  @Test func inspectDescribesThem() async throws {
    let path = try await moments("a", Self.rows(5, seed: 1), [0, 0, 3, 3, -1], normalization: .l2)
    let inspection = try FileInspection(path: path)
    let outline = try #require(inspection.moments)
    #expect(outline.classCount == 2 && outline.dimension == 3 && outline.sampleCount == 4)
    #expect(outline.normalization == 1 && outline.shardCount == 1)
    #expect(outline.sources.map(\.name) == ["a.npz"])
    #expect(inspection.problems.isEmpty && inspection.model == nil)
    #expect(inspection.report.arrays.allSatisfy { $0.role == .unused })
  }
}
