import FeatureFiles
import Foundation
import TestData
import Testing

/// Limits of the process end in one line, or do not matter; nothing hangs.
@Suite struct LimitTests {
  private static let commands = [
    ["--version"], ["inspect", Gmmscope.sample("train.npz"), "--quiet"],
    [
      "score", Gmmscope.sample("test.npz"), "--train", Gmmscope.sample("train.npz"), "--quiet", "--threads",
      "4",
    ],
    ["tune", "--train", Gmmscope.sample("train.npz"), "--quiet"],
    [
      "snapshot", Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"), "--screen", "outliers",
      "--quiet",
    ],
  ]

  /// Under `limit`, a command line of the shell's. What cannot even be loaded is the system's to say.
  private func expectEnd(under limit: String, environment: [String: String] = [:]) async throws {
    for arguments in Self.commands {
      let result = try await Command.run(
        "sh", ["-c", "\(limit); exec timeout -s KILL 240 \"$0\" \"$@\"", Gmmscope.path] + arguments,
        environment: environment)
      if result.errors.contains("shared librar") || result.errors.contains("shared object") { continue }
      #expect(
        result.status == 0 || result.status == 1, "\(limit), \(arguments): \(result.status) \(result.errors)")
      let lineCount = result.errors.split(separator: "\n").count
      #expect(lineCount == Int(result.status), "\(limit), \(arguments): \(result.errors)")
    }
  }

  /// In kB; OpenBLAS alone takes 128 MB for every thread that it starts or that calls it.
  @Test(arguments: [
    150_000, 200_000, 250_000, 300_000, 400_000, 450_000, 500_000, 600_000, 700_000, 1_000_000,
  ])
  func anAddressSpaceThatIsTooSmallIsSaid(size: Int) async throws {
    try await expectEnd(under: "ulimit -v \(size)")
  }

  /// Also where the environment asks OpenBLAS for threads, or there is none.
  @Test func openBLASStartsNoThreadsWhateverTheEnvironmentSays() async throws {
    try await expectEnd(under: "ulimit -v 500000", environment: ["OPENBLAS_NUM_THREADS": "4"])
    try await expectEnd(under: "ulimit -v 500000; exec env -i \"$0\" \"$@\"")
  }

  @Test(arguments: [4, 5, 6, 8, 10, 13, 16, 24, 40]) func tooFewFilesAreSaid(count: Int) async throws {
    try await expectEnd(under: "ulimit -n \(count)")
  }

  @Test func withoutStandardDescriptorsNothingIsWrittenIntoFiles() async throws {
    let folder = try ScratchFolder()
    let model = folder.file("model.npz")
    let fit = try await Command.run(
      "sh",
      [
        "-c", "\"$0\" fit --train \"$1\" -o \"$2\" <&- >&- 2>&-", Gmmscope.path, Gmmscope.sample("train.npz"),
        model,
      ])
    #expect(fit.status == 0)
    #expect(try FeatureFile.open(model)["mean"] != nil)
    let classes = try await Command.run(
      "sh", ["-c", "\"$0\" classes --model \"$1\" >&-", Gmmscope.path, model])
    #expect(classes.status == 1)
    #expect(classes.errors.split(separator: "\n").count == 1, "\(classes.errors)")
  }

  @Test func aFullDiskIsOneLine() async throws {
    let train = Gmmscope.sample("train.npz")
    for arguments in ["classes --train \"$1\"", "--help", "--version", "score --help", "snapshot \"$1\""] {
      let result = try await Command.run(
        "sh", ["-c", "\"$0\" \(arguments) >/dev/full", Gmmscope.path, train])
      #expect(result.status == 1, "\(arguments)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(arguments): \(result.errors)")
    }
  }

  /// INT and TERM end a command at any moment, whatever it is busy with, and leave no file.
  @Test(arguments: [SIGTERM, SIGINT]) func aSignalEndsACommandAtAnyMoment(signal: Int32) async throws {
    let folder = try ScratchFolder()
    let name = signal == SIGTERM ? "TERM" : "INT"
    for delay in [0.01, 0.05, 0.1, 0.2, 0.4] {
      let result = try await Command.run(
        "timeout",
        [
          "-k", "20", "-s", name, "--preserve-status", "\(delay)", Gmmscope.path, "fit", "--train",
          Gmmscope.sample("train.npz"), "-o", folder.file("model.npz"),
        ])
      #expect(
        result.status == 128 + signal || result.status == 0, "\(delay): \(result.status) \(result.errors)")
      #expect(Set(folder.entries).isSubset(of: ["model.npz"]))
    }
  }

  /// As after `nohup` or in the background of a script.
  @Test func signalsInheritedAsIgnoredStayIgnored() async throws {
    let result = try await Command.run(
      "sh",
      [
        "-c",
        "trap '' INT TERM HUP QUIT; \"$0\" fit --train \"$1\" & p=$!; for s in INT TERM HUP QUIT; do kill -$s $p; done; wait $p",
        Gmmscope.path, Gmmscope.sample("train.npz"),
      ])
    #expect(result.status == 0, "\(result.errors)")
  }
}
