import Foundation
import Testing

/// The explorer in a real terminal, on the sample data.
@Suite(.enabled(if: TmuxTerminal.isAvailable, Comment(rawValue: TmuxTerminal.absence)))
struct ExplorerTests {
  private static let explore =
    "\(Gmmscope.path) explore \(Gmmscope.sample("train.npz")) \(Gmmscope.sample("test.npz"))"
  private static let ready = "Leave-one-out likelihood proposes"

  /// Lends a terminal in which the explorer has loaded, fitted and scored.
  private func open(
    width: Int = 120, height: Int = 40, locale: String = "C.UTF-8", options: String = "",
    _ body: (TmuxTerminal) async throws -> Void
  ) async throws {
    try await TmuxTerminal.open(width: width, height: height, locale: locale) { terminal in
      try await terminal.launch("\(Self.explore) \(options)")
      try await terminal.wait(for: Self.ready)
      try await body(terminal)
    }
  }

  private func quit(_ terminal: TmuxTerminal) async throws {
    try await terminal.press("Q")
    try await terminal.waitForPrompt()
  }

  @Test func aWalkThroughEveryScreenLeavesTheTerminalAsItWas() async throws {
    try await TmuxTerminal.open { terminal in
      let before = try await terminal.state()
      try await terminal.launch(Self.explore)
      try await terminal.wait(forAll: [Self.ready, "AUROC .977", "N 1,797  D 64  K 8  λ 1e-06"])
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
      try await terminal.launch(Self.explore)
      // Nothing pressed: the worst-conditioned class, on top and explained.
      let classes = try await terminal.wait(forAll: [
        Self.ready, "▸ 5 ",
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
        $0.contains("λ 1e-02 ↺1") && $0.contains("AUROC .982") && $0.contains("λ is the proposed value")
      }
      try await quit(terminal)
    }
  }

  @Test func aClassIsFoundOpenedAndLeftAgain() async throws {
    try await open { terminal in
      try await terminal.press("/", "7", "Enter")
      try await terminal.wait(for: "▸ 7 ")
      try await terminal.press("Enter")
      try await terminal.wait(for: "class 7 in full") {
        $0.contains("norm of the mean") && $0.contains("closest   3 18.1") && !$0.contains("▸")
      }
      try await terminal.press("j")
      try await terminal.wait(for: "the next class in full") { $0.contains("closest   5 19.5") }
      try await terminal.press("Escape")
      try await terminal.wait(for: "▸ 6 ")
      try await terminal.press("I")
      try await terminal.wait(for: "the best-conditioned class on top") {
        $0.contains("condition ▴") && $0.split(separator: "\n")[4].contains(" 0 ")
      }
      try await terminal.press("\\", "9", "Enter")
      try await terminal.wait(for: "0 of 8 classes")
      try await quit(terminal)
    }
  }

  /// One key cures the worst class, which is selected when the explorer opens; three compare two classes.
  @Test func theWorstClassIsCuredAndTwoAreCompared() async throws {
    try await open { terminal in
      try await terminal.press("H")
      try await terminal.wait(forAll: ["5 is ok, no longer ill-conditioned", "8 classes · 8 ok", "↺1"])
      try await terminal.press("u")
      try await terminal.wait(for: "5 ill-conditioned")
      try await terminal.press("Space", "Space", "c")
      try await terminal.wait(forAll: [
        "5 to 1", "Mahalanobis 20.45", "difference", "separating dimensions", "means", "spectra",
      ])
      try await terminal.press("Escape")
      try await terminal.wait(for: "closest   ")
      // The columns of the table, and the samples of a class.
      try await terminal.press("K", "Up", "Up", "Space", "Escape")
      try await terminal.wait(for: "the table without ranks") {
        $0.contains("cond") && !$0.contains("  rank  ")
      }
      try await terminal.press("g", "t")
      try await terminal.wait(forAll: ["train · 127 by nll", "label = 5", "own d² ▾", "digit-0421"])
      try await quit(terminal)
    }
  }

  @Test func aPairOfClassesIsComparedAndLeadsToItsClass() async throws {
    try await open { terminal in
      try await terminal.press("5")
      try await terminal.wait(forAll: [
        "Mahalanobis   22.49", "Bhattacharyya 154.7", "0 to 1", "few samples  ill-conditioned",
        "closest pairs", "3 · 7",
      ])
      try await terminal.press("j", "j", "j", "l", "l", "l", "l", "l", "l")
      try await terminal.wait(for: "another pair") {
        $0.contains("3 to 7") && $0.contains("Mahalanobis   18.1")
      }
      try await terminal.press("Enter")
      try await terminal.wait(for: "▸ 3 ")
      try await quit(terminal)
    }
  }

  @Test func theDataScreenSaysWhatWasOpened() async throws {
    try await open { terminal in
      try await terminal.press("7")
      try await terminal.wait(forAll: [
        "1,010 × 64", "train.npz   NumPy archive", "features", "float32", "images", "8 classes",
        "messages", "Leave-one-out likelihood proposes λ = 1e-02",
      ])
      try await terminal.resize(width: 80, height: 20)
      try await terminal.wait(for: "lines 1-")
      try await terminal.press("G")
      try await terminal.wait(for: "the end") { $0.contains("messages") && !$0.contains("lines 1-") }
      try await quit(terminal)
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
      try await quit(terminal)
      #expect(try await terminal.lastStatus() == 0)
    }
  }

  @Test func turningTheRegularizationMovesTheFiguresAndUndoBringsThemBack() async throws {
    try await open { terminal in
      try await terminal.press("}", "}", "}")
      try await terminal.wait(for: "λ = 1e-3 in the header") {
        $0.contains("λ 1e-03") && $0.contains("AUROC .980")
      }
      try await terminal.press("o")
      try await terminal.wait(for: "the proposed λ") { $0.contains("λ 1e-02") && $0.contains("AUROC .982") }
      try await terminal.press("m")
      try await terminal.wait(for: "score mahalanobis")
      try await terminal.press("m", "u", "u", "u", "u", "u", "u")
      try await terminal.wait(for: "λ = 1e-6 again") { $0.contains("λ 1e-06") && $0.contains("AUROC .977") }
      try await quit(terminal)
    }
  }

  @Test func settingsAndBaselinesAreComparedSortedTakenAndExported() async throws {
    try await open { terminal in
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
      try await terminal.press("v", "v", "v")
      try await terminal.wait(forAll: ["FPR95TPR  * best"])
      // The row that is taken is that of the header.
      try await terminal.press("<", "<", "<", "g", "j", "j", "j", "Enter")
      try await terminal.wait(forAll: ["α 1", "score relative-mahalanobis"])
      try await terminal.press("y")
      try await terminal.wait(for: "Sent ")
      #expect(
        try await terminal.clipboard().hasPrefix(
          "gmmscope evaluate --pooling 1 --score relative-mahalanobis --train "))
      try await terminal.press("C-s")
      try await terminal.wait(for: "export ")
      try await terminal.press("C-u")
      try await terminal.type("table.tex")
      try await terminal.press("Enter")
      try await terminal.wait(for: "Wrote 6 rows")
      try await quit(terminal)
      #expect(try terminal.home.text(of: "table.tex").hasPrefix("\\begin{tabular}{lr}"))
    }
    func first(_ screen: String) -> String {
      screen.split(separator: "\n").dropFirst(5).first.map(String.init) ?? ""
    }
  }

  @Test func outliersAreExportedAndCopied() async throws {
    try await open { terminal in
      try await terminal.press("3")
      try await terminal.wait(for: "digit-0701")
      // Tmux does not pass copied text on by default, so it is in a file too.
      try await terminal.press("y")
      try await terminal.wait(forAll: [
        "Sent digit-0701 to the terminal's clipboard, and wrote", "copied.txt",
      ])
      #expect(try await terminal.clipboard() == "digit-0701")
      try await terminal.press("Y")
      try await terminal.wait(for: "Sent 2 lines")
      #expect(try await terminal.clipboard().hasPrefix("rank\tindex\tid\tlabel\t"))
      try await terminal.press("C-s")
      try await terminal.wait(for: "export ")
      try await terminal.press("Enter")
      try await terminal.wait(for: "Wrote 787 rows")
      try await quit(terminal)
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
    try await open { terminal in
      try await terminal.press("2")
      try await terminal.wait(for: "nll scores")
      let shown = try await terminal.rows()
      for name in ["screen.txt", "screen.svg"] {
        try await terminal.press("C-s")
        try await terminal.wait(for: "export ")
        try await terminal.press("C-u")
        try await terminal.type(name)
        try await terminal.press("Enter")
        try await terminal.wait(for: "Wrote the screen to \(name)")
        try await terminal.press("Escape")
      }
      try await quit(terminal)
      let lines = try terminal.home.text(of: "screen.txt").split(
        separator: "\n", omittingEmptySubsequences: false)
      #expect(lines[3...10].map { String($0) } == shown[3...10].map { $0.trimmedAtEnd })
      #expect(try terminal.home.text(of: "screen.svg").hasPrefix("<svg "))
    }
  }

  /// A killed process loses the last seconds only.
  @Test func theSessionIsKeptWhileTheExplorerRuns() async throws {
    try await open { terminal in
      try await terminal.press("3")
      try await terminal.wait(for: "digit-0701")
      try await terminal.press("Space", "Space")
      try await terminal.wait(for: "2 marked")
      let folder = terminal.home.path("state/gmmscope/sessions")
      var text = ""
      for _ in 0..<200 where !text.contains("digit-0701") {
        try await Task.sleep(for: .milliseconds(50))
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        text = names.first.flatMap { try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) } ?? ""
      }
      #expect(text.contains("\"name\" : \"digit-0701\""))
      try await quit(terminal)
    }
  }

  /// Five keys from the start: the most probable label errors are marked and exported.
  @Test func labelErrorsAreMarkedAndExported() async throws {
    try await open { terminal in
      try await terminal.press("3")
      try await terminal.wait(for: "digit-0701")
      try await terminal.press("E")
      try await terminal.wait(forAll: ["5 of 1,010", "digit-1595"])
      try await terminal.press("*")
      try await terminal.wait(for: "5 marked")
      try await terminal.press("C-s")
      try await terminal.wait(for: "export ")
      try await terminal.press("Enter")
      try await terminal.wait(for: "Wrote 5 rows")
      try await quit(terminal)
      let lines = try terminal.home.text(of: "gmmscope-outliers.csv").split(separator: "\n")
      #expect(lines[0].hasPrefix("rank,index,id,label,suggestedLabel,suggestedName,margin,"))
      #expect(lines[1].hasPrefix("1,898,digit-1595,7,5,"))
    }
  }

  /// Screen, setting, filter and marks are there again after quitting, unless that is refused.
  @Test func theUserComesBack() async throws {
    try await open { terminal in
      try await terminal.press("3")
      try await terminal.wait(for: "digit-0701")
      try await terminal.press("=")
      try await terminal.type("1e-3")
      try await terminal.press("Enter")
      try await terminal.wait(for: "λ 1e-03")
      try await terminal.press("\\")
      try await terminal.type("label = 4 and score > 0")
      try await terminal.press("Enter")
      try await terminal.press("Space", "Space")
      try await terminal.wait(for: "2 marked")
      let table = try await terminal.rows()[3...8]
      try await quit(terminal)
      try await terminal.launch(Self.explore)
      try await terminal.wait(forAll: ["λ 1e-03", "2 marked", "label = 4 and score > 0"])
      #expect(try await terminal.rows()[3...8].map(Self.name) == table.map(Self.name))
      try await terminal.press("Escape")
      try await terminal.wait(for: "787 by nll")
      try await quit(terminal)
      try await terminal.launch("\(Self.explore) --no-session")
      try await terminal.wait(forAll: [Self.ready, "λ 1e-06", "1 Classes"])
      try await quit(terminal)
    }
  }

  /// The rank and the name in a row of the table.
  private static func name(_ row: String) -> String { String(row.prefix(24)) }

  @Test func theMouseChoosesAScreenAndARow() async throws {
    try await open { terminal in
      let tabs = try await terminal.rows()[1]
      let tab = try #require(tabs.range(of: "Outliers"))
      let column = tabs.distance(from: tabs.startIndex, to: tab.lowerBound) + 1
      try await terminal.send(sequence: "[<0;\(column);2M")
      try await terminal.send(sequence: "[<0;\(column);2m")
      try await terminal.wait(for: "▸      1 digit-0701")
      try await terminal.send(sequence: "[<65;5;10M")
      try await terminal.wait(for: "another row to be chosen") { !$0.contains("▸      1 digit-0701") }
      try await quit(terminal)
    }
  }

  @Test func aTerminalTooSmallSaysSoAndRecovers() async throws {
    try await open { terminal in
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
      try await terminal.enter("\(Self.explore) &")
      try await terminal.wait(for: "the job to be stopped") { screen in
        // Said with the next prompt.
        screen.contains("Stopped") || screen.contains("suspended")
      } asking: {
        try await terminal.press("Enter")
      }
      #expect(try await terminal.state() == before)
      #expect(!(try await terminal.screen()).contains("1 Classes"))
      try await terminal.enter("fg")
      try await terminal.wait(for: Self.ready)
      try await terminal.press("3")
      try await terminal.wait(for: "digit-0701")
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
      #expect(try await terminal.state() == before)
    }
  }

  /// Each would have been Esc and a handful of keys: `q`, `I`, `?`, `5`.
  @Test func sequencesThatNobodyBindsDoNothing() async throws {
    try await open { terminal in
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
      try await quit(terminal)
    }
  }

  @Test func suspendedItGivesTheTerminalBackAndContinuesWhereItWas() async throws {
    try await TmuxTerminal.open { terminal in
      let before = try await terminal.state()
      try await terminal.launch(Self.explore)
      try await terminal.wait(for: Self.ready)
      try await terminal.press("3")
      try await terminal.wait(for: "digit-0701")
      let during = try await terminal.state()
      try await terminal.press("C-z")
      try await terminal.waitForPrompt()
      #expect(try await terminal.state() == before)
      try await terminal.enter("fg")
      try await terminal.wait(for: "digit-0701")
      try await terminal.press("j")
      try await terminal.wait(for: "▸      2 digit-1581")
      #expect(try await terminal.state() == during)
      try await quit(terminal)
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
      try await terminal.launch(Self.explore)
      try await terminal.wait(for: Self.ready)
      try terminal.signal(signal)
      try await terminal.waitForPrompt()
      #expect(try await terminal.lastStatus() == status)
      #expect(try await terminal.state() == before)
    }
  }

  @Test func withoutUnicodeAndColorsItIsPlainText() async throws {
    try await TmuxTerminal.open(locale: "C", environment: ["NO_COLOR": "1"]) { terminal in
      try await terminal.launch("env NO_COLOR=1 \(Self.explore)")
      try await terminal.wait(for: Self.ready)
      for key in ["2", "3", "4"] {
        try await terminal.press(key)
        try await terminal.wait(for: "AUROC")
        let screen = try await terminal.screen()
        #expect(screen.utf8.count == screen.count)
        #expect(!screen.contains("?????"))
      }
      try await quit(terminal)
    }
  }

  @Test func aMissingFileIsAMessageAndNoExit() async throws {
    try await TmuxTerminal.open { terminal in
      try await terminal.launch("\(Gmmscope.path) explore missing.npz")
      try await terminal.wait(for: "missing.npz: ")
      try await terminal.press("7")
      try await terminal.wait(for: "missing.npz")
      try await quit(terminal)
      #expect(try await terminal.lastStatus() == 0)
    }
  }

  @Test func keysAnswerWhileAFitRunsAndItIsCancelled() async throws {
    try await TmuxTerminal.open { terminal in
      // Long enough for a slow machine to press three keys meanwhile.
      try LargeSample.write(to: terminal.home, classCount: 16, dimension: 1536)
      // On a busy machine the fit can end between two looks at the screen; then it starts once more.
      var isCancelled = false
      for attempt in 1...5 where !isCancelled {
        if attempt > 1 { try await quit(terminal) }
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
      try await terminal.press("C-c")
      try await terminal.wait(for: "No task is running")
      try await quit(terminal)
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
      try await terminal.launch("\(Gmmscope.path) explore large.npy --threads 1")
      try await terminal.wait(for: "classes and scores while spectra are computed") { screen in
        screen.contains("5 classes · 5 with n < 5 D · spectra pending") && Self.showsSpectraGauge(screen)
      }
      try await terminal.press("C-c")
      try await terminal.wait(for: "Cancelled spectra")
      try await terminal.press("4")
      try await terminal.wait(for: "spectra taken up again") { Self.showsSpectraGauge($0) }
      try await terminal.press("Q")
      try await terminal.waitForPrompt()
      #expect(try await terminal.lastStatus() == 0)
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
      try await terminal.enter("env TERM=\(type) \(Self.explore) 2>errors")
      #expect(try await terminal.lastStatus() == 1)
      let errors = try terminal.home.text(of: "errors")
      #expect(errors.contains(type) && errors.contains("gmmscope snapshot"))
      #expect(errors.split(separator: "\n").count == 1)
    }
  }
}

extension String {
  /// The text without spaces at its end.
  fileprivate var trimmedAtEnd: String {
    String(reversed().drop { $0 == " " }.reversed())
  }
}
