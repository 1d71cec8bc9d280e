import Testing

/// Running a program and reading what it says, without a terminal.
@Suite struct CommandTests {
  @Test func outputErrorsAndStatusAreKeptApart() async throws {
    let result = try await Command.run("sh", ["-c", "echo out; echo err >&2; exit 3"])
    #expect(result.status == 3)
    #expect(result.output == "out\n")
    #expect(result.errors == "err\n")
  }

  @Test func aSignalCountsAsShellsCountIt() async throws {
    #expect(try await Command.run("sh", ["-c", "kill -TERM $$"]).status == 143)
  }

  @Test func theEnvironmentIsAddedToAndInputIsEmpty() async throws {
    let result = try await Command.run(
      "sh", ["-c", "cat; echo $EXTRA; pwd"], environment: ["EXTRA": "λ"], in: "/")
    #expect(result.output == "λ\n/\n")
  }

  @Test func muchOutputDoesNotStopTheProgram() async throws {
    let result = try await Command.run("sh", ["-c", "head -c 1000000 /dev/zero | tr '\\0' x"])
    #expect(result.output.utf8.count == 1_000_000)
  }

  @Test func whatIsNotThereIsAnError() async {
    await #expect(throws: Command.NotFound.self) { try await Command.run("no-such-program", []) }
  }

  @Test func theBuiltProgramIsFound() async throws {
    #expect(Gmmscope.path.hasSuffix("/gmmscope"))
    let result = try await Command.run("test", ["-x", Gmmscope.path])
    #expect(result.status == 0)
  }
}
