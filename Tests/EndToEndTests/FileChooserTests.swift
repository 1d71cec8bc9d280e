import FeatureFiles
import Foundation
import TestData
import Testing

/// Starting without a file, in a real terminal with a home of its own.
@Suite(.enabled(if: TmuxTerminal.isAvailable, Comment(rawValue: TmuxTerminal.absence)))
struct FileChooserTests {
  private static let samples = "\(Gmmscope.repository)/SampleData/digits"

  @Test func aFileIsFilteredOpenedAndOfferedAgain() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.enter("cd \(Self.samples)")
      let before = try await terminal.state()
      try await terminal.launch(Gmmscope.path)
      try await terminal.wait(forAll: [
        "Open files", "digits/", "train.safetensors", "4 other files not shown",
      ])
      try await terminal.type("train.NPZ")
      try await terminal.wait(for: "one file left") {
        $0.contains("▸ train.npz") && !$0.contains("test.npz")
      }
      try await terminal.press("Tab", until: "fit train.npz")
      try await terminal.press("C-u")
      try await terminal.type("test.npz")
      try await terminal.wait(for: "▸ test.npz")
      try await terminal.press("Tab", until: "score test.npz")
      try await terminal.press("Enter")
      try await terminal.wait(forAll: [
        "digits/train.npz", "K 8", "8 classes", "▸ 5 ", "ill-conditioned", "AUROC .977",
      ])

      try await terminal.press("C-o", untilAll: ["▸ train.npz + test.npz", "Esc back"])
      try await terminal.press("Escape")
      try await terminal.wait(for: "the screen from before") { $0.contains("8 classes") }
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
      #expect(try await terminal.state() == before)
      #expect(try terminal.home.text(of: "state/gmmscope/recent.json").contains("\(Self.samples)/test.npz"))

      try await terminal.launch(Gmmscope.path)
      try await terminal.wait(for: "▸ train.npz + test.npz")
      try await terminal.press("Escape")
      try await terminal.waitForPrompt()
      #expect(try await terminal.lastStatus() == 0)
    }
  }

  @Test func aFileThatIsNoDataIsSaidInTheChooser() async throws {
    try await TmuxTerminal.open(width: 60, height: 16) { terminal in
      try Data("not an archive".utf8).write(to: URL(fileURLWithPath: terminal.home.file("broken.npz")))
      try await terminal.launch(Gmmscope.path)
      try await terminal.wait(for: "broken.npz")
      try await terminal.type("broken")
      try await terminal.wait(for: "▸ broken.npz")
      try await terminal.press("Enter")
      try await terminal.wait(for: "the error in the chooser") {
        $0.contains("✗") && $0.contains("~/broken.npz".dropFirst(2)) && $0.contains("Open files")
      }
      try await terminal.press("Escape", "Escape")
      try await terminal.waitForPrompt()
      #expect(terminal.home.entries.contains("state") == false)
    }
  }

  @Test func whichArrayIsWhichIsAskedAndSaidAsOptions() async throws {
    try await TmuxTerminal.open { terminal in
      let values = (0..<120).map { Float($0 * 7 % 11) + Float($0 % 2) }
      try NPZWriter.write(
        [
          OutputArray(name: "layer3", shape: [40, 3], values: .float32(values)),
          OutputArray(name: "layer4", shape: [40, 3], values: .float32(values.reversed())),
          OutputArray(name: "kind", shape: [40], values: .int64((0..<40).map { $0 % 2 })),
        ], to: terminal.home.file("layers.npz"))
      try await terminal.launch("\(Gmmscope.path) layers.npz")
      try await terminal.wait(forAll: ["Choose arrays", "● layer3", "● kind", "could be"])
      try await terminal.press("Down", "f", until: "● layer4")
      try await terminal.press("Enter", until: "K 2")
      try await terminal.press("7", until: "Command-line options: --features layer4 --labels kind")
      try await terminal.press("Enter", until: "Choose arrays")
      try await terminal.press("Escape")
      try await terminal.wait(for: "the chooser's end") { !$0.contains("Choose arrays") }
      try await terminal.press("Q")
      try await terminal.waitForPrompt()

      let result = try await Gmmscope.run("classes", "--train", "layers.npz", in: terminal.home.path)
      #expect(result.status == 1 && result.errors.contains("--features"))
    }
  }

  @Test func settingsAreTakenAndTheCommandLineWins() async throws {
    try await TmuxTerminal.open { terminal in
      let folder = terminal.home.file("config/gmmscope")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let file = URL(fileURLWithPath: folder + "/config.json")
      try Data(#"{"reg": 1e-2, "score": "mahalanobis", "unicode": false}"#.utf8).write(to: file)
      try await terminal.launch("\(Gmmscope.path) \(Gmmscope.sample("train.npz"))")
      try await terminal.wait(forAll: ["reg 1e-02", "score mahalanobis", "> "])
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
      try await terminal.launch(
        "\(Gmmscope.path) \(Gmmscope.sample("train.npz")) --reg 1e-4 --score nll --unicode")
      try await terminal.wait(forAll: ["λ 1e-04", "score nll"])
      try await terminal.press("Q")
      try await terminal.waitForPrompt()

      try Data(#"{"colour": true, "unicode": false}"#.utf8).write(to: file)
      try await terminal.enter("\(Gmmscope.path) 2>errors")
      try await terminal.wait(for: "'colour' is not a setting")
      try await terminal.press("Escape")
      try await terminal.waitForPrompt()
      let errors = try terminal.home.text(of: "errors")
      #expect(errors.contains("gmmscope/config.json: ‘colour’ is not a setting"))
      #expect(errors.split(separator: "\n").count == 1)

      try Data("{".utf8).write(to: file)
      try await terminal.enter("\(Gmmscope.path) 2>errors")
      try await terminal.wait(for: "set aside as config.json.corrupt")
      try await terminal.press("Escape")
      try await terminal.waitForPrompt()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["config.json.corrupt"])
    }
  }

  @Test func withoutATerminalAFileHasToBeNamed() async throws {
    let home = try ScratchFolder()
    let result = try await Gmmscope.run("explore", environment: ["HOME": home.path])
    #expect(result.status == 64)
    #expect(result.output == "")
    #expect(result.errors.contains("Name a file to fit to"))
  }

  @Test func commandsKeepNothingInTheHome() async throws {
    let home = try ScratchFolder()
    let kept = [
      "HOME": home.path, "XDG_STATE_HOME": home.file("state"), "XDG_CONFIG_HOME": home.file("config"),
    ]
    for arguments in [
      ["snapshot", Gmmscope.sample("train.npz")], ["classes", "--train", Gmmscope.sample("train.npz")],
    ] {
      let result = try await Command.run(Gmmscope.path, arguments, environment: kept)
      #expect(result.status == 0)
    }
    #expect(home.entries.isEmpty)
  }
}
