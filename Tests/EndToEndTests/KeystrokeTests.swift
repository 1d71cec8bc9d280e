import Foundation
import TestData
import Testing

/// How many keys common tasks take, as the guide says.
struct KeystrokeTests {
  struct Walk: Sendable, CustomTestStringConvertible {
    var task: String
    /// As `snapshot --press` takes them, from the first screen.
    var keys: String
    var count: Int
    /// What the screen shows in the end.
    var shows: [String]

    var testDescription: String { task }
  }

  private static let walks = [
    Walk(
      task: "the class in the worst condition cured", keys: "H", count: 1,
      shows: ["▸ 5 ", "Set λ to 1e-02", "5 is ok, no longer ill-conditioned"]),
    Walk(
      task: "two classes compared", keys: "<Space>j<Space>c", count: 4,
      shows: ["5 to 4", "Mahalanobis 19.90", "separating dimensions", "means", "spectra"]),
    Walk(
      task: "the OOD sample that is hardest to detect, explained", keys: "3XG", count: 3,
      shows: ["missed OOD · 17 by nll", "▸     17 ", "d² ", "responsibility"]),
    Walk(
      task: "what a number means", keys: "??", count: 2,
      shows: ["Words on Classes", "number of changes of the setting"]),
    // At this setting there are no more than five.
    Walk(
      task: "the ten most probable label errors marked and exported", keys: "3E*<^S><Enter>", count: 5,
      shows: ["Wrote 5 rows to gmmscope-outliers.csv"]),
  ]

  @Test(arguments: walks) func itTakesAsManyKeysAsTheGuideSays(_ walk: Walk) async throws {
    let folder = try ScratchFolder()
    let count = walk.keys.replacing(/<[^>]+>/, with: "k").count
    #expect(count == walk.count)
    let result = try await Command.run(
      Gmmscope.path,
      [
        "snapshot", Gmmscope.sample("train.npz"), Gmmscope.sample("test.npz"), "--press", walk.keys,
        "--quiet",
      ],
      in: folder.path)
    try #require(result.status == 0, "\(result.errors)")
    for text in walk.shows { #expect(result.output.contains(text), "\(text) in\n\(result.output)") }
    let guide = try String(contentsOfFile: "\(Gmmscope.repository)/.github/EXPLORER.md", encoding: .utf8)
    #expect(guide.contains("| \(walk.task) |"))
    #expect(guide.contains("| \(walk.count) |"))
  }

  @Test(.enabled(if: TmuxTerminal.isAvailable, Comment(rawValue: TmuxTerminal.absence)))
  func theSettingIsCopiedWithTwoKeys() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.launch(
        "\(Gmmscope.path) explore \(Gmmscope.sample("train.npz")) \(Gmmscope.sample("test.npz"))")
      try await terminal.wait(for: "Leave-one-out likelihood proposes")
      try await terminal.press("4", until: "leave-one-out NLL")
      try await terminal.press("y")
      var copied = ""
      try await terminal.wait(
        for: "the setting on the clipboard",
        until: { _ in copied.hasPrefix("gmmscope evaluate --train ") && copied.contains("test.npz") },
        asking: { copied = (try? await terminal.clipboard()) ?? "" })
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
    }
  }
}
