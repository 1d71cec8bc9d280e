import Foundation
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
    #expect(result.output == "ok \(6 * (2 * ranks + 4))\n")
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
    for arguments in [
      ["inspect", train], ["explore", train, test], ["snapshot", train, "--screen", "data"],
    ] {
      let result = try await Command.run(
        "mpirun", Cluster.arguments(ranks: 3, [try #require(Cluster.binary)] + arguments))
      #expect(
        result.errors
          == "gmmscope: \(arguments[0]) runs as a single process, but 3 were started; start it without mpirun or "
          + "srun\n")
      #expect(result.status == 1 && result.output.isEmpty)
    }
  }
}
