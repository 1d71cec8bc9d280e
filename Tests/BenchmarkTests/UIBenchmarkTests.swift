import Foundation
import Testing

@testable import gmmscope_bench

struct UIBenchmarkTests {
  @Test func aPseudoTerminalHasItsSizeAndEchoesKeys() throws {
    let terminal = try PseudoTerminal(
      "/bin/sh", ["-c", "stty size; read line; echo \"took $line\"; read line"], environment: [:], width: 77,
      height: 23)
    #expect(text(of: terminal, until: "23 77").contains("23 77"))
    terminal.type("abc\n")
    #expect(text(of: terminal, until: "took abc").contains("took abc"))
  }

  @Test func endingsAreToldApart() throws {
    let well = try PseudoTerminal(
      "/bin/sh", ["-c", "stty -icanon; dd bs=1 count=1 2>/dev/null"], environment: [:], width: 80, height: 24)
    try well.quit()
    let badly = try PseudoTerminal(
      "/bin/sh", ["-c", "stty -icanon; dd bs=1 count=1 2>/dev/null; exit 3"], environment: [:], width: 80,
      height: 24)
    #expect(throws: PseudoTerminal.Failure.self) { try badly.quit() }
  }

  @Test func nothingComesOfAProgramThatIsSilent() throws {
    let terminal = try PseudoTerminal("/bin/sleep", ["60"], environment: [:], width: 80, height: 24)
    #expect(terminal.burst(within: .milliseconds(20)) == nil)
    #expect(try #require(terminal.processorSeconds) < 5)
  }

  @Test func aProgramThatAsksWhatTheTerminalIsGetsAnAnswer() throws {
    let terminal = try PseudoTerminal(
      "/bin/sh",
      ["-c", #"stty -icanon -echo; printf '\033[c'; dd bs=1 count=9 2>/dev/null | od -An -c; read line"#],
      environment: [:], width: 80, height: 24)
    let answer = text(of: terminal, until: "c\r\n").filter { !$0.isWhitespace }
    #expect(answer.contains("033[?62;22c"))
  }

  /// A key at the end of a table changes nothing, so the cursor of each must end where it began.
  @Test(arguments: [UIBenchmark.Moment.scoring, .computing, .idle])
  func keysEndWhereTheyBegin(moment: UIBenchmark.Moment) {
    var (screen, rows) = ("1", [String: Int]())
    for key in moment.keys + moment.keys {
      switch key {
      case "j": rows[screen, default: 0] += 1
      case "k": rows[screen, default: 0] -= 1
      default:
        #expect(key != screen, "\(key) would show what is shown")
        screen = key
      }
      #expect(rows.values.allSatisfy { (0...2).contains($0) })
    }
    #expect(screen == "1" && rows.values.allSatisfy { $0 == 0 })
  }

  @Test func aProgramThatEndsBeforeItsFirstFrameIsQuoted() throws {
    let script = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).sh")
    try Data("echo not a feature file; exit 1".utf8).write(to: script)
    defer { try? FileManager.default.removeItem(at: script) }
    let benchmark = UIBenchmark(productPath: "/bin/sh", runCount: 1)
    let scenario = UIBenchmark.Scenario(name: "x", files: [script.path], moments: [.idle])
    #expect {
      try benchmark.run(scenario)
    } throws: {
      "\($0)" == "it ended before its first frame: not a feature file"
    }
  }

  @Test(arguments: [(0.95, 95.0), (0.5, 50), (0.951, 96), (0, 1), (1, 100)])
  func quantilesAreNearestRanks(share: Double, value: Double) {
    #expect(UIBenchmark.quantile(share, of: (1...100).reversed().map(Double.init)) == value)
    #expect(UIBenchmark.quantile(share, of: []) == nil)
  }

  @Test func brokenPromisesAreNamed() {
    var row = UIReport.Row(name: "digits")
    #expect(UIReport(rows: [row]).isResponsive)
    row.unansweredKeys = ["j"]
    #expect(!UIReport(rows: [row]).isResponsive)
    #expect(UIReport(rows: [row]).text.contains("BROKEN PROMISE: digits: no answer to j"))
    row.unansweredKeys = []
    row.idleByteCount = 12
    #expect(!UIReport(rows: [row]).isResponsive)
    #expect(UIReport(rows: [row]).text.contains("12 bytes were drawn while nothing happened"))
  }

  private func text(of terminal: PseudoTerminal, until expected: String) -> String {
    var text = ""
    let deadline = ContinuousClock.now + .seconds(60)
    while !text.contains(expected), ContinuousClock.now < deadline {
      text += terminal.burst(within: .milliseconds(100))?.text ?? ""
    }
    return text
  }
}
