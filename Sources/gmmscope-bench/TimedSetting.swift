import Foundation
import OODDetection

/// A setting of the detector family that is timed.
struct TimedSetting: Sendable {
  let title: String
  let setting: DetectorSetting
  /// The detector of pytorch-ood that is the same but for its ridge.
  var detector: Peer.Detector?

  /// - Parameter regularization: λ, for all but rules that choose ridges themselves.
  static func all(at regularization: Regularization) throws -> [TimedSetting] {
    func timed(_ title: String, _ fit: FitSetting = .standard, _ score: ScoreKind = .negativeLogLikelihood)
      -> TimedSetting
    {
      let t = fit.ridgeRule == .absolute ? regularization : fit.ridgeRule.standardRegularization
      return TimedSetting(title: title, setting: DetectorSetting(fit: fit, regularization: t, score: score))
    }
    let tied = FitSetting(pooling: .tied)
    var mahalanobis = timed("α = 1, mahalanobis", tied, .mahalanobis)
    mahalanobis.detector = .mahalanobis
    var relative = timed("α = 1, relative-mahalanobis", tied, .relativeMahalanobis)
    relative.detector = .relativeMahalanobis
    return [
      timed("default"), timed("α = 0.03", FitSetting(pooling: try Pooling(0.03))), mahalanobis, relative,
      timed("β = 1", FitSetting(normalization: .l2)), timed("loo", FitSetting(ridgeRule: .leaveOneOut)),
      timed("relative-nll", .standard, .relativeNegativeLogLikelihood),
    ]
  }

  /// Fits and scores as a process, in turn with the peers, and compares the scores.
  ///
  /// - Parameter fittedCount: n, on which the ridge of pytorch-ood's detectors depends.
  func run(
    _ workload: Workload, _ options: BenchmarkOptions, fittedCount: Int, peer: Peer?,
    progress: (String) -> Void
  ) async throws -> SettingRow {
    let directory = try Comparison.temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (ours, theirs) = (directory + "/ours.npy", directory + "/theirs.npy")
    var (own, numpy, detectors): ([Double], [Double], [Double]) = ([], [], [])
    for turn in 1...options.runCount {
      progress("\(title): gmmscope, run \(turn) of \(options.runCount)")
      own.append(
        try await Comparison.runProduct(workload, options, at: setting, output: ours).seconds)
      guard let peer else { continue }
      progress("\(title): NumPy, run \(turn) of \(options.runCount)")
      let run = try await peer.run(workload, setting, output: theirs)
      numpy.append(run.fitSeconds + run.scoreSeconds)
      guard let detector else { continue }
      progress("\(title): pytorch-ood, run \(turn) of \(options.runCount)")
      let other = try await peer.run(workload, detector, output: directory + "/detector.npy")
      detectors.append(other.fitSeconds + other.scoreSeconds)
    }
    guard let seconds = Spread(own) else { throw BenchFailure(description: "no runs") }
    var row = SettingRow(title: title, seconds: seconds)
    row.numpySeconds = Spread(numpy)
    row.detectorSeconds = Spread(detectors)
    if !numpy.isEmpty {
      row.numpyDifference = AccuracyCheck.worstError(
        try Comparison.values(at: ours), try Comparison.values(at: theirs))
    }
    if !detectors.isEmpty {
      var sameRidge = setting
      sameRidge.regularization = try Regularization(1e-6 / Double(fittedCount))
      _ = try await Comparison.runProduct(workload, options, at: sameRidge, output: ours)
      row.detectorDifference =
        Spread(
          zip(try Comparison.values(at: ours), try Comparison.values(at: directory + "/detector.npy"))
            .map(AccuracyCheck.relativeError))?.median
    }
    return row
  }
}

/// What one setting took.
struct SettingRow: Codable, Sendable {
  let title: String
  /// `gmmscope score`, from start to end.
  let seconds: Spread
  /// Fitting and scoring by the NumPy program, without loading.
  var numpySeconds: Spread?
  /// Between the two programs' scores: the largest |a − b| / max(1, |b|).
  var numpyDifference: Double?
  /// The same by a detector of pytorch-ood.
  var detectorSeconds: Spread?
  /// At that detector's ridge, the |a − b| / max(1, |b|) within which half of the scores are. It computes in single
  /// precision.
  var detectorDifference: Double?
  /// To a λ that the path does not hold, training and test samples: computed.
  var stepSeconds: Double?
  /// To a λ of the path.
  var pathStepSeconds: Double?

  /// Whether the scores agree as promised, where they were compared.
  var isKept: Bool { (numpyDifference ?? 0) <= AccuracyCheck.scoreLimit }
}
