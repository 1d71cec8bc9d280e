import Foundation
import TestData
import Testing

/// Settings, colors, palette and help in a terminal.
@Suite(.enabled(if: TmuxTerminal.isAvailable, Comment(rawValue: TmuxTerminal.absence)))
struct AppearanceTests {
  private let explore = "\(Gmmscope.path) \(Gmmscope.sample("train.npz")) \(Gmmscope.sample("test.npz"))"

  private func writeSettings(_ text: String, in terminal: TmuxTerminal) throws {
    let folder = terminal.home.file("config/gmmscope")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/config.toml"))
  }

  @Test func settingsFileChangesKeysAndReportsWrongEntries() async throws {
    try await TmuxTerminal.open { terminal in
      try writeSettings(
        """
        [general]
        reg = 1e-2
        speed = 9
        [keys]
        undo = ["F2"]
        hover = ["h"]
        """, in: terminal)
      try await terminal.enter("\(explore) --no-session 2>errors")
      try await terminal.wait(forAll: ["λ 1e-02", "AUROC ."])
      try await terminal.press("}", until: "λ 1e-01")
      try await terminal.press("F2", until: "λ 1e-02")
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
      let errors = try terminal.home.text(of: "errors").split(separator: "\n")
      #expect(errors.count == 2)
      #expect(errors.contains { $0.contains("config.toml:3: ‘speed’ is not a setting") })
      #expect(errors.contains { $0.contains("config.toml:6: ‘hover’ is not a command") })
    }
  }

  @Test func trueColorIsDrawnWhereTheEnvironmentNamesIt() async throws {
    try await TmuxTerminal.open(
      type: "xterm-256color", environment: ["COLORTERM": "truecolor", "COLORFGBG": "0;15"]
    ) { terminal in
      let before = try await terminal.state()
      try await terminal.enter("\(explore) --no-session")
      try await terminal.wait(forAll: ["AUROC .", "ill-conditioned"])
      let light = try await terminal.colors()
      // The title of a column in the light theme.
      #expect(light.contains("38;2;63;92;134"))
      // Nothing of the questions to the terminal is left on the screen or became a key.
      let screen = try await terminal.screen()
      #expect(!screen.contains("rgb:") && !screen.contains("+q"))
      #expect(screen.split(separator: "\n").first?.contains("gmmscope") == true)
      try await terminal.press(":")
      try await terminal.type("theme dark")
      try await terminal.wait(for: "theme: dark")
      try await terminal.press("Enter")
      var dark = ""
      try await terminal.wait(
        for: "the dark theme", until: { _ in dark.contains("48;2;22;24;29") },
        asking: { dark = try await terminal.colors() })
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
      #expect(try await terminal.state() == before)
    }
  }

  /// What a number means is two keys away.
  @Test func wordsOfTheScreenAreTwoKeysAway() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.enter("\(explore) --no-session")
      try await terminal.wait(for: "AUROC .")
      try await terminal.press("?", "Tab", untilAll: ["cond., condition", "condition number: largest over"])
      try await terminal.press("q", until: "sort")
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
    }
  }

  @Test func paletteSetsAndGoesAnywhere() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.enter("\(explore) --no-session")
      try await terminal.wait(for: "AUROC .")
      try await terminal.press(":")
      try await terminal.type("lambda 1e-3")
      try await terminal.wait(for: "set λ or t to 1e-3")
      try await terminal.press("Enter", until: "λ 1e-03")
      try await terminal.press(":")
      try await terminal.type("label errors")
      try await terminal.press("Enter", until: "probable label errors")
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
    }
  }
}
