import Foundation
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// The settings file in TOML.
@Suite struct SettingsFileTests {
  private let folder: ScratchFolder
  private var folders: UserFolders { UserFolders(environment: ["HOME": folder.path]) }
  private var path: String { folder.file(".config/gmmscope/config.toml") }

  init() throws {
    folder = try ScratchFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file(".config/gmmscope"), withIntermediateDirectories: true)
  }

  private func read(_ text: String) throws -> (settings: UserSettings, problems: [String]) {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let (settings, problems) = UserSettings.read(in: folders)
    return (settings, problems.map { $0.description.replacing(path, with: "config.toml") })
  }

  @Test func everyTableIsRead() throws {
    let (settings, problems) = try read(
      """
      # Mine.
      [general]
      reg = 1e-3
      score = "mahalanobis"
      pooling = 0.1
      normalization = 1
      color = true
      unicode = false
      mouse = false

      [theme]
      name = "light"
      threshold = "#FF00a0"
      pinned = 93

      [keys]
      undo = ["z", "^Z"]
      "palette" = ":"

      [columns]
      classes = ["name", "n", "condition"]

      [session]
      restore = false
      """)
    #expect(problems == [])
    #expect(settings.regularization == (try Regularization(1e-3)))
    #expect(settings.score == .mahalanobis)
    #expect(settings.choice.pooling == (try Pooling(0.1)) && settings.choice.normalization == .l2)
    #expect(settings.color == true && settings.unicode == false && settings.mouse == false)
    #expect(settings.preferences.theme == .light)
    #expect(settings.preferences.colors == ["threshold": .rgb(255, 0, 160), "pinned": .indexed(93)])
    #expect(settings.preferences.keys == ["undo": ["z", "^Z"], "palette": [":"]])
    #expect(settings.columns == ["classes": ["name", "n", "condition"]])
    #expect(settings.restoresSession == false)
  }

  @Test(
    arguments: [
      ("reg = \"0.01x\"", RidgeRule.relative, 0.01), ("reg = \"oas\"", .oas, 1), ("reg = 5", nil, 5),
      ("rule = \"loo\"", .leaveOneOut, 1), ("rule = \"relative\"\nreg = 2", .relative, 2),
    ] as [(String, RidgeRule?, Double)])
  func ridgeIsWrittenInSeveralWays(text: String, rule: RidgeRule?, value: Double) throws {
    let (settings, problems) = try read("[general]\n\(text)")
    #expect(problems == [])
    #expect(settings.choice.ridgeRule == rule && settings.regularization?.value == value)
  }

  @Test(arguments: [
    ("[general]\n\nreg = -1", 3, "‘reg’ must be a number ≥ 0"),
    ("[general]\ncolour = true", 2, "‘colour’ is not a setting; the settings are color,"),
    ("[general]\npooling = 2", 2, "‘pooling’ must be a number from 0 to 1"),
    ("[general]\nscore = \"best\"", 2, "‘score’ must be \"nll\""),
    ("reg = 1", 1, "‘reg’ is not a table of settings; write it below [general]"),
    ("\n[extra]\nx = 1", 2, "‘extra’ is not a table of settings; the tables are columns,"),
    ("keys = 1", 1, "‘keys’ must be a table; write [keys] above its entries"),
    ("[keys]\nundo = 1", 2, "‘undo’ must be a list of keys"),
    ("[theme]\nname = \"pink\"", 2, "‘name’ must be \"auto\", \"dark\", \"light\" or \"terminal\""),
    ("[theme]\n# c\nwarning = \"#12345\"", 3, "‘warning’ must be a color"),
    ("[theme]\nwarning = 256", 2, "‘warning’ must be a color"),
    (
      "[columns]\nrows = [\"a\"]", 2, "‘rows’ is not a table with columns; the tables are classes and samples"
    ),
    ("[columns]\nclasses = []", 2, "‘classes’ must be a list of columns"),
    ("[session]\nrestore = 1", 2, "‘restore’ must be true or false"),
    ("[session]\nkeep = true", 2, "‘keep’ is not a setting of [session]; the setting is restore"),
    ("[general]\nmouse = 2026-11-27", 2, "‘mouse’ must be true or false"),
    // Other ways to write the same entry.
    ("general.reg = -1", 1, "‘reg’ must be"), ("general = { mouse = false, reg = -1 }", 1, "‘reg’ must be"),
    ("[keys]\nundo = [\n  \"u\",\n  3,\n]", 2, "‘undo’ must be a list of keys"),
    ("[\"general\"]\n\"reg\" = -1", 2, "‘reg’ must be"),
  ])
  func wrongEntryIsNamedWithItsLineAndTheRestHolds(text: String, line: Int, problem: String) throws {
    let (settings, problems) = try read(text + "\n\n[session2]\n")
    #expect(problems.count == 2)
    let first = try #require(problems.first { $0.contains(problem) })
    #expect(first.hasPrefix("config.toml:\(line): ‘") && first.hasSuffix("; it is ignored"))
    #expect(!first.contains("\n"))
    #expect(settings.regularization == nil)
  }

  @Test func invalidLinesAreNamedAndTheRestHolds() throws {
    let (settings, problems) = try read(
      "[general]\nreg = \nmouse = false\nunicode = tru\ncolor = true\ncolor = false\n[session]\nrestore = false\n"
    )
    #expect(settings.mouse == false && settings.color == true && settings.restoresSession == false)
    #expect(settings.unicode == nil && settings.regularization == nil)
    #expect(problems.count == 3)
    for (problem, line) in zip(problems, [2, 4, 6]) {
      #expect(problem.hasPrefix("config.toml:\(line): "), "\(problem)")
      #expect(problem.hasSuffix("; the line is ignored"))
    }
  }

  @Test func fileThatIsNoTOMLIsReportedBrieflyAndKept() throws {
    let garbage = (0..<500).map { "{\($0)" }.joined(separator: "\n")
    let (settings, problems) = try read(garbage)
    #expect(settings == UserSettings())
    #expect((1...11).contains(problems.count))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == garbage)
    try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: path))
    #expect(UserSettings.read(in: folders).problems.count == 1)
    #expect(try read("") == (UserSettings(), []))
  }

  @Test func deepAndLongFilesAreHarmless() throws {
    let deep = "[general]\nreg = " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
    #expect(try read(deep).settings == UserSettings())
    let long = "[general]\n" + (0..<3000).map { "x\($0) = 1\n" }.joined()
    #expect(try read(long).problems.count == 3000)
  }

  @Test func tomlWinsOverJSON() throws {
    try Data(#"{"mouse": false, "unicode": false}"#.utf8).write(
      to: URL(fileURLWithPath: folder.file(".config/gmmscope/config.json")))
    #expect(UserSettings.read(in: folders).settings.mouse == false)
    let (settings, _) = try read("[general]\nmouse = true\n")
    #expect(settings.mouse == true && settings.unicode == nil)
  }
}
