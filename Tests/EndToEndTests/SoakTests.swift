import Foundation
import TestData
import Testing

/// A short form of `make soak`: damaged files, signals at random moments, random keys, from a seed.
///
/// One after the other: each takes the machine to itself.
@Suite(.enabled(if: Soak.isAvailable, "no python3: the soak needs it"), .serialized)
struct SoakTests {
  @Test func damagedFilesAreReadOrRefused() async throws {
    try await Soak.expectSuccess("files", "--files", "240", "--megabytes", "3000")
  }

  @Test func signalsLeaveTheTerminalAsItWas() async throws {
    try await Soak.expectSuccess("signals", "--signals", "24")
  }

  @Test func keysMouseAndResizesAreHarmless() async throws {
    try await Soak.expectSuccess("keys", "--seconds", "10")
  }

  /// A part of the long walk through every view at every size in every kind of terminal.
  @Test func walkShowsWhatAFullRedrawShowsAndCutsNothing() async throws {
    try await Soak.expectSuccess("walk", "--screens", "24", "--jobs", "2")
  }

  /// What it is there to notice, done by a program that does it.
  @Test(arguments: [
    ("files", "exit 3", "ended with status 3"),
    ("files", "kill -SEGV $$", "ended with status -11"),
    ("files", #"printf 'gmmscope: \033[31m\n' >&2; exit 1"#, "a control character on standard error"),
    ("signals", #"printf '\033[?1049h\033[?2004h'; while :; do sleep 0.1; done"#, "mode 1049 on"),
    (
      "signals",
      #"trap "printf '\033[?2004l'; exit 0" INT TERM HUP QUIT; stty -echo; printf '\033[?2004h'; "#
        + "while :; do sleep 0.1; done", "lflag"
    ),
    (
      "signals", "trap '' INT TERM HUP QUIT; printf '\\033[?2004h'; while :; do sleep 0.1; done",
      "did not end"
    ),
    ("keys", #"printf '\033[?2004h'; sleep 1; kill -SEGV $$"#, "ended with status -11"),
    ("keys", #"stty raw -echo; printf '\033[?2004h'; sleep 60"#, "no answer within"),
  ])
  func itNoticesWhatItIsThereFor(part: String, script: String, failure: String) async throws {
    let folder = try ScratchFolder()
    let program = folder.file("program")
    // A process of its own in the foreground takes the signals, as the program would. A shell writes it: were it
    // open for writing here while another test starts a process, it could not be executed (ETXTBSY).
    let written = try await Command.run(
      "/bin/sh", ["-c", #"printf '%s\n' '#!/bin/sh' "$2" > "$1" && chmod 755 "$1""#, "sh", program, script])
    try #require(written.status == 0, "\(written.errors)")
    let result = try await Soak.run(
      part, "--gmmscope", program, "--files", "2", "--signals", "1", "--seconds", "1", "--patience", "2")
    #expect(result.status == 1)
    #expect(result.output.contains("FAILED \(part)"), "\(result.output)\(result.errors)")
    #expect(result.output.contains(failure), "\(result.output)\(result.errors)")
  }
}

private enum Soak {
  static let isAvailable = Command.path(of: "python3") != nil

  static func run(_ arguments: String...) async throws -> Command.Result {
    try await Command.run("python3", ["\(Gmmscope.repository)/Tests/Soak/soak.py"] + arguments)
  }

  /// Runs one part; a busy machine may take its time to answer.
  static func expectSuccess(
    _ part: String, _ option: String, _ value: String, _ others: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let result = try await Command.run(
      "python3",
      ["\(Gmmscope.repository)/Tests/Soak/soak.py", part, "--gmmscope", Gmmscope.path, option, value]
        + ["--patience", "60"] + others)
    #expect(result.status == 0, "\(result.output)\(result.errors)", sourceLocation: sourceLocation)
  }
}
