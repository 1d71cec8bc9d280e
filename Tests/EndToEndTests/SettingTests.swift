import Foundation
import TestData
import Testing

/// Settings on the command line, on the sample data.
@Suite struct SettingCommandTests {
  private static let train = Gmmscope.sample("train.npz")
  private static let test = Gmmscope.sample("test.npz")
  /// Options, with the AUROC, FPR95TPR and accuracy that a float64 program in NumPy gives for them.
  private static let settings: [(options: [String], auroc: Double, fpr: Double, accuracy: Double)] = [
    (["--pooling", "0.03", "--reg", "1e-3", "--score", "relative-nll"], 0.99181, 0.032333, 0.99769),
    (["--normalization", "l2", "--pooling", "0.1", "--reg", "0.01x"], 0.98983, 0.043880, 0.99769),
    (["--reg", "loo"], 0.98085, 0.046189, 0.99307),
    (["--reg", "ledoit-wolf", "--score", "relative-mahalanobis"], 0.98303, 0.048499, 0.99307),
    (["--normalization", "1", "--reg", "oas"], 0.98705, 0.043880, 0.99538),
    (["--pooling", "1", "--reg", "1e-4", "--score", "mahalanobis"], 0.96421, 0.10393, 0.99769),
  ]

  private func object(_ arguments: [String]) async throws -> [String: Any] {
    try await Command.run(Gmmscope.path, arguments + ["--format", "json", "--quiet"]).json()
  }

  @Test(arguments: settings.indices) func commandsAndModelsAgree(index: Int) async throws {
    let (options, auroc, fpr, accuracy) = Self.settings[index]
    let evaluation = try await object(["evaluate", Self.test, "--train", Self.train] + options)
    for (name, value) in [("AUROC", auroc), ("FPR95TPR", fpr), ("accuracy", accuracy)] {
      #expect(abs(try #require(evaluation[name] as? Double) - value) < 1e-5, "\(name)")
    }
    #expect(evaluation["schemaVersion"] as? Int == 2)
    let setting = try #require(evaluation["setting"] as? NSDictionary)
    let folder = try ScratchFolder()
    let model = folder.file("model.safetensors")
    let fitted = try await Command.run(
      Gmmscope.path, ["fit", "--train", Self.train, "-o", model, "--quiet"] + options)
    #expect(fitted.status == 0, "\(fitted.errors)")
    let again = try await object(["evaluate", Self.test, "--model", model])
    #expect(again["setting"] as? NSDictionary == setting)
    #expect(abs(try #require(again["AUROC"] as? Double) - auroc) < 1e-5)

    let rows = try #require(
      try await object(["score", Self.test, "--train", Self.train] + options)["scores"] as? [[String: Any]])
    let outliers = try #require(
      try await object(["outliers", Self.test, "--train", Self.train, "-k", "3"] + options)["outliers"]
        as? [[String: Any]])
    for outlier in outliers {
      let row = rows[try #require(outlier["index"] as? Int)]
      let (score, expected) = (
        try #require(outlier["score"] as? Double), try #require(row["score"] as? Double)
      )
      #expect(abs(score - expected) <= 1e-9 * max(1, abs(expected)))
      #expect(outlier["nearestClass"] as? Int == row["nearestClass"] as? Int)
    }
  }

  @Test func aMapProposesPoolingAndRidge() async throws {
    let report = try await object([
      "tune", Self.test, "--train", Self.train, "--map", "--from", "1e-4", "--through", "1", "--points", "41",
    ])
    let map = try #require(report["map"] as? [[String: Any]])
    #expect(map.count == 7 * 41)
    let least = try #require(map.compactMap { $0["leaveOneOutNLL"] as? Double }.min())
    let proposed = try #require(report["proposed"] as? [String: Any])
    let (pooling, t) = (
      try #require(proposed["pooling"] as? Double), try #require(proposed["leaveOneOut"] as? Double)
    )
    let path = try await object([
      "tune", "--train", Self.train, "--pooling", "\(pooling)", "--from", "\(t)", "--through", "\(2 * t)",
      "--points", "2",
    ])
    let first = try #require((path["path"] as? [[String: Any]])?.first?["leaveOneOutNLL"] as? Double)
    #expect(first <= least)
    let csv = try await Gmmscope.run(
      "tune", "--train", Self.train, "--map", "--points", "3", "--format", "csv", "--quiet")
    let lines = csv.output.split(separator: "\n")
    #expect(lines.count == 1 + 7 * 3 && lines[0].hasPrefix("pooling,regularization,leaveOneOutNLL"))
  }

  @Test func whatAModelCannotDoIsSaid() async throws {
    let folder = try ScratchFolder()
    let model = folder.file("model.npz")
    let fit = try await Gmmscope.run(
      "fit", "--train", Self.train, "--normalization", "l2", "-o", model, "--quiet")
    #expect(fit.status == 0, "\(fit.errors)")
    let cases = [
      (["score", Self.test, "--model", model, "--pooling", "0.1"], "fit another model"),
      (["score", Self.test, "--model", model, "--reg", "loo"], "give --train instead of --model"),
      (
        ["export", model, "--for", "pytorch-ood", "-o", folder.file("gmm.npz")],
        "fit a model without normalization"
      ),
    ]
    for (arguments, text) in cases {
      let result = try await Command.run(Gmmscope.path, arguments)
      #expect(result.status == 1 && result.errors.contains(text), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("gmm.npz")))
  }
}
