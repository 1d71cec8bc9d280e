import Foundation
import Testing

/// The screens of the explorer in a real terminal, on the sample data.
@Suite(.enabled(if: TmuxTerminal.isAvailable, Comment(rawValue: TmuxTerminal.absence)))
struct ExplorerTests {
  @Test func aWalkThroughEveryScreenLeavesTheTerminalAsItWas() async throws {
    try await TmuxTerminal.open { terminal in
      let before = try await terminal.state()
      try await terminal.launch(TmuxTerminal.explorer)
      try await terminal.wait(forAll: [
        TmuxTerminal.explorerIsReady, "AUROC .977", "N 1,797  D 64  K 8  λ 1e-06",
      ])
      #expect(try await terminal.state() != before)

      var seen: Set<String> = []
      for (key, text) in [
        ("1", "open"), ("2", "threshold 123.50"), ("3", "digit-0701"), ("4", "leave-one-out NLL"),
        ("5", "go to class"), ("6", "within its 95 %"), ("7", "train.npz"),
      ] {
        try await terminal.press(key)
        let screen = try await terminal.wait(for: "screen \(key)") { $0.contains(text) && !seen.contains($0) }
        seen.insert(screen)
        #expect(screen.hasPrefix(" gmmscope  digits/train.npz"))
      }
      #expect(seen.count == 7)

      try await terminal.press("q")
      try await terminal.waitForPrompt()
      #expect(try await terminal.state() == before)
      #expect(try await terminal.lastStatus() == 0)
    }
  }

  @Test func withinThreeKeysTheExplorerAnswersItsQuestions() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.launch(TmuxTerminal.explorer)
      // Nothing pressed: the worst-conditioned class, on top and explained.
      let classes = try await terminal.wait(forAll: [
        TmuxTerminal.explorerIsReady, "▸ 5 ",
        "8 classes · 5 ill-conditioned · 3 few samples · worst condition 1.5e+07",
        "127 samples in 64 dimensions", "rank 59: 5 directions", "5 dimensions never vary",
        "H takes λ 1e-02, which cures it", "90 % in 6", "closest   3 18.3",
      ])
      let first = try #require(classes.split(separator: "\n").first { $0.contains("▸") })
      #expect(first.contains("▸ 5 ") && first.contains("1.5e+07") && first.contains("ill-conditioned"))

      // One key: the strongest outlier with its picture and the reason.
      try await terminal.press("3")
      try await terminal.wait(forAll: [
        "d² 2,034 from class 4", "▸      1 digit-0701", "labelled 0", "Second: 6, 109 nats",
        "Labelled 0, but nearest to", "▀▀▀▀▀▀▀▀", "53 ██", "54.9 %", "ridge only", "nearest training samples",
      ])

      // Another: the proposed λ, beside what it would change; and a third takes it.
      try await terminal.press("4")
      try await terminal.wait(forAll: [
        "o sets λ = 1e-02: lowest leave-one-out NLL.", "proposed", "LOO NLL", "−2.29", ".982",
        "4.8 %",
        "1.5e+03",
      ])
      try await terminal.press("o")
      try await terminal.wait(for: "the proposed λ in force") {
        // Once the map is there, it proposes a pooling instead.
        $0.contains("λ 1e-02 ↺1") && $0.contains("AUROC .982")
          && ($0.contains("λ is the proposed value") || $0.contains("o sets α = "))
      }
      try await terminal.quitExplorer()
    }
  }

  @Test func aClassIsFoundOpenedAndLeftAgain() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("/", "7", "Enter", until: "▸ 7 ")
      try await terminal.press("Enter")
      try await terminal.wait(for: "class 7 in full") {
        $0.contains("norm of the mean") && $0.contains("closest   3 18.1") && !$0.contains("▸")
      }
      try await terminal.press("j")
      try await terminal.wait(for: "the next class in full") { $0.contains("closest   5 19.5") }
      try await terminal.press("Escape", until: "▸ 6 ")
      try await terminal.press("I")
      try await terminal.wait(for: "the best-conditioned class on top") {
        $0.contains("condition ▴") && $0.split(separator: "\n")[4].contains(" 0 ")
      }
      try await terminal.press("\\", "9", "Enter", until: "0 of 8 classes")
      try await terminal.quitExplorer()
    }
  }

  /// One key cures the worst class, which is selected when the explorer opens; three compare two classes.
  @Test func theWorstClassIsCuredAndTwoAreCompared() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("H")
      try await terminal.wait(forAll: ["5 is ok, no longer ill-conditioned", "8 classes · 8 ok", "↺1"])
      try await terminal.press("u", until: "5 ill-conditioned")
      try await terminal.press("Space", "Space", "c")
      try await terminal.wait(forAll: [
        "5 to 1", "Mahalanobis 20.45", "difference", "separating dimensions", "means", "spectra",
      ])
      try await terminal.press("Escape", until: "closest   ")
      // The columns of the table, and the samples of a class.
      try await terminal.press("K", "Up", "Up", "Space", "Escape")
      try await terminal.wait(for: "the table without ranks") {
        $0.contains("cond") && !$0.contains("  rank  ")
      }
      try await terminal.press("g", "t")
      try await terminal.wait(forAll: ["train · 127 by nll", "label = 5", "own d² ▾", "digit-0421"])
      try await terminal.quitExplorer()
    }
  }

  @Test func aPairOfClassesIsComparedAndLeadsToItsClass() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("5")
      try await terminal.wait(forAll: [
        "Mahalanobis   22.49", "Bhattacharyya 154.7", "0 to 1", "few samples  ill-conditioned",
        "closest pairs", "3 · 7",
      ])
      try await terminal.press("j", "j", "j", "l", "l", "l", "l", "l", "l")
      try await terminal.wait(for: "another pair") {
        $0.contains("3 to 7") && $0.contains("Mahalanobis   18.1")
      }
      try await terminal.press("Enter", until: "▸ 3 ")
      try await terminal.quitExplorer()
    }
  }

  @Test func theDataScreenSaysWhatWasOpened() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("7")
      try await terminal.wait(forAll: [
        "1,010 × 64", "train.npz   NumPy archive", "features", "float32", "images", "8 classes",
        "messages", "Leave-one-out likelihood proposes λ = 1e-02",
      ])
      try await terminal.resize(width: 80, height: 20)
      try await terminal.wait(for: "lines 1-")
      try await terminal.press("G")
      try await terminal.wait(for: "the end") { $0.contains("messages") && !$0.contains("lines 1-") }
      try await terminal.quitExplorer()
    }
  }

  @Test func aFileThatIsNotThereIsSaidOnEveryScreen() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.launch("\(Gmmscope.path) explore nowhere.npz")
      try await terminal.wait(for: "nowhere.npz: no such file")
      for key in ["2", "3", "4", "5"] {
        try await terminal.press(key)
        try await terminal.wait(for: "the failure on screen \(key)") {
          $0.contains("nowhere.npz: no such file") && $0.contains("^R to reload the files")
        }
      }
      try await terminal.quitExplorer()
      #expect(try await terminal.lastStatus() == 0)
    }
  }

  @Test func turningTheRegularizationMovesTheFiguresAndUndoBringsThemBack() async throws {
    try await TmuxTerminal.openExplorer { terminal in
      try await terminal.press("}", "}", "}")
      try await terminal.wait(for: "λ = 1e-3 in the header") {
        $0.contains("λ 1e-03") && $0.contains("AUROC .980")
      }
      try await terminal.press("o")
      try await terminal.wait(for: "the proposed λ") { $0.contains("λ 1e-02") && $0.contains("AUROC .982") }
      try await terminal.press("m", until: "score mahalanobis")
      try await terminal.press("m", "u", "u", "u", "u", "u", "u")
      try await terminal.wait(for: "λ = 1e-6 again") { $0.contains("λ 1e-06") && $0.contains("AUROC .977") }
      try await terminal.quitExplorer()
    }
  }

  @Test func keysAnswerWhileAFitRunsAndItIsCancelled() async throws {
    try await TmuxTerminal.open { terminal in
      // Long enough for a slow machine to press three keys meanwhile.
      try LargeSample.write(to: terminal.home, classCount: 16, dimension: 1536)
      // On a busy machine the fit can end between two looks at the screen; then it starts once more.
      var isCancelled = false
      for attempt in 1...5 where !isCancelled {
        if attempt > 1 { try await terminal.quitExplorer() }
        try await terminal.launch("\(Gmmscope.path) explore large.npy --threads 1 --no-session")
        guard try await isFitting(terminal) else { continue }
        try await terminal.press("}")
        guard try await isFitting(terminal, and: "λ 1e-05") else { continue }
        try await terminal.press("C-c")
        let screen = try await terminal.wait(for: "the end of the fit") {
          $0.contains("Cancelled fitting") || !Self.showsFitGauge($0)
        }
        isCancelled = screen.contains("Cancelled fitting")
      }
      #expect(isCancelled)
      try await terminal.press("2")
      try await terminal.press("C-c", until: "No task is running")
      try await terminal.quitExplorer()
      #expect(try await terminal.lastStatus() == 0)
    }
  }

  /// Waits until a fit is seen, beside `text`, or has ended unseen. Returns whether it runs.
  private func isFitting(_ terminal: TmuxTerminal, and text: String = "") async throws -> Bool {
    let screen = try await terminal.wait(for: "a fit \(text)") { screen in
      (text.isEmpty || screen.contains(text))
        && (Self.showsFitGauge(screen) || Self.showsSpectraGauge(screen) || screen.contains("λ path"))
    }
    return Self.showsFitGauge(screen)
  }

  private static func showsFitGauge(_ screen: String) -> Bool {
    screen.contains("fitting ▓") || screen.contains("fitting ░")
  }

  private static func showsSpectraGauge(_ screen: String) -> Bool {
    screen.contains("spectra ▓") || screen.contains("spectra ░")
  }

  @Test func classesAndScoresComeBeforeSpectraWhichKeepNobodyFromQuitting() async throws {
    try await TmuxTerminal.open { terminal in
      // Few classes: scores take K² times D³ operations and spectra some 10·K, and it is spectra that have to
      // last until a test on a busy machine has seen them.
      try LargeSample.write(to: terminal.home, classCount: 5, dimension: 1536)
      // They can still end between two looks at the screen; then all starts once more.
      var isCancelled = false
      for attempt in 1...5 where !isCancelled {
        if attempt > 1 { try await terminal.quitExplorer() }
        try await terminal.launch("\(Gmmscope.path) explore large.npy --threads 1 --no-session")
        let screen = try await terminal.wait(for: "classes and scores while spectra are computed") { screen in
          screen.contains("5 classes · 5 with n < 5 D · spectra pending") && Self.showsSpectraGauge(screen)
            || screen.contains("worst condition")
        }
        guard screen.contains("spectra pending") else { continue }
        try await terminal.press("C-c")
        let cancelled = try await terminal.wait(for: "what was cancelled") {
          $0.contains("Cancelled") || $0.contains("No task is running")
        }
        isCancelled = cancelled.contains("Cancelled spectra")
      }
      #expect(isCancelled)
      try await terminal.press("4")
      try await terminal.wait(for: "spectra taken up again") { Self.showsSpectraGauge($0) }
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
      #expect(try await terminal.lastStatus() == 0)
    }
  }

  @Test func aMissingFileIsAMessageAndNoExit() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.launch("\(Gmmscope.path) explore missing.npz")
      try await terminal.wait(for: "missing.npz: ")
      try await terminal.press("7", until: "missing.npz")
      try await terminal.quitExplorer()
      #expect(try await terminal.lastStatus() == 0)
    }
  }
}
