import ExplorerModel
import FeatureFiles
import Foundation
import LinearAlgebra
import OODDetection
import TestData
import Testing

@testable import gmmscope_bench

@Suite("Workloads")
struct WorkloadTests {
  /// Writes a small generated data set as the benchmark does, and removes it afterwards.
  private func withFiles<Result>(_ body: (Workload) async throws -> Result) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let features = SyntheticFeatures(classCount: 3, dimension: 16, seed: 1)
    for (split, count) in [("train", 90), ("test", 40)] {
      let labels = (0..<count).map(split == "train" ? features.trainingLabel : features.testLabel)
      try NPYWriter.write(
        OutputArray(name: "labels", shape: [count], values: .int64(labels)),
        to: "\(directory)/\(split)_labels.npy")
      try StreamedNPY.writeFloats(rowCount: count, columnCount: 16, to: "\(directory)/\(split).npy") {
        features.append(sample: $0, ofSplit: split == "train" ? 0 : 1, label: labels[$0], to: &$1)
      }
    }
    return try await body(
      Workload(
        name: .cifar100Like, trainPath: directory + "/train.npy", testPath: directory + "/test.npy",
        origin: "test"))
  }

  @Test("what is streamed into an npy file is what the reader finds, memory-mapped")
  func streamed() async throws {
    try await withFiles { workload in
      let array = try #require(try FeatureFile.open(workload.trainPath).arrays.first)
      #expect(array.shape == [90, 16])
      #expect(array.isMemoryMapped)
      var expected: [Float] = []
      SyntheticFeatures(classCount: 3, dimension: 16, seed: 1).append(
        sample: 4, ofSplit: 0, label: 1, to: &expected)
      #expect(try array.doubles(rows: [4]) == expected.map(Double.init))
    }
  }

  @Test("a whole benchmark measures every phase and finds the product accurate")
  func wholeRun() async throws {
    try await withFiles { workload in
      var options = BenchmarkOptions()
      options.runCount = 2
      var benchmark = await Benchmark(workload, options: options) { _ in }
      let report = try await benchmark.run(peer: nil)
      #expect(report.phases.map(\.phase) == Phase.allCases.filter { $0 != .process })
      #expect(report.phases.allSatisfy { $0.seconds.runCount == 2 && $0.seconds.minimum > 0 })
      #expect(report.shape?.classCount == 3 && report.shape?.testCount == 40)
      let regularizations = Set(report.accuracy.map(\.regularization))
      #expect(regularizations.isSuperset(of: AccuracyCheck.regularizations))
      #expect(report.accuracy.allSatisfy { $0.isKept && $0.comparedCount > 0 })
    }
  }

  @Test("a benchmark of one λ needs no spectra and is as accurate")
  func oneLambda() async throws {
    try await withFiles { workload in
      var options = BenchmarkOptions()
      options.runCount = 1
      options.includesSpectra = false
      options.memory = MemoryBudget(bytes: 1 << 30)
      var benchmark = await Benchmark(workload, options: options) { _ in }
      let report = try await benchmark.run(peer: nil)
      #expect(report.phases.map(\.phase) == [.load, .factor, .factoredScore])
      #expect(report.accuracy.map(\.regularization) == [1e-6, 1e-6, 1e-6])
      #expect(report.accuracy.allSatisfy { $0.isKept && $0.comparedCount > 0 })
    }
  }

  @Test(
    "at every timed setting the NumPy program gives the library's scores",
    .enabled(
      if: PythonInterpreter.has("numpy", "scipy"),
      "no Python with NumPy and SciPy: set GMMSCOPE_PYTHON to one"))
  func settings() async throws {
    try await withFiles { workload in
      let peer = Peer(python: PythonInterpreter.name, threadCount: 1, batchSize: 256)
      let train = try #require(try FeatureFile.open(workload.trainPath).arrays.first)
      let test = try #require(try FeatureFile.open(workload.testPath).arrays.first)
      let features = SyntheticFeatures(classCount: 3, dimension: 16, seed: 1)
      func matrix(_ array: NamedArray) throws -> Matrix {
        Matrix(rowCount: array.shape[0], columnCount: array.shape[1], elements: try array.doubles())
      }
      for timed in try TimedSetting.all(at: Regularization(1e-3)) {
        let detector = try await SpectralDetector.fit(
          matrix(train), labels: (0..<90).map(features.trainingLabel), setting: timed.setting.fit)
        let scores = try await detector.scores(
          of: matrix(test), at: timed.setting.regularization, includesBackground: true)
        let output = workload.trainPath + ".scores.npy"
        _ = try await peer.run(workload, timed.setting, output: output)
        let difference = AccuracyCheck.worstError(
          scores.values(timed.setting.score), try Comparison.values(at: output))
        #expect(difference < 1e-9, "\(timed.title)")
      }
    }
  }

  @Test("the reference agrees with a Gaussian written out by hand")
  func reference() async throws {
    // Two classes in one dimension: means 0 and 10, variances 1 and 4.
    let train = Matrix(rowCount: 4, columnCount: 1, elements: [-1, 1, 8, 12])
    let sample = Matrix(rowCount: 1, columnCount: 1, elements: [2])
    let reference = try await ReferenceScores(
      of: sample, train: train, labels: [0, 0, 5, 5], along: [Regularization(0.5)], threadCount: 2)
    let squares = [4 / 1.5, 64 / 4.5]
    let densities = zip(squares, [1.5, 4.5]).map { 0.5 * exp(-0.5 * $0) / (2 * .pi * $1).squareRoot() }
    #expect(abs(reference.mahalanobis[0][0] - squares[0]) < 1e-14)
    #expect(abs(reference.negativeLogLikelihood[0][0] + log(densities.reduce(0, +))) < 1e-14)
    #expect(zip(reference.logDeterminants[0], [1.5, 4.5]).allSatisfy { abs($0 - log($1)) < 1e-14 })
  }

  @Test("workloads without files say how to give them")
  func missing() {
    let files = WorkloadFiles(
      digitsDirectory: "/nonexistent", glyphsDirectory: nil, cacheDirectory: "/nonexistent",
      imagenetClassCount: 20)
    #expect(throws: WorkloadFiles.Missing.self) { try files.prepare(.glyphs) }
    #expect(throws: WorkloadFiles.Missing.self) { try files.prepare(.digits) }
    var unwritable = files
    unwritable.cacheDirectory = "/dev/null/cache"
    #expect(throws: BenchFailure.self) { try unwritable.prepare(.cifar100Like) }
  }

  @Test("a peer that is not there says how to install it, or that it does not start")
  func absentPeer() async {
    for python in ["/nonexistent/python", "no-such-interpreter-anywhere"] {
      await #expect(throws: Peer.Failure.self) {
        try await Peer(python: python, threadCount: 1, batchSize: 1).versions()
      }
    }
    #expect(Peer.installation.contains("pip install --no-deps pytorch-ood==0.4.0"))
  }
}
