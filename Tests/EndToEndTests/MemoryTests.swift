import FeatureFiles
import Foundation
import TestData
import Testing

/// What `--memory` permits, what is planned of it, and the cache that holds the rest.
@Suite("Memory and cache")
struct MemoryTests {
  private func memory(of path: String, _ options: String...) async throws -> [String: Any] {
    let arguments = ["inspect", path, "--format", "json"] + options
    let inspected = try await Command.run(Gmmscope.path, arguments).json()
    let file = try #require((inspected["files"] as? [[String: Any]])?.first)
    return try #require(file["memory"] as? [String: Any])
  }

  /// `train.npy` and `test.npy` of the sample data, since what is held decompressed comes on top.
  private func writeUncompressed(to folder: ScratchFolder) throws {
    for name in ["train", "test"] {
      let sample = try FeatureFile.open(Gmmscope.sample("\(name).npz"))
      let (features, labels) = (try #require(sample["features"]), try #require(sample["labels"]))
      try NPYWriter.write(
        OutputArray(
          name: "features", shape: features.shape, values: .float32(try features.doubles().map { Float($0) })),
        to: folder.file("\(name).npy"))
      try NPYWriter.write(
        OutputArray(name: "labels", shape: labels.shape, values: .int64(try labels.integers())),
        to: folder.file("\(name)_labels.npy"))
    }
  }

  /// As much memory as `inspect` says is the least: no factor is held, all are in the cache, and found there again.
  @Test func aTightBudgetGivesTheSameScores() async throws {
    let folder = try ScratchFolder()
    let environment = ["XDG_CACHE_HOME": folder.file("cache")]
    try writeUncompressed(to: folder)
    let (train, test) = (folder.file("train.npy"), folder.file("test.npy"))
    let inspected = try await Gmmscope.run("inspect", train, "--format", "json").json()
    let file = try #require((inspected["files"] as? [[String: Any]])?.first)
    let memory = try #require(file["memory"] as? [String: Any])
    let least = try #require(memory["leastBytes"] as? Int)
    #expect(memory["heldFactorCount"] as? Int == 8)
    func score(_ name: String, _ memory: String) async throws -> [Double] {
      let result = try await Gmmscope.run(
        "score", test, "--train", train, "--memory", memory, "-o", folder.file(name),
        environment: environment)
      #expect(result.status == 0, "\(result.errors)")
      return try FeatureFile.open(folder.file(name)).arrays[0].doubles()
    }
    func cached() -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.file("cache/gmmscope"))) ?? []).sorted()
    }
    let all = try await score("all.npy", "4GiB")
    #expect(cached().isEmpty)
    let tight = try await score("tight.npy", "\(least)")
    #expect(cached().count == 8)
    let names = cached()
    #expect(try await score("again.npy", "\(least)") == tight)
    #expect(cached() == names)
    #expect(zip(all, tight).allSatisfy { abs($0 - $1) <= 1e-12 * max(1, abs($0)) })
    let outliers = try await Gmmscope.run(
      "outliers", test, "--train", train, "--memory", "\(least)", "-k", "3", "--format", "json",
      environment: environment
    ).json()
    #expect((outliers["outliers"] as? [Any])?.count == 3)

    let short = try await Gmmscope.run(
      "score", test, "--train", train, "--memory", "\(least / 2)", environment: environment)
    #expect(short.status == 1)
    #expect(short.errors.contains("takes at least") && short.errors.contains("--memory"))

    // Spectra too: as much memory as they take at least holds none of them, and gives the same model.
    let plan = try #require(file["spectra"] as? [String: Any])
    let leastForSpectra = try #require(plan["leastBytes"] as? Int)
    #expect(plan["heldClassCount"] as? Int == 8)
    for (name, memory) in [("all", "4GiB"), ("tight", "\(leastForSpectra)"), ("again", "\(leastForSpectra)")]
    {
      let fit = try await Gmmscope.run(
        "fit", "--train", train, "--memory", memory, "-o", folder.file("\(name).npz"),
        environment: environment)
      #expect(fit.status == 0, "\(fit.errors)")
      #expect(cached().count { $0.hasSuffix(".spectrum") } == (name == "all" ? 0 : 8))
    }
    let models = try ["all", "tight", "again"].map { name in
      try FeatureFile.open(folder.file("\(name).npz"))
    }
    for name in ["mean", "eigenvalues", "eigenvectors", "count", "label"] {
      let values = try models.map { try $0.array(named: name).doubles() }
      #expect(values[0] == values[1] && values[1] == values[2] && !values[0].isEmpty)
    }
    let spectra = try await Gmmscope.run(
      "classes", "--train", train, "--memory", "\(leastForSpectra - 1)", environment: environment)
    #expect(spectra.status == 1 && spectra.errors.contains("--memory"))
    let wrong = try await Gmmscope.run("score", test, "--train", train, "--memory", "lots")
    #expect(wrong.status == 64)
  }

  /// Within what one thread's buffers and the heap's slack come to.
  @Test func thePlannedPeakIsWhatIsTaken() async throws {
    let folder = try ScratchFolder()
    try LargeSample.write(to: folder, classCount: 12, dimension: 640)
    let large = folder.file("large.npy")
    // The system counts what a process held before it became another program, so a small one starts it.
    let script = """
      import resource, subprocess, sys
      subprocess.run(sys.argv[1:], check=True)
      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
      """
    func score(_ path: String) async throws -> Int {
      let result = try await Command.run(
        "python3",
        [
          "-c", script, Gmmscope.path, "score", path, "--train", path, "--memory", "4GiB", "--threads", "2",
          "--quiet", "-o", folder.file("scores.npy"),
        ])
      #expect(result.status == 0, "\(result.errors)")
      return 1024 * (Int(result.output.split(separator: "\n").last ?? "") ?? 0)
    }
    let planned = try #require(
      try await memory(of: large, "--memory", "4GiB", "--threads", "2")["plannedPeakBytes"] as? Int)
    // The program itself, its libraries and their buffers.
    let least = try await score(Gmmscope.sample("train.npz"))
    let taken = try await score(large) - least
    #expect(taken <= planned, "\(taken >> 20) MiB taken, \(planned >> 20) MiB planned")
    #expect(taken >= planned / 6, "\(taken >> 20) MiB taken, \(planned >> 20) MiB planned")
  }

  @Test func twoProcessesShareOneCache() async throws {
    let folder = try ScratchFolder()
    try writeUncompressed(to: folder)
    let (train, test) = (folder.file("train.npy"), folder.file("test.npy"))
    let least = try #require(try await memory(of: train)["leastBytes"] as? Int)
    func score(_ name: String) async throws -> [Double] {
      let result = try await Gmmscope.run(
        "score", test, "--train", train, "--memory", "\(least)", "-o", folder.file(name),
        environment: ["XDG_CACHE_HOME": folder.file("cache")])
      #expect(result.status == 0, "\(result.errors)")
      return try FeatureFile.open(folder.file(name)).arrays[0].doubles()
    }
    // At once, with nothing in the cache, and again with all there.
    for round in 0..<3 {
      async let first = score("first-\(round).npy")
      async let second = score("second-\(round).npy")
      let (one, other) = try await (first, second)
      #expect(one == other && one.count == 787)
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.file("cache/gmmscope"))
    #expect(files.count == 8)
  }

  /// A pipe holds 64 KiB: what is longer waits for its reader, and arrives whole.
  @Test func longOutputGoesThroughPipes() async throws {
    let arguments = [
      "score", Gmmscope.sample("test.npz"), "--train", Gmmscope.sample("train.npz"), "--format", "json",
      "--quiet",
    ]
    let whole = try await Command.run(Gmmscope.path, arguments)
    #expect(whole.output.utf8.count > 100_000)
    let piped = try await Command.run(
      "sh", ["-c", "\"$0\" \"$@\" | (sleep 1; cat)", Gmmscope.path] + arguments)
    #expect(piped.output == whole.output)
    // A reader that leaves early ends it, without a word.
    let cut = try await Command.run("sh", ["-c", "\"$0\" \"$@\" | head -c 10", Gmmscope.path] + arguments)
    #expect(cut.output.utf8.count == 10 && cut.errors.isEmpty)
  }
}
