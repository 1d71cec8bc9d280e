import FeatureFiles
import Foundation
import TestData
import Testing

/// The commands as a user or a script runs them, on the sample data.
@Suite struct HeadlessTests {
  private static let train = Gmmscope.sample("train.npz")
  private static let test = Gmmscope.sample("test.npz")

  @Test func everyFormatOfTheSampleGivesTheSameScores() async throws {
    let folder = try ScratchFolder()
    var first: [Double]?
    for ending in ["npz", "npy", "csv", "safetensors"] {
      let output = folder.file("\(ending)-scores.npy")
      let result = try await Gmmscope.run(
        "score", Gmmscope.sample("test.\(ending)"), "--train", Gmmscope.sample("train.\(ending)"), "--reg",
        "1e-3", "-o", output)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.isEmpty)
      let array = try FeatureFile.open(output).arrays[0]
      #expect(array.shape == [787])
      #expect(array.elementType == .float64)
      let scores = try array.doubles()
      // A table holds nine digits of each float32: enough to name it, not enough to be the same float64.
      if let first {
        let difference = zip(first, scores).map { abs($0 - $1) / max(1, abs($0)) }.max() ?? .infinity
        #expect(difference <= (ending == "csv" ? 1e-6 : 0), "\(ending)")
      }
      first = first ?? scores
    }
  }

  @Test func metricsAtALambdaThatNobodyChoseComeWithAWord() async throws {
    let folder = try ScratchFolder()
    let model = folder.file("model.safetensors")
    #expect(try await Gmmscope.run("fit", "--train", Self.train, "-o", model, "--quiet").status == 0)
    let evaluate = ["evaluate", Self.test, "--model", model]
    let word = try await Command.run(Gmmscope.path, evaluate)
    #expect(word.status == 0 && word.output.contains("AUROC"))
    #expect(word.errors.contains("ill-conditioned at λ = 1e-06"))
    #expect(word.errors.contains("let gmmscope tune propose a λ"))
    for arguments in [["--quiet"], ["--reg", "1e-6"], ["--reg", "1e-2"]] {
      let result = try await Command.run(Gmmscope.path, evaluate + arguments)
      #expect(result.status == 0 && !result.errors.contains("ill-conditioned"), "\(arguments)")
    }
  }

  @Test func aSavedModelScoresAsTheDetectorItCameFrom() async throws {
    let folder = try ScratchFolder()
    for ending in ["safetensors", "npz"] {
      let model = folder.file("model.\(ending)")
      let fitted = try await Gmmscope.run("fit", "--train", Self.train, "--reg", "1e-2", "-o", model)
      #expect(fitted.status == 0, "\(fitted.errors)")
      // Scored without a model, no spectrum is computed: the same numbers by another route.
      let direct = try await Gmmscope.run(
        "score", Self.test, "--train", Self.train, "--reg", "1e-2", "-o", folder.file("direct.npy"))
      // The model brings its λ along.
      let loaded = try await Gmmscope.run(
        "score", Self.test, "--model", model, "-o", folder.file("loaded.npy"))
      #expect(direct.status == 0 && loaded.status == 0, "\(direct.errors)\(loaded.errors)")
      let scores = try ["direct", "loaded"].map {
        try FeatureFile.open(folder.file("\($0).npy")).arrays[0].doubles()
      }
      #expect(scores[0].count == 787)
      let difference = zip(scores[0], scores[1]).map { abs($0 - $1) / max(1, abs($0)) }.max() ?? .infinity
      #expect(difference <= 1e-9)
    }
  }

  @Test func shardsScoreLikeOneFile() async throws {
    let once = try await Gmmscope.run("evaluate", Self.test, "--train", Self.train, "--format", "json").json()
    let twice = try await Gmmscope.run(
      "evaluate", Self.test, Self.test, "--train", Self.train, "--format", "json"
    ).json()
    #expect(once["inDistributionCount"] as? Int == 433)
    #expect(twice["inDistributionCount"] as? Int == 866)
    #expect(once["AUROC"] as? Double == twice["AUROC"] as? Double)
  }

  @Test func outOfDistributionFilesAndPatternsAreTaken() async throws {
    let result = try await Gmmscope.run(
      "evaluate", Self.test, "--ood", Self.train, "--train", Gmmscope.sample("tr*n.npz"), "--format", "json"
    ).json()
    #expect(result["outOfDistributionCount"] as? Int == 354 + 1010)
    let nothing = try await Gmmscope.run("score", "--train", Self.train)
    #expect(nothing.status == 64)
  }

  @Test func theWorstConditionedClassTheTopOutlierAndTheProposalCanBeHadFromCommands() async throws {
    let classes = try await Gmmscope.run("classes", "--train", Self.train, "--format", "json").json()
    #expect((classes["classes"] as? [[String: Any]])?.count == 8)
    let outliers = try await Gmmscope.run(
      "outliers", Self.test, "--train", Self.train, "-k", "3", "--format", "json"
    ).json()
    let rows = try #require(outliers["outliers"] as? [[String: Any]])
    #expect(rows.compactMap { $0["rank"] as? Int } == [1, 2, 3])
    #expect((rows[0]["dimensionShares"] as? [Any])?.count == 10)
    let tuned = try await Gmmscope.run("tune", Self.test, "--train", Self.train, "--format", "json").json()
    let path = try #require(tuned["path"] as? [[String: Double]])
    let proposed = try #require((tuned["proposed"] as? [String: Any])?["leaveOneOut"] as? Double)
    let best = path.min {
      $0["leaveOneOutNLL", default: .infinity] < $1["leaveOneOutNLL", default: .infinity]
    }
    #expect(best?["regularization"] == proposed)
  }

  @Test func aModelSaysWhatItWasFittedTo() async throws {
    let folder = try ScratchFolder()
    let model = folder.file("model.safetensors")
    let fitted = try await Gmmscope.run("fit", "--train", Self.train, "-o", model)
    #expect(fitted.status == 0, "\(fitted.errors)")
    let looked = try await Gmmscope.run("inspect", model, Self.train, "--format", "json").json()
    let files = try #require(looked["files"] as? [[String: Any]])
    let sources = try #require((files[0]["model"] as? [String: Any])?["sources"] as? [[String: Any]])
    #expect(sources.count == 1)
    #expect(sources[0]["name"] as? String == "train.npz")
    #expect(sources[0]["byteCount"] as? Int == files[1]["byteCount"] as? Int)
    #expect(sources[0]["checksum"] as? String == files[1]["checksum"] as? String)
    let table = try await Gmmscope.run("inspect", model)
    #expect(table.output.contains("a saved model: 8 classes, 64 dimensions, 1010 samples"))
    #expect(table.output.contains("fitted to train.npz, "))
    let scored = try await Gmmscope.run("score", Self.train, "--model", model, "-o", folder.file("s.npy"))
    #expect(scored.errors.contains("the model was fitted to this file"))
  }

  @Test func splitsAreNamedByOptionsAndLabelsStandInOtherFiles() async throws {
    let folder = try ScratchFolder()
    // Features alone, under names at which no labels stand.
    for name in ["train", "test"] {
      for (ending, copy) in [
        ("\(name).npy", "\(name)-features.npy"), ("\(name)_labels.npy", "\(name)-y.npy"),
      ] {
        try FileManager.default.copyItem(atPath: Gmmscope.sample(ending), toPath: folder.file(copy))
      }
    }
    let expected = try await Gmmscope.run("evaluate", Self.test, "--train", Self.train, "--format", "json")
    let options = [
      "evaluate", "--train", folder.file("train-features.npy"), "--labels", folder.file("train-y.npy"),
      "--test", folder.file("test-features.npy"), "--test-labels", folder.file("test-y.npy"), "--format",
      "json",
    ]
    let result = try await Command.run(Gmmscope.path, options)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == expected.output)
    let scored = try await Gmmscope.run(
      "evaluate", "--train", Self.train, "--test", folder.file("test-features.npy"), "--test-labels",
      folder.file("train-y.npy"))
    #expect(scored.status == 1)
    #expect(scored.errors.contains("train-y.npy: ‘train-y’ has 1010 entries for 787 samples"))
    let explored = try await Gmmscope.run(
      "snapshot", "--train", Self.train, "--test", Self.test, "--screen", "data")
    #expect(explored.output.contains("test.npz"))
  }

  @Test func anInspectionOfAFolderAndWhatWouldFit() async throws {
    let folder = try ScratchFolder()
    try NPZWriter.write(
      [
        OutputArray(name: "train.hidden", shape: [4, 2], values: .float64([1, 2, 3, 4, 5, 6, 7, 9])),
        OutputArray(name: "train.digit", shape: [4], values: .int64([0, 1, 0, 1])),
        OutputArray(name: "weight", shape: [2, 2], values: .float64([1, 2, 3, 4])),
      ], to: folder.file("a.npz"))
    try Data("notes".utf8).write(to: URL(fileURLWithPath: folder.file("notes.md")))
    let advice = "--features train.hidden --labels train.digit"
    let looked = try await Gmmscope.run("inspect", folder.file(""))
    #expect(looked.status == 0, "\(looked.errors)")
    #expect(looked.output.contains(advice))
    #expect(looked.output.contains("left out 1 of 2 files, which holds no features: notes.md"))
    let refused = try await Gmmscope.run("classes", "--train", folder.file("a.npz"))
    #expect(refused.status == 1)
    #expect(refused.errors.contains(advice))
    let followed = try await Command.run(
      Gmmscope.path,
      ["classes", "--train", folder.file("a.npz")] + advice.split(separator: " ").map(String.init))
    #expect(followed.status == 0, "\(followed.errors)")
  }

  @Test func aSnapshotIsTextAnsiOrAPicture() async throws {
    let text = try await Gmmscope.run(
      "snapshot", Self.train, Self.test, "--screen", "outliers", "--size", "100x30")
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.split(separator: "\n", omittingEmptySubsequences: false).count >= 30)
    #expect(text.output.contains("digit-0701"))
    #expect(!text.output.contains("\u{1B}"))
    let ansi = try await Gmmscope.run("snapshot", Self.train, "--format", "ansi")
    #expect(ansi.output.contains("\u{1B}["))
    let picture = try await Gmmscope.run("snapshot", Self.train, "--format", "svg")
    #expect(picture.output.hasPrefix("<svg") || picture.output.hasPrefix("<?xml"))
    let pressed = try await Gmmscope.run(
      "snapshot", Self.train, Self.test, "--size", "100x30", "--press", "o")
    #expect(pressed.output.contains("λ 1e-02 ↺1"))
  }

  @Test func badInputIsOneLineStatusOneAndNothingWritten() async throws {
    let folder = try ScratchFolder()
    func file(_ name: String, _ text: String) throws -> String {
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
      return folder.file(name)
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: Gmmscope.sample("train.npy")))
    try bytes.prefix(5_000).write(to: URL(fileURLWithPath: folder.file("short.npy")))
    try NPYWriter.write(
      OutputArray(name: "labels", shape: [3], values: .int64([0, 1, 2])), to: folder.file("three.npy"))
    let negative = try file("negative.csv", "label,a,b\n-1,1,2\n-1,2,3\n")
    let cases: [(arguments: [String], fragment: String)] = [
      (["--train", folder.file("missing.npz")], "missing.npz"),
      (["--train", folder.file("short.npy")], "short.npy"),
      (["--train", try file("ragged.csv", "label,a,b\n0,1,2\n1,2\n")], "line 3"),
      (
        ["--train", Gmmscope.sample("train.npz"), "--labels", folder.file("three.npy")], "3 entries for 1010"
      ),
      (["--train", Gmmscope.sample("train.npz"), "--features", "nothing"], "nothing"),
      (["--train", try file("worded.csv", "label,a,b\n0,1,2\n1,2,3\n0,3,5\n1,4,4\n0,5,apple\n")], "apple"),
      (["--train", negative], "label"),
      (["--train", try file("nan.csv", "label,a,b\n0,1,2\n1,nan,3\n")], "NaN"),
      (["--train", try file("text.bin", "this is no data file")], "text.bin"),
    ]
    let before = folder.entries
    for (arguments, fragment) in cases {
      let result = try await Command.run(
        Gmmscope.path, ["fit"] + arguments + ["-o", folder.file("model.npz")])
      #expect(result.status == 1, "\(arguments)")
      #expect(result.output.isEmpty)
      let lines = result.errors.split(separator: "\n")
      #expect(lines.count == 1, "\(result.errors)")
      #expect(result.errors.contains(fragment), "\(result.errors) lacks \(fragment)")
      #expect(folder.entries == before)
    }
  }

  @Test func wrongUsageIsStatus64() async throws {
    for arguments in [
      ["classes"], ["score", "--train", Self.train], ["classes", "--train", Self.train, "--reg", "-1"],
      ["evaluate", Self.test, "--train", Self.train, "--score", "entropy"], ["frobnicate", "--hard"],
      ["fit", "--train", Self.train, "-o", "model.txt"],
    ] {
      let result = try await Command.run(Gmmscope.path, arguments)
      #expect(result.status == 64, "\(arguments): \(result.errors)")
      #expect(result.output.isEmpty)
    }
  }

  @Test func anExistingFileSurvivesAFailedWrite() async throws {
    let folder = try ScratchFolder()
    try Data("precious".utf8).write(to: URL(fileURLWithPath: folder.file("scores.npy")))
    let result = try await Gmmscope.run(
      "score", folder.file("missing.npz"), "--train", Self.train, "-o", folder.file("scores.npy"))
    #expect(result.status == 1)
    #expect(try folder.text(of: "scores.npy") == "precious")
    #expect(folder.entries == ["scores.npy"])
  }

  @Test func withoutATerminalTheExplorerNamesTheCommands() async throws {
    let result = try await Gmmscope.run(Self.train, Self.test)
    #expect(result.status == 1)
    #expect(result.errors.contains("gmmscope"))
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test func theVersionNamesTheLinearAlgebra() async throws {
    let brief = try await Gmmscope.run("--version")
    #expect(brief.output.split(separator: ".").count == 3)
    let verbose = try await Gmmscope.run("--version", "--verbose")
    #expect(verbose.output.contains("OpenBLAS"))
    #expect(verbose.output.contains("kernels"))
  }

  @Test func resultsThatCannotBeWrittenAreAFailure() async throws {
    guard FileManager.default.isWritableFile(atPath: "/dev/full") else { return }
    func shell(_ command: String) async throws -> Command.Result {
      try await Command.run(
        "/bin/sh", ["-c", "\"$0\" classes --train \"$1\" \(command)", Gmmscope.path, Self.train])
    }
    for format in ["table", "json", "csv"] {
      let result = try await shell("--format \(format) >/dev/full")
      #expect(result.status == 1)
      #expect(result.errors.contains("standard output"))
      #expect(result.errors.split(separator: "\n").count == 1)
    }
    #expect(try await shell(">&-").status == 1)
    // Nowhere to complain to: the status still says it.
    #expect(try await shell(">/dev/full 2>/dev/full").status == 1)
    #expect(try await shell("2>&-").status == 0)
  }

  @Test func aReaderThatHasSeenEnoughEndsTheProgramQuietly() async throws {
    let result = try await Command.run(
      "/bin/sh",
      [
        "-c", "\"$0\" score \"$1\" --train \"$2\" --reg 1e-3 --format json | head -n 1", Gmmscope.path,
        Self.test,
        Self.train,
      ])
    #expect(result.output == "{\n")
    #expect(result.errors.isEmpty)
  }

  @Test func classesOfOneSampleTuneWithoutAProposal() async throws {
    let folder = try ScratchFolder()
    let lonely = folder.file("lonely.csv")
    try Data("label,a,b\n0,1,2\n1,2,3\n".utf8).write(to: URL(fileURLWithPath: lonely))
    for format in ["table", "json", "csv"] {
      let result = try await Gmmscope.run("tune", "--train", lonely, "--format", format)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("regularization"))
    }
  }
}
