import Foundation
import TestData
import Testing

/// The manners of the explorer in a terminal: mouse, sizes, signals, jobs, and terminals that it cannot use.
@Suite(.enabled(if: TmuxTerminal.isAvailable, Comment(rawValue: TmuxTerminal.absence)))
struct ExplorerTerminalTests {
  @Test func theMouseChoosesAScreenAndARow() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      let tabs = try await terminal.rows()[1]
      let tab = try #require(tabs.range(of: "Outliers"))
      let column = tabs.distance(from: tabs.startIndex, to: tab.lowerBound) + 1
      try await terminal.send(sequence: "[<0;\(column);2M")
      try await terminal.send(sequence: "[<0;\(column);2m")
      try await terminal.wait(for: "▸      1 digit-0701")
      try await terminal.send(sequence: "[<65;5;10M")
      try await terminal.wait(for: "another row to be chosen") { !$0.contains("▸      1 digit-0701") }
      try await terminal.quitExplorer()
    }
  }

  @Test func aTerminalTooSmallSaysSoAndRecovers() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.resize(width: 50, height: 12)
      try await terminal.wait(forAll: ["This terminal has 50×12", "needs 60×16"])
      try await terminal.press("3")
      try await terminal.resize(width: 60, height: 16)
      try await terminal.wait(for: "the screen from before") {
        $0.contains("Classes") && !$0.contains("digit-0701")
      }
      try await terminal.resize(width: 50, height: 12)
      try await terminal.wait(for: "needs 60×16")
      try await terminal.press("q")
      try await terminal.waitForPrompt()
      #expect(try await terminal.lastStatus() == 0)
    }
  }

  @Test func startedInTheBackgroundItWaitsForTheForeground() async throws {
    try await TmuxTerminal.open { terminal in
      let before = try await terminal.state()
      try await terminal.enter("\(TmuxTerminal.explorer) &")
      try await terminal.wait(for: "the job to be stopped") { screen in
        // Said with the next prompt.
        screen.contains("Stopped") || screen.contains("suspended")
      } asking: {
        try await terminal.press("Enter")
      }
      #expect(try await terminal.state() == before)
      #expect(!(try await terminal.screen()).contains("1 Classes"))
      try await terminal.enter("fg")
      try await terminal.wait(for: TmuxTerminal.explorerIsReady)
      try await terminal.press("3", until: "digit-0701")
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
      #expect(try await terminal.state() == before)
    }
  }

  /// Each would have been Esc and a handful of keys: `q`, `I`, `?`, `5`.
  @Test func sequencesThatNobodyBindsDoNothing() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      let before = try await terminal.screen()
      let sequences = [
        "q", "[I", "[O", "[?62;c", "[1;5C", "[1;3A", "[97;5u", "]11;rgb:5/5/5\u{07}", "[[E", "O5C",
      ]
      for sequence in sequences {
        try await terminal.send(sequence: sequence)
      }
      // What is pressed then is answered, from the same screen.
      try await terminal.press("j")
      try await terminal.wait(for: "the next class chosen") { $0 != before && $0.contains("1 Classes") }
      let after = try await terminal.rows()
      #expect(after.count == before.split(separator: "\n", omittingEmptySubsequences: false).count)
      #expect(after.contains { $0.hasPrefix(" ▸ ") })
      try await terminal.quitExplorer()
    }
  }

  @Test func suspendedItGivesTheTerminalBackAndContinuesWhereItWas() async throws {
    try await TmuxTerminal.open { terminal in
      let before = try await terminal.state()
      try await terminal.launch(TmuxTerminal.explorer)
      try await terminal.wait(for: TmuxTerminal.explorerIsReady)
      try await terminal.press("3", until: "digit-0701")
      let during = try await terminal.state()
      try await terminal.press("C-z")
      try await terminal.waitForPrompt()
      #expect(try await terminal.state() == before)
      try await terminal.enter("fg")
      try await terminal.wait(for: "digit-0701")
      try await terminal.press("j", until: "▸      2 digit-1581")
      #expect(try await terminal.state() == during)
      try await terminal.quitExplorer()
      #expect(try await terminal.state() == before)
    }
  }

  @Test(
    arguments: [
      (SIGHUP, 129), (SIGINT, 130), (SIGTERM, 143), (SIGQUIT, 131), (SIGABRT, 134), (SIGSEGV, 139),
    ] as [(Int32, Int32)])
  func endedBySignalItLeavesTheTerminalAsItWas(signal: Int32, status: Int32) async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.enter("ulimit -c 0")
      let before = try await terminal.state()
      try await terminal.launch(TmuxTerminal.explorer)
      try await terminal.wait(for: TmuxTerminal.explorerIsReady)
      try terminal.signal(signal)
      try await terminal.waitForPrompt()
      #expect(try await terminal.lastStatus() == status)
      #expect(try await terminal.state() == before)
    }
  }

  @Test func withoutUnicodeAndColorsItIsPlainText() async throws {
    try await TmuxTerminal.open(locale: "C", environment: ["NO_COLOR": "1"]) { terminal in
      try await terminal.launch("env NO_COLOR=1 \(TmuxTerminal.explorer)")
      try await terminal.wait(for: TmuxTerminal.explorerIsReady)
      for key in ["2", "3", "4"] {
        try await terminal.press(key, until: "AUROC")
        let screen = try await terminal.screen()
        #expect(screen.utf8.count == screen.count)
        #expect(!screen.contains("?????"))
      }
      try await terminal.quitExplorer()
    }
  }

  @Test func withoutATerminalItNamesItsTwins() async throws {
    let result = try await Gmmscope.run("explore", Gmmscope.sample("train.npz"))
    #expect(result.status == 1)
    #expect(result.output == "")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(result.errors.contains("standard input"))
    #expect(result.errors.contains("gmmscope classes") && result.errors.contains("gmmscope snapshot"))
  }

  @Test(arguments: ["dumb", "no-such-terminal"])
  func onATerminalThatCannotPlaceTextItNamesItsTwins(type: String) async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.enter("env TERM=\(type) \(TmuxTerminal.explorer) 2>errors")
      #expect(try await terminal.lastStatus() == 1)
      let errors = try terminal.home.text(of: "errors")
      #expect(errors.contains(type) && errors.contains("gmmscope snapshot"))
      #expect(errors.split(separator: "\n").count == 1)
    }
  }
}
