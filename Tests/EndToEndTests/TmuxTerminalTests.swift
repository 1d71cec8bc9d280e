import TestData
import Testing

/// The harness itself: what later tests trust it with.
@Suite(.enabled(if: TmuxTerminal.isAvailable, Comment(rawValue: TmuxTerminal.absence)))
struct TmuxTerminalTests {
  @Test func whatIsTypedIsSeenAndStatusesAreReported() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.enter("echo 'λ ≥ 2' | tr 2 3")
      try await terminal.wait(for: "λ ≥ 3")
      #expect(try await terminal.lastStatus() == 0)
      try await terminal.enter("(exit 7)")
      #expect(try await terminal.lastStatus() == 7)
    }
  }

  @Test func sizeTypeLocaleAndHomeArePinned() async throws {
    try await TmuxTerminal.open(
      width: 71, height: 19, type: "xterm", locale: "C", environment: ["EXTRA": "here"]
    ) {
      terminal in
      try await terminal.enter("echo $(stty size) $TERM $LC_ALL $EXTRA; [ $PWD = $HOME ] || echo elsewhere")
      #expect(try await !terminal.wait(for: "19 71 xterm C here").contains("\nelsewhere"))
      try await terminal.resize(width: 90, height: 25)
      try await terminal.enter("stty size")
      try await terminal.wait(for: "25 90")
    }
  }

  @Test func aTerminalLeftInDisorderIsNoticed() async throws {
    try await TmuxTerminal.open { terminal in
      let before = try await terminal.state()
      #expect(!before.isAlternateScreen && before.isCursorVisible && !before.reportsMouse)
      try await terminal.enter("stty -ixon; printf '\\033[?1049h\\033[?25l\\033[?1002h'; echo done")
      try await terminal.wait(for: "\ndone")
      let after = try await terminal.state()
      #expect(after.isAlternateScreen && !after.isCursorVisible && after.reportsMouse)
      #expect(after.modes != before.modes)
    }
  }

  @Test func keysReachTheProgramInFront() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.enter("cat -v")
      try await terminal.wait(for: "cat")
      try await terminal.send(sequence: "[<0;5;3M")
      try await terminal.press("Enter")
      try await terminal.wait(for: "the echo of a mouse report") { $0.contains("\n^[[<0;5;3M") }
      try await terminal.press("C-d")
      try await terminal.waitForPrompt()
    }
  }

  @Test func aLaunchedProgramCanBeSentSignals() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.launch("sleep 100")
      try terminal.signal(15)
      #expect(try await terminal.lastStatus() == 143)
    }
  }

  @Test func whatNeverComesIsToldWithTheLastScreen() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.enter("echo something else")
      try await terminal.wait(for: "\nsomething else")
      do {
        try await terminal.wait(for: "absent", within: .zero)
        Issue.record("nothing was missed")
      } catch let error as TmuxTerminal.TimedOut {
        #expect("\(error)".contains("\"absent\""))
        #expect("\(error)".contains("something else"))
      }
    }
  }

  @Test func afterwardsNothingIsLeft() async throws {
    var home: String?
    try await TmuxTerminal.open { terminal in
      home = terminal.home.path
      let contents = terminal.home.entries
      #expect(contents.contains { $0.hasPrefix("tmux-") })
    }
    let path = try #require(home)
    let listing = try await Command.run("ls", [path])
    #expect(listing.status == 2)
  }
}
