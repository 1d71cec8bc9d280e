import FeatureFiles
import Foundation
import TestData
import Testing

/// The binary with MPI, started as several ranks on this machine.
enum Cluster {
  static let binary = ProcessInfo.processInfo.environment["GMMSCOPE_CLUSTER"]

  /// Why such tests cannot run; nil if they can.
  static let obstacle: String? =
    if Command.path(of: "mpirun") == nil {
      "mpirun is not installed"
    } else if binary == nil {
      "there is no binary with MPI; make test-cluster builds it"
    } else {
      nil
    }

  /// The arguments of mpirun. Ranks may be more than cores, and `--quiet` leaves out mpirun's own remarks on failures.
  static func arguments(ranks: Int, _ command: [String]) -> [String] {
    ["--quiet", "--oversubscribe", "-n", "\(ranks)"] + (getuid() == 0 ? ["--allow-run-as-root"] : [])
      + command
  }

  static func run(ranks: Int, _ arguments: String..., in folder: String? = nil) async throws -> Command.Result
  {
    try await Command.run(
      "mpirun", Self.arguments(ranks: ranks, [binary ?? "gmmscope"] + arguments), in: folder)
  }
}

@Suite(.serialized, .disabled(if: Cluster.obstacle != nil, "\(Cluster.obstacle ?? "")"))
struct ClusterTests {
  @Test(arguments: [2, 3, 4]) func collectivesBringWhatEveryRankExpects(ranks: Int) async throws {
    let binary = try #require(Cluster.binary)
    let check = URL(fileURLWithPath: binary).deletingLastPathComponent().path + "/communicator-check"
    let result = try await Command.run("mpirun", Cluster.arguments(ranks: ranks, [check]))
    #expect(result.output == "ok \(6 * (2 * ranks + 4) + 2)\n")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
  }

  @Test func oneRankIsAnOrdinaryProcess() async throws {
    let result = try await Cluster.run(ranks: 1, "inspect", Gmmscope.sample("train.npz"), "--format", "json")
    let alone = try await Gmmscope.run("inspect", Gmmscope.sample("train.npz"), "--format", "json")
    #expect(result.output == alone.output && result.status == 0)
  }

  @Test func whatEveryRankWouldSayIsSaidOnce() async throws {
    let version = try await Cluster.run(ranks: 3, "--version", "--verbose")
    #expect(version.status == 0 && version.errors.isEmpty)
    #expect(version.output.contains("\nMPI: Open MPI v"))
    #expect(version.output.split(separator: "\n").count == 4)
    let help = try await Cluster.run(ranks: 2, "help", "score")
    #expect(help.output == (try await Gmmscope.run("help", "score")).output)
  }

  @Test func wrongUsageIsTheErrorOfOneProcess() async throws {
    for arguments in [["evaluate", "--reg", "x"], ["score", "--nonsense"], ["evalute"]] {
      let several = try await Command.run(
        "mpirun", Cluster.arguments(ranks: 3, [try #require(Cluster.binary)] + arguments))
      let alone = try await Command.run(Gmmscope.path, arguments)
      #expect(several.status == 64 && alone.status == 64)
      #expect(several.errors == alone.errors)
      #expect(several.output.isEmpty)
    }
  }

  @Test func aCommandForOneProcessSaysSoOnce() async throws {
    let (train, test) = (Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"))
    let prepared = ", with --model and a model that ranks have fitted (gmmscope fit)"
    for (arguments, instead) in [
      (["inspect", train], ""), (["explore", train, test], ""),
      (["snapshot", train, "--screen", "data"], ""),
      (["audit", "--train", train], ""), (["outliers", test, "--train", train], prepared),
      (
        ["moments", train, "-o", "a.safetensors"],
        ", once for each part of the files, and give what is saved to fit --moments"
      ), (["fit", "--moments", train, "-o", "a.safetensors"], ""),
    ] {
      let command = arguments[1] == "--moments" ? "fit --moments" : arguments[0]
      let result = try await Command.run(
        "mpirun", Cluster.arguments(ranks: 3, [try #require(Cluster.binary)] + arguments))
      #expect(
        result.errors
          == "gmmscope: \(command) runs as a single process, but 3 were started; start it without mpirun or "
          + "srun\(instead)\n")
      #expect(result.status == 1 && result.output.isEmpty)
    }
  }

  // MARK: The same results

  @Test(arguments: [1, 2, 3, 4]) func scoresAreThoseOfOneProcess(ranks: Int) async throws {
    let (train, test) = (Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"))
    for setting in [
      [], ["--pooling", "0.3", "--reg", "0.01x", "--score", "relative-nll"],
      ["--normalization", "l2", "--reg", "oas", "--score", "mahalanobis"],
    ] {
      let arguments = ["score", test, "--train", train, "--format", "csv", "--quiet"] + setting
      let alone = try await Command.run(Gmmscope.path, arguments)
      let several = try await Command.run(
        "mpirun", Cluster.arguments(ranks: ranks, [try #require(Cluster.binary)] + arguments))
      #expect(several.status == 0 && several.errors.isEmpty, "\(several.errors)")
      let (found, expected) = (Self.cells(several.output), Self.cells(alone.output))
      #expect(found.count == expected.count && found.count > 1000)
      for (left, right) in zip(found, expected) where left != right {
        let (left, right) = (try #require(Double(left)), try #require(Double(right)))
        #expect(abs(left - right) <= 1e-12 * abs(right))
      }
    }
  }

  private static func cells(_ csv: String) -> [Substring] { csv.split { $0 == "," || $0.isNewline } }

  @Test func metricsAndRemarksAreThoseOfOneProcess() async throws {
    let (train, test) = (Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"))
    let arguments = ["evaluate", test, "--train", train]
    let alone = try await Command.run(Gmmscope.path, arguments)
    let several = try await Command.run(
      "mpirun", Cluster.arguments(ranks: 3, [try #require(Cluster.binary)] + arguments))
    #expect(several.output == alone.output && several.errors == alone.errors && several.status == 0)
  }

  @Test(arguments: [2, 3, 4]) func pathsAndComparisonsAreThoseOfOneProcess(ranks: Int) async throws {
    let (train, test) = (Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"))
    for arguments in [
      ["classes", "--train", train, "--pooling", "0.1"], ["tune", test, "--train", train],
      ["tune", "--train", train, "--map"], ["compare", test, "--train", train],
    ] {
      let command = [try #require(Cluster.binary)] + arguments + ["--format", "json", "--quiet"]
      let alone = try await Command.run("mpirun", Cluster.arguments(ranks: 1, command))
      let several = try await Command.run("mpirun", Cluster.arguments(ranks: ranks, command))
      #expect(several.status == 0 && several.errors == alone.errors, "\(several.errors)")
      try Self.expectEqual(
        JSONSerialization.jsonObject(with: Data(several.output.utf8)),
        JSONSerialization.jsonObject(with: Data(alone.output.utf8)), at: arguments[0])
    }
  }

  /// Expects the same JSON, with numbers that differ by at most 1e-12 of themselves.
  private static func expectEqual(_ found: Any, _ expected: Any, at place: String) {
    switch (found, expected) {
    case (let found as [String: Any], let expected as [String: Any]):
      #expect(found.keys.sorted() == expected.keys.sorted(), "\(place)")
      for (key, value) in expected { expectEqual(found[key] ?? "missing", value, at: "\(place).\(key)") }
    case (let found as [Any], let expected as [Any]):
      #expect(found.count == expected.count, "\(place)")
      for (index, pair) in zip(found, expected).enumerated() {
        expectEqual(pair.0, pair.1, at: "\(place)[\(index)]")
      }
    case (let found as Double, let expected as Double):
      #expect(abs(found - expected) <= 1e-12 * abs(expected), "\(place)")
    default: #expect("\(found)" == "\(expected)", "\(place)")
    }
  }

  // MARK: Failures

  @Test func badInputIsTheErrorOfOneProcess() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let damaged = folder.path("damaged.npz")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: Gmmscope.sample("train.npz")))
    try bytes.prefix(20_000).write(to: URL(fileURLWithPath: damaged))
    let (train, test) = (Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"))
    /// Another shard of the training samples, whose rows other ranks read than those of the first.
    func shard(_ name: String, dimension: Int = 64, labelCount: Int = 40, value: Double = 1) throws -> String
    {
      var features = (0..<40 * dimension).map { Double($0 % 17) }
      features[7 * dimension + 3] = value
      try NPZWriter.write(
        [
          OutputArray(name: "features", shape: [40, dimension], values: .float64(features)),
          OutputArray(name: "labels", shape: [labelCount], values: .int64((0..<labelCount).map { $0 % 8 })),
        ], to: folder.path(name))
      return folder.path(name)
    }
    let nan = try shard("nan.npz", value: .nan)
    let (wide, short) = (
      try shard("wide.npz", dimension: 65), try shard("short.npz", labelCount: 39)
    )
    try FileManager.default.createDirectory(
      atPath: folder.path("folder"), withIntermediateDirectories: false)
    let files = try folder.contents
    for arguments in [
      ["score", test, "--train", train, nan], ["tune", nan, "--train", train],
      ["fit", "--train", train, nan, "-o", folder.path("model.safetensors")],
      ["score", test, "--train", train, wide, "-o", folder.path("scores.npy")],
      ["evaluate", wide, "--train", train], ["evaluate", test, "--train", train, short],
      ["score", test, "--train", train, folder.path("folder")],
      ["fit", "--train", train, "-o", folder.path("folder/none/model.safetensors")],
      ["score", test, "--train", folder.path("missing.npz")], ["score", test, "--train", damaged],
      ["evaluate", test, "--train", Gmmscope.sample("train.npz"), "--labels", "none"],
      ["score", test, "--train", Gmmscope.sample("train.npz"), "-o", folder.path("none/scores.npy")],
      ["score", "-", "--train", test],
    ] {
      let several = try await Command.run(
        "mpirun", Cluster.arguments(ranks: 3, [try #require(Cluster.binary)] + arguments))
      let alone = try await Command.run(Gmmscope.path, arguments)
      #expect(several.status == 1 && alone.status == 1)
      if arguments[1] == "-" {
        #expect(several.errors.hasPrefix("gmmscope: standard input reaches rank 0 only"))
      } else {
        #expect(Self.failure(several.errors) == Self.failure(alone.errors))
      }
      #expect(several.errors.split(separator: "\n").count { $0.hasPrefix("gmmscope:") } <= 2)
      #expect(try folder.contents == files)
    }
  }

  /// The last line, which says what failed; remarks can stand before it.
  private static func failure(_ errors: String) -> Substring? { errors.split(separator: "\n").last }

  /// Each rank works in a folder of its own, with copies of the sample data, in which `change` spoils one.
  ///
  /// - Parameters:
  ///   - first: What the shell does that becomes a rank.
  ///   - waits: Whether rank 0 waits for data that never comes, and so the others for rank 0.
  /// - Returns: How the job ended; with status 124 it was stopped after a minute.
  private func failing(
    ranks: Int, first: String = "", waits: Bool = false,
    _ change: (_ folder: (Int) -> String) throws -> Void = { _ in }
  ) async throws -> Command.Result {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    for rank in 0..<ranks {
      try FileManager.default.createDirectory(
        atPath: folder.path("\(rank)"), withIntermediateDirectories: false)
      for name in ["train.npz", "test.npz"] {
        try FileManager.default.copyItem(
          atPath: Gmmscope.sample(name), toPath: folder.path("\(rank)/\(name)"))
      }
    }
    try change { folder.path("\($0)") }
    #expect(mkfifo(folder.path("0/pipe"), 0o600) == 0)
    // A pipe that is open for writing, too, has no end.
    let script = """
      cd "$1/$OMPI_COMM_WORLD_RANK" || exit 9
      if [ -p pipe ]; then exec 3<>pipe; else exec 3<test.npz; fi
      \(first)
      echo $$ >process
      exec "$0" score test.npz --train \(waits ? "/dev/fd/3" : "train.npz") -o scores.npy --quiet
      """
    let command = Cluster.arguments(
      ranks: ranks, ["sh", "-c", script, try #require(Cluster.binary), folder.path])
    let result = try await Command.run("timeout", ["60", "mpirun"] + command)
    let left = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    #expect(!left.contains { $0.hasSuffix(".npy") || $0.hasSuffix(".tmp") })
    for rank in 0..<ranks {
      let process = Int32(try folder.text(of: "\(rank)/process").dropLast()) ?? 0
      // mpirun does not wait for the last of those that it ends.
      var patience = 200
      while kill(process, 0) == 0, patience > 0 {
        try await Task.sleep(for: .milliseconds(50))
        patience -= 1
      }
      #expect(process > 0 && kill(process, 0) != 0, "rank \(rank) still runs")
    }
    return result
  }

  @Test func aFileThatOneRankLacksIsNamedWithTheRank() async throws {
    let result = try await failing(ranks: 3) { folder in
      try FileManager.default.removeItem(atPath: folder(1) + "/train.npz")
    }
    #expect(result.errors == "gmmscope: rank 1: train.npz: no such file\n")
    #expect(result.status == 1 && result.output.isEmpty)
  }

  @Test func aFileThatDiffersAmongRanksIsRefused() async throws {
    let result = try await failing(ranks: 3) { folder in
      try FileManager.default.removeItem(atPath: folder(2) + "/train.npz")
      try FileManager.default.copyItem(atPath: folder(0) + "/test.npz", toPath: folder(2) + "/train.npz")
    }
    #expect(
      result.errors
        == "gmmscope: train.npz: rank 2 finds another file there than rank 0; name files that all ranks share, by "
        + "the same path\n")
    #expect(result.status == 1)
  }

  /// Sends a signal from the shell of one rank, once the ranks know each other: then rank 1 has been silenced.
  private static func signal(_ signal: String, to process: String, from rank: Int) -> String {
    """
    if [ $OMPI_COMM_WORLD_RANK = \(rank) ]; then {
      until [ "$(readlink /proc/$(cat ../1/process)/fd/2)" = /dev/null ]; do sleep 0.1; done 2>/dev/null
      sleep 0.5
      kill -\(signal) \(process)
    } & fi
    """
  }

  @Test(arguments: [(0, 2), (1, 3), (0, 4), (3, 4)]) func aKilledRankEndsTheOthersWithALine(
    rank: Int, ranks: Int
  ) async throws {
    let result = try await failing(
      ranks: ranks, first: Self.signal("KILL", to: "$$", from: rank), waits: true)
    #expect(
      result.errors == "gmmscope: rank \(rank) was killed or crashed; the other ranks were stopped\n")
    #expect(result.status == 137)
  }

  /// Sends a signal while MPI starts: the last of three ranks never begins, so the others wait for it.
  private static func signalAtStart(_ signal: String, to process: String, from rank: Int) -> String {
    """
    catches() { [ $((0x$(sed -n 's/^SigCgt:\t//p' /proc/$(cat ../$1/process)/status) & 0x4000)) != 0 ]; }
    if [ $OMPI_COMM_WORLD_RANK = \(rank) ]; then {
      until catches 0 && catches 1; do sleep 0.1; done 2>/dev/null
      sleep 0.5
      kill -\(signal) \(process)
    } & fi
    if [ $OMPI_COMM_WORLD_RANK = 2 ]; then echo $$ >process; exec sleep 60; fi
    """
  }

  @Test(arguments: [0, 1, 2]) func aRankKilledWhileMPIStartsEndsTheOthersWithALine(rank: Int) async throws {
    let result = try await failing(ranks: 3, first: Self.signalAtStart("KILL", to: "$$", from: rank))
    #expect(
      result.errors == "gmmscope: rank \(rank) was killed or crashed; the other ranks were stopped\n")
    #expect(result.status == 137)
  }

  @Test func aSignalToMpirunWhileMPIStartsEndsAllRanks() async throws {
    let result = try await failing(ranks: 3, first: Self.signalAtStart("INT", to: "$PPID", from: 0))
    #expect(result.errors.isEmpty && result.output.isEmpty)
    #expect(result.status != 0 && result.status != 124)
  }

  @Test(arguments: ["INT", "TERM"]) func aSignalToMpirunEndsAllRanks(signal: String) async throws {
    // The parent of a rank is mpirun.
    let result = try await failing(
      ranks: 3, first: Self.signal(signal, to: "$PPID", from: 1), waits: true)
    #expect(result.errors.isEmpty && result.output.isEmpty)
    #expect(result.status != 0 && result.status != 124)
  }

  /// A job finds the classes that another one finished before a rank was killed, on another number of ranks.
  @Test func aRerunComputesWhatIsMissing() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let (classCount, size, dimension) = (16, 264, 256)
    var random = NormalNumbers(seed: 5)
    let train = folder.path("train.npz")
    try NPZWriter.write(
      [
        OutputArray(
          name: "features", shape: [classCount * size, dimension],
          values: .float64(random.vector(classCount * size * dimension))),
        OutputArray(
          name: "labels", shape: [classCount * size],
          values: .int64((0..<classCount * size).map { $0 % classCount })),
      ], to: train)
    /// The numbers of the spectra's files: one that is written again has another.
    func spectra() throws -> [String: Int?] {
      let cache = folder.path("gmmscope")
      return Dictionary(
        uniqueKeysWithValues: try FileManager.default.contentsOfDirectory(atPath: cache).map {
          ($0, try FileManager.default.attributesOfItem(atPath: cache + "/" + $0)[.systemFileNumber] as? Int)
        })
    }
    func fit(ranks: Int, first: String = "") async throws -> Command.Result {
      let script = """
        cd "$1" || exit 9
        \(first)
        exec "$0" fit --train train.npz -o model.safetensors --quiet
        """
      return try await Command.run(
        "timeout",
        ["100", "mpirun"]
          + Cluster.arguments(
            ranks: ranks, ["sh", "-c", script, try #require(Cluster.binary), folder.path]),
        environment: ["XDG_CACHE_HOME": folder.path])
    }
    let killed = try await fit(
      ranks: 2,
      first: """
        if [ $OMPI_COMM_WORLD_RANK = 1 ]; then {
          for moment in $(seq 5000); do [ -n "$(ls gmmscope)" ] && break; sleep 0.01; done
          kill -KILL $$
        } >/dev/null 2>&1 & fi
        """)
    #expect(killed.status == 137)
    #expect(try !folder.contents.contains("model.safetensors"))
    let finished = try spectra()
    #expect(!finished.isEmpty)
    #expect(try await fit(ranks: 3).status == 0)
    let all = try spectra()
    #expect(all.count == classCount)
    for (name, number) in finished { #expect(all[name] == number) }
  }
}
