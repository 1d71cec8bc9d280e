import FeatureFiles
import Foundation
import TestData
import Testing

/// The commands against a float64 oracle on larger data sets, which are not part of the repository: they are looked
/// for in the folder that `GMMSCOPE_ORACLE_DATA` names, else in `../shared/data`.
///
/// A set is a folder with `train.npz`, `test.npz`, and for each λ `oracle/reg1e-6.npz` with the oracle's arrays.
@Suite(.enabled(if: Oracle.isThere, "no oracle data: set GMMSCOPE_ORACLE_DATA to run these"), .serialized)
struct OracleTests {
  static let settings = ["digits", "glyphs"].flatMap { set in
    ["1e-6", "1e-3", "1e-1"].map { (set: set, regularization: $0) }
  }

  @Test(arguments: settings)
  func scoresMetricsAndClassesAgree(set: String, regularization: String) async throws {
    let oracle = try Oracle(set: set, regularization: regularization)
    let folder = try ScratchFolder()
    let worst = try oracle.doubles("condition_number").max() ?? 0
    // What float64 can promise at that condition number.
    let tolerance = worst <= 1e7 ? 1e-9 : 1e-6
    #expect(worst <= 1e10)

    for kind in ["nll", "mahalanobis"] {
      let setting = [
        oracle.file("test.npz"), "--train", oracle.file("train.npz"), "--reg", regularization, "--score",
        kind, "--quiet",
      ]
      try await succeed(["score"] + setting + ["-o", folder.file("\(kind).npy")])
      let scores = try FeatureFile.open(folder.file("\(kind).npy")).arrays[0].doubles()
      let expected = try oracle.doubles(kind)
      #expect(scores.count == expected.count)
      let error = zip(scores, expected).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
      #expect(error <= tolerance, "\(kind): \(error)")

      let evaluation = try await json(["evaluate"] + setting)
      let metrics = try oracle.metrics(regularization, kind)
      for (name, key) in [("AUROC", "auroc"), ("AUPR-OUT", "aupr"), ("FPR95TPR", "fpr95")] {
        let found = try #require(evaluation[name] as? Double)
        let wanted = try #require(metrics[key])
        #expect(abs(found - wanted) <= 1e-9, "\(kind) \(name)")
      }
    }
  }

  @Test(arguments: settings)
  func classNumbersAgree(set: String, regularization: String) async throws {
    let oracle = try Oracle(set: set, regularization: regularization)
    let table = try await json([
      "classes", "--train", oracle.file("train.npz"), "--reg", regularization, "--quiet",
    ])
    let classes = try #require(table["classes"] as? [[String: Any]])
    let conditions = try oracle.doubles("condition_number")
    let logDeterminants = try oracle.doubles("log_determinant")
    let counts = try oracle.doubles("count")
    let eigenvalues = try oracle.doubles("eigenvalues")
    let dimension = eigenvalues.count / counts.count
    let shift = try #require(Double(regularization))
    #expect(classes.count == counts.count)
    for (index, row) in classes.enumerated() {
      func number(_ name: String) throws -> Double { try #require(row[name] as? Double) }
      #expect(try number("count") == counts[index])
      #expect(abs(try number("conditionNumber") / conditions[index] - 1) <= 1e-6)
      let logDeterminant = logDeterminants[index]
      #expect(abs(try number("logDeterminant") - logDeterminant) <= 1e-8 * max(1, abs(logDeterminant)))
      // The oracle's eigenvalues have λ added.
      let spectrum = eigenvalues[index * dimension..<(index + 1) * dimension]
      let (least, greatest) = (try #require(spectrum.min()), try #require(spectrum.max()))
      #expect(abs((try number("smallestEigenvalue") + shift) / least - 1) <= 1e-6)
      #expect(abs((try number("largestEigenvalue") + shift) / greatest - 1) <= 1e-6)
    }
  }

  private func succeed(_ arguments: [String]) async throws {
    let result = try await Command.run(Gmmscope.path, arguments)
    #expect(result.status == 0, "\(result.errors)")
  }

  private func json(_ arguments: [String]) async throws -> [String: Any] {
    try await Command.run(Gmmscope.path, arguments + ["--format", "json"]).json()
  }
}

/// One data set's oracle at one λ.
private struct Oracle {
  static let folder =
    ProcessInfo.processInfo.environment["GMMSCOPE_ORACLE_DATA"] ?? "\(Gmmscope.repository)/../shared/data"
  static let isThere = FileManager.default.fileExists(atPath: "\(folder)/digits/oracle/metrics.json")

  private let set: String
  private let arrays: FeatureFile

  init(set: String, regularization: String) throws {
    self.set = set
    arrays = try FeatureFile.open("\(Self.folder)/\(set)/oracle/reg\(regularization).npz")
  }

  func file(_ name: String) -> String { "\(Self.folder)/\(set)/\(name)" }

  func doubles(_ name: String) throws -> [Double] { try arrays.array(named: name).doubles() }

  func metrics(_ regularization: String, _ kind: String) throws -> [String: Double] {
    let data = try Data(contentsOf: URL(fileURLWithPath: file("oracle/metrics.json")))
    let all = try JSONSerialization.jsonObject(with: data) as? [String: [String: [String: Double]]]
    return try #require(all?[regularization]?[kind])
  }
}
