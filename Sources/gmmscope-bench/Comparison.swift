import FeatureFiles
import Foundation
import OODData
import OODDetection

/// Ours as a whole process, loading included, against what the peer takes to compute. Runs take turns.
struct Comparison: Codable, Sendable {
  /// `gmmscope score`, from start to end.
  let processSeconds: Spread
  let processPeakBytes: Int?
  let peerFitSeconds: Spread
  let peerScoreSeconds: Spread
  let peerSeconds: Spread
  let peerPeakBytes: Int
  /// Between the two programs' scores: the largest |a − b| / max(1, |b|).
  let largestScoreDifference: Double

  static func run(
    _ workload: Workload, _ options: BenchmarkOptions, peer: Peer, progress: (String) -> Void
  ) async throws -> Comparison {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (ours, theirs) = (directory + "/ours.npy", directory + "/theirs.npy")

    var processes: [ChildProcess.Outcome] = []
    var runs: [Peer.Run] = []
    for turn in 1...options.runCount {
      progress("gmmscope, run \(turn) of \(options.runCount)")
      processes.append(try await runProduct(workload, options, output: ours))
      progress("pytorch-ood, run \(turn) of \(options.runCount)")
      runs.append(
        try await peer.run(workload, regularization: options.regularization.value, output: theirs))
    }
    guard let process = Spread(processes.map(\.seconds)), let fit = Spread(runs.map(\.fitSeconds)),
      let score = Spread(runs.map(\.scoreSeconds)),
      let both = Spread(runs.map { $0.fitSeconds + $0.scoreSeconds })
    else { throw BenchFailure(description: "no runs") }
    return Comparison(
      processSeconds: process, processPeakBytes: processes.compactMap(\.peakBytes).max(),
      peerFitSeconds: fit, peerScoreSeconds: score, peerSeconds: both,
      peerPeakBytes: runs.map(\.peakBytes).max() ?? 0,
      largestScoreDifference: AccuracyCheck.worstError(try values(at: ours), try values(at: theirs)))
  }

  /// Scores the test samples in a process of its own.
  ///
  /// - Parameter setting: nil for the default one at the λ of the options.
  static func runProduct(
    _ workload: Workload, _ options: BenchmarkOptions, at setting: DetectorSetting? = nil, output: String
  ) async throws -> ChildProcess.Outcome {
    let setting = setting ?? DetectorSetting(regularization: options.regularization)
    let outcome = try await ChildProcess.run(
      options.productPath,
      [
        "score", workload.testPath, "--train", workload.trainPath, "--threads", "\(options.threadCount)",
        "--quiet", "-o", output,
      ] + setting.commandLineOptions + (options.memory.map { ["--memory", "\($0.bytes)"] } ?? []))
    guard outcome.status == 0 else {
      throw BenchFailure(description: "\(options.productPath) failed: \(outcome.errors)")
    }
    return outcome
  }

  /// A new directory, which the caller removes.
  static func temporaryDirectory() throws -> String {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("gmmscope-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    return directory.path
  }

  static func values(at path: String) throws -> [Double] {
    try FeatureFile.open(path).arrays.first?.doubles() ?? []
  }
}
