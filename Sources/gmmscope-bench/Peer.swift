import Foundation

/// pytorch-ood's GMM, run by a Python script that is part of this program.
struct Peer: Sendable {
  static let version = "0.4.0"

  let python: String
  let threadCount: Int
  /// Samples per call of its `predict_features`: it holds K·D numbers for each at once.
  let batchSize: Int

  struct Versions: Codable, Sendable {
    let pytorchOOD: String
    let torch: String
  }

  /// One fit and one scoring of the test samples, without loading.
  struct Run: Codable, Sendable {
    let fitSeconds: Double
    let scoreSeconds: Double
    let peakBytes: Int
  }

  typealias Failure = PythonScript.Failure

  private static let script = String(decoding: PackageResources.pytorch_ood_peer_py, as: UTF8.self)

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
    let found: Versions = try await decode(["--check"])
    guard found.pytorchOOD == Self.version else {
      throw Failure(
        description:
          "pytorch-ood \(found.pytorchOOD) is installed, \(Self.version) is the peer: \(Self.installation)")
    }
    return found
  }

  /// Fits and scores once in a process of its own, and writes the scores (M,) to `output` as npy.
  func run(_ workload: Workload, regularization: Double, output: String) async throws -> Run {
    try await decode([
      "--train", workload.trainPath, "--test", workload.testPath, "--reg", "\(regularization)",
      "--threads", "\(threadCount)", "--batch", "\(batchSize)", "--output", output,
    ])
  }

  private func decode<Value: Decodable>(_ arguments: [String]) async throws -> Value {
    let script = PythonScript(
      interpreter: python, source: Self.script, name: "the peer", installation: Self.installation)
    return try await script.output(arguments, adding: ["OMP_NUM_THREADS": "\(threadCount)"])
  }
}
