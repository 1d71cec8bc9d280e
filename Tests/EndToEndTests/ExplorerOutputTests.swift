import Foundation
import TestData
import Testing

/// What the explorer writes and keeps: exports, the clipboard and the session.
@Suite(.enabled(if: TmuxTerminal.isAvailable, Comment(rawValue: TmuxTerminal.absence)))
struct ExplorerOutputTests {
  @Test func settingsAndBaselinesAreComparedSortedTakenAndExported() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("6")
      // A row per usual setting, the shown one being the default, and knn.
      try await terminal.wait(forAll: [
        "default", "proposed", "tied Mahalanobis", "RMD", "L2-normalized", "knn",
        "sample, chooses proposed (.9839)",
      ])
      // Sorted by the OOD set, the best on top; then the worst.
      try await terminal.press(">", ">", ">")
      try await terminal.wait(for: "the best row on top") { first($0).contains("*") }
      try await terminal.press("I")
      try await terminal.wait(for: "another row on top") { !first($0).contains("*") }
      try await terminal.press("v", "v", "v", untilAll: ["FPR95TPR  * best"])
      // The row that is taken is that of the header.
      try await terminal.press("<", "<", "<", "g", "j", "j", "j", "Enter")
      try await terminal.wait(forAll: ["α 1", "score relative-mahalanobis"])
      try await terminal.press("y", until: "Sent ")
      #expect(
        try await terminal.clipboard().hasPrefix(
          "gmmscope evaluate --pooling 1 --score relative-mahalanobis --train "))
      try await terminal.press("C-s", until: "export ")
      try await terminal.press("C-u")
      try await terminal.type("table.tex")
      try await terminal.press("Enter", until: "Wrote 6 rows")
      try await terminal.quitExplorer()
      #expect(try terminal.home.text(of: "table.tex").hasPrefix("\\begin{tabular}{lr}"))
    }
    func first(_ screen: String) -> String {
      screen.split(separator: "\n").dropFirst(5).first.map(String.init) ?? ""
    }
  }

  @Test func outliersAreExportedAndCopied() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("3", until: "digit-0701")
      // Tmux does not pass copied text on by default, so it is in a file too.
      try await terminal.press("y")
      try await terminal.wait(forAll: [
        "Sent digit-0701 to the terminal's clipboard, and wrote", "copied.txt",
      ])
      #expect(try await terminal.clipboard() == "digit-0701")
      try await terminal.press("Y", until: "Sent 2 lines")
      #expect(try await terminal.clipboard().hasPrefix("rank\tindex\tid\tlabel\t"))
      try await terminal.press("C-s", until: "export ")
      try await terminal.press("Enter", until: "Wrote 787 rows")
      try await terminal.quitExplorer()
      let lines = try terminal.home.text(of: "gmmscope-outliers.csv").split(separator: "\n")
      #expect(lines.count == 788)
      #expect(lines[1].contains("digit-0701"))
      // Every p-value, not only those of the rows that were on the screen.
      let place = try #require(lines[0].split(separator: ",").firstIndex(of: "pValue"))
      #expect(
        lines.dropFirst().allSatisfy {
          !$0.split(separator: ",", omittingEmptySubsequences: false)[place].isEmpty
        })
    }
  }

  /// The screen as a drawing of the terminal's size, without the prompt that asked for it.
  @Test func theScreenIsExported() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("2", until: "nll scores")
      let shown = try await terminal.rows()
      for name in ["screen.txt", "screen.svg"] {
        try await terminal.press("C-s", until: "export ")
        try await terminal.press("C-u")
        try await terminal.type(name)
        try await terminal.press("Enter", until: "Wrote the screen to \(name)")
        try await terminal.press("Escape")
      }
      try await terminal.quitExplorer()
      let lines = try terminal.home.text(of: "screen.txt").split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(lines[3...10].map { String($0) } == shown[3...10].map { $0.trimmedAtEnd })
      #expect(try terminal.home.text(of: "screen.svg").hasPrefix("<svg "))
    }
  }

  /// A killed process loses the last seconds only.
  @Test func theSessionIsKeptWhileTheExplorerRuns() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("3", until: "digit-0701")
      try await terminal.press("Space", "Space", until: "2 marked")
      let folder = terminal.home.file("state/gmmscope/sessions")
      var text = ""
      for _ in 0..<200 where !text.contains("digit-0701") {
        try await Task.sleep(for: .milliseconds(50))
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        text = names.first.flatMap { try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) } ?? ""
      }
      #expect(text.contains("\"name\" : \"digit-0701\""))
      try await terminal.quitExplorer()
    }
  }

  /// Five keys from the start: the most probable label errors are marked and exported.
  @Test func labelErrorsAreMarkedAndExported() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("3", until: "digit-0701")
      try await terminal.press("E", untilAll: ["5 of 1,010", "digit-1595"])
      try await terminal.press("*", until: "5 marked")
      try await terminal.press("C-s", until: "export ")
      try await terminal.press("Enter", until: "Wrote 5 rows")
      try await terminal.quitExplorer()
      let lines = try terminal.home.text(of: "gmmscope-outliers.csv").split(separator: "\n")
      #expect(lines[0].hasPrefix("rank,index,id,label,suggestedLabel,suggestedName,margin,"))
      #expect(lines[1].hasPrefix("1,898,digit-1595,7,5,"))
    }
  }

  /// Screen, setting, filter and marks are there again after quitting, unless that is refused.
  @Test func theUserComesBack() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("3", until: "digit-0701")
      try await terminal.press("=")
      try await terminal.type("1e-3")
      try await terminal.press("Enter", until: "λ 1e-03")
      try await terminal.press("\\")
      try await terminal.type("label = 4 and score > 0")
      try await terminal.press("Enter")
      try await terminal.press("Space", "Space", until: "2 marked")
      let table = try await terminal.rows()[3...8]
      try await terminal.quitExplorer()
      try await terminal.launch(TmuxTerminal.explorer)
      try await terminal.wait(forAll: ["λ 1e-03", "2 marked", "label = 4 and score > 0"])
      #expect(try await terminal.rows()[3...8].map(Self.name) == table.map(Self.name))
      try await terminal.press("Escape", until: "787 by nll")
      try await terminal.quitExplorer()
      try await terminal.launch("\(TmuxTerminal.explorer) --no-session")
      try await terminal.wait(forAll: [TmuxTerminal.explorerIsReady, "λ 1e-06", "1 Classes"])
      try await terminal.quitExplorer()
    }
  }

  /// The rank and the name in a row of the table.
  private static func name(_ row: String) -> String { String(row.prefix(24)) }
}

extension String {
  /// The text without spaces at its end.
  fileprivate var trimmedAtEnd: String {
    String(reversed().drop { $0 == " " }.reversed())
  }
}
