import OODDetection

/// pytorch-ood's GMM, and other programs to compare with, run by Python scripts that are part of this program.
struct Peer: Sendable {
  static let version = "0.4.0"

  let python: String
  let threadCount: Int
  /// Samples per call of its `predict_features`: it holds K·D numbers for each at once.
  let batchSize: Int

  struct Versions: Codable, Sendable {
    let pytorchOOD: String
    let torch: String
    let numpy: String
    let scipy: String
  }

  /// One fit and one scoring of the test samples, without loading.
  struct Run: Codable, Sendable {
    let fitSeconds: Double
    let scoreSeconds: Double
    let peakBytes: Int
  }

  typealias Failure = PythonScript.Failure

  /// Detectors of pytorch-ood besides the GMM. Both tie the covariance.
  enum Detector: String, Codable, Sendable {
    case mahalanobis = "Mahalanobis"
    case relativeMahalanobis = "RMD"
  }

  static let installation = """
    install it with
      pip install torch numpy scipy
      pip install --no-deps pytorch-ood==\(version)
    into the environment of the interpreter that --python names
    """

  /// What is installed.
  ///
  /// - Throws: ``Failure`` with what to install.
  func versions() async throws -> Versions {
    let found: Versions = try await output(of: PackageResources.pytorch_ood_peer_py, ["--check"])
    guard found.pytorchOOD == Self.version else {
      throw Failure(
        description:
          "pytorch-ood \(found.pytorchOOD) is installed, \(Self.version) is the peer: \(Self.installation)")
    }
    return found
  }

  /// Fits and scores once in a process of its own, and writes the scores (M,) to `output` as npy.
  func run(_ workload: Workload, regularization: Double, output: String) async throws -> Run {
    try await self.output(
      of: PackageResources.pytorch_ood_peer_py,
      arguments(workload, output) + ["--reg", "\(regularization)"])
  }

  /// The same by a plain NumPy program at a setting, which may have the absolute rule or the leave-one-out rule without
  /// pooling.
  func run(_ workload: Workload, _ setting: DetectorSetting, output: String) async throws -> Run {
    try await self.output(
      of: PackageResources.settings_peer_py,
      arguments(workload, output) + [
        "--normalization", "\(setting.fit.normalization.value)", "--pooling", "\(setting.fit.pooling.value)",
        "--rule", setting.fit.ridgeRule.rawValue, "--t", "\(setting.regularization.value)",
        "--score", setting.score.rawValue,
      ])
  }

  /// The same by another detector of pytorch-ood, with scores in the unit of ours.
  ///
  /// Its ridge cannot be chosen: 1e-6 on the diagonal of the scatter of all n training samples, which is λ = 1e-6 / n.
  func run(_ workload: Workload, _ detector: Detector, output: String) async throws -> Run {
    try await self.output(
      of: PackageResources.settings_peer_py, arguments(workload, output) + ["--detector", detector.rawValue])
  }

  private func arguments(_ workload: Workload, _ output: String) -> [String] {
    [
      "--train", workload.trainPath, "--test", workload.testPath, "--threads", "\(threadCount)",
      "--batch", "\(batchSize)", "--output", output,
    ]
  }

  private func output<Value: Decodable>(of script: [UInt8], _ arguments: [String]) async throws -> Value {
    let script = PythonScript(
      interpreter: python, source: String(decoding: script, as: UTF8.self), name: "the peer",
      installation: Self.installation)
    let threads = "\(threadCount)"
    return try await script.output(
      arguments, adding: ["OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads])
  }
}
