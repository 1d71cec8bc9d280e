import LinearAlgebra
import OODData
import OODDetection
import Testing
import TerminalRendering

@testable import ExplorerModel
@testable import ExplorerScreens

/// The palette and the help.
@MainActor @Suite struct OverlayTests {
  private func palette(_ query: String, in state: ExplorerState) -> PaletteOverlay {
    PaletteOverlay(query: query, selected: 0, state: state)
  }

  private func choosing(_ query: String, in state: ExplorerState) -> ExplorerState {
    pressing([.character(":")] + .characters(query) + [.enter], in: state)
  }

  // MARK: Fuzzy matching

  private func score(_ word: String, _ text: String) -> Int? {
    FuzzyMatch(word[...], in: FuzzyMatch.Text(text))?.score
  }

  @Test func lettersMatchInOrderFromTheBeginningOfAWord() {
    #expect(FuzzyMatch("cnd", in: FuzzyMatch.Text("sort by condition"))?.places == [8, 10, 11])
    #expect(FuzzyMatch("loo", in: FuzzyMatch.Text("leave-one-out"))?.places == [0, 6, 10])
    #expect(FuzzyMatch("λ", in: FuzzyMatch.Text("increase λ"))?.places == [9])
    #expect(score("PIN", "pin this setting") != nil)
    for (word, text) in [("pin", "opening"), ("dnc", "condition"), ("x", ""), ("conditions", "condition")] {
      #expect(score(word, text) == nil, "\(word) in \(text)")
    }
  }

  @Test func betterMatchesScoreHigher() throws {
    for (word, better, worse) in [
      ("pin", "pin A", "pooling in"), ("con", "condition", "show columns of names"),
      ("cond", "condition", "count on demand"), ("mark", "mark", "marked"), ("sort", "sort", "show or take"),
    ] {
      #expect(try #require(score(word, better)) > (try #require(score(word, worse))), "\(word)")
    }
  }

  /// Compares with all ways to place the letters.
  @Test func scoreIsTheBestOfAllPlacements() {
    func best(_ query: [Character], _ text: [Character]) -> Int? {
      let isStart = text.indices.map { $0 == 0 || text[$0 - 1] == " " }
      func word(_ place: Int) -> Int { text[...place].filter { $0 == " " }.count }
      var result: Int?
      func go(_ letter: Int, _ last: Int, _ score: Int) {
        if letter == query.count {
          let ends = last + 1 == text.count || text[last + 1] == " "
          result = max(result ?? .min, score + (ends ? 14 : 0))
          return
        }
        for place in (last + 1)..<max(text.count, last + 1)
        where text[place] == query[letter] && text[place] != " " {
          if letter == 0 {
            if isStart[place] { go(1, place, 12) }
          } else if place == last + 1 {
            go(letter + 1, place, score + 10)
          } else if word(place) == word(last) {
            go(letter + 1, place, score + 1)
          } else if isStart[place] {
            go(letter + 1, place, score + 4)
          }
        }
      }
      go(0, -1, 0)
      return result
    }
    var random = SplitMix64(seed: 5)
    for _ in 0..<2000 {
      let text = (0..<Int(random.next() % 12 + 1)).map { _ in Array("aab ")[Int(random.next() % 4)] }
      let query = (0..<Int(random.next() % 4 + 1)).map { _ in Array("ab")[Int(random.next() % 2)] }
      #expect(
        score(String(query), String(text)) == best(query, text), "\(String(query)) in ‘\(String(text))’")
    }
  }

  // MARK: Palette

  @Test func everyCommandOfEveryScreenIsFoundByItsWords() async {
    let state = await Fixture.state()
    let titles = Set(palette("", in: state).matches.map(\.title))
    for binding in KeyBindings.all {
      #expect(titles.contains(binding.help))
      let words = binding.help.split(separator: " ").prefix(3).joined(separator: " ")
      let found = palette(words, in: state).matches
      #expect(found.contains { $0.title == binding.help }, "\(words)")
    }
  }

  @Test(arguments: [
    ("undo", "u"), ("pin", "p"), ("quit", "Q"), ("open files", "^O"), ("reload", "^R"), ("copy", "y"),
    ("save", "^S"), ("proposed", "o"), ("filter", "\\"), ("logarithmic heights", "L"), ("tuning", "4"),
    ("label errors", "E"), ("cancel", "^C"), ("beta", "b"), ("recommended", "o"), ("precision recall", "p"),
  ])
  func commonWordsFindTheirCommand(query: String, key: String) async {
    let state = await Fixture.state()
    let first = palette(query, in: state).matches.first { !$0.keys.isEmpty }
    #expect(first?.keys.first?.description == key, "\(first?.title ?? "")")
  }

  /// What only the front end can do is done by it, and the palette closes.
  @Test(arguments: [("redraw", FrontEndCommand.redraw), ("suspend", .suspend)])
  func frontEndCommandsAreChosenToo(query: String, command: FrontEndCommand) async {
    let typed = pressing([.character(":")] + .characters(query), in: await Fixture.state())
    let enter = TerminalInput.key(.enter)
    #expect(Explorer.frontEndCommand(for: enter, in: typed, size: terminalSize) == command)
    #expect(Explorer.frontEndCommand(for: .key(.down), in: typed, size: terminalSize) == nil)
    #expect(sending([enter], to: typed).overlay == nil)
    let other = pressing([.character(":")] + .characters("undo"), in: await Fixture.state())
    #expect(Explorer.frontEndCommand(for: enter, in: other, size: terminalSize) == nil)
  }

  @Test func commandOfAnotherScreenGoesThere() async {
    let state = await Fixture.state()
    #expect(palette("logarithmic heights", in: state).matches.first?.screen == .scores)
    let logged = choosing("logarithmic heights", in: state)
    #expect(logged.screen == .scores && logged.scores.usesLogCounts && logged.overlay == nil)
    #expect(choosing("missed ood", in: state).outliers.subset == .missed)
    #expect(choosing("mark sample", in: state).outliers.marks.count == 1)
    #expect(!choosing("pin setting", in: state).tuning.pins.isEmpty)
  }

  @Test func valuesAreTyped() async throws {
    let state = await Fixture.state()
    #expect(choosing("lambda 1e-3", in: state).setting.regularization == (try Regularization(1e-3)))
    #expect(choosing("reg=0.5", in: state).setting.regularization == (try Regularization(0.5)))
    #expect(choosing("lambda oas", in: state).setting.wantedFit.ridgeRule == .oas)
    #expect(choosing("pooling 0.1", in: state).setting.wantedFit.pooling == (try Pooling(0.1)))
    #expect(choosing("beta 1", in: state).setting.wantedFit.normalization == .l2)
    let threshold = choosing("threshold 12.5", in: state)
    #expect(threshold.scores.threshold == 12.5 && threshold.screen == .scores)
    let tpr = choosing("tpr 0.9", in: state).scores.thresholdCounts?.tpr
    #expect(try #require(tpr) >= 0.9 && (try #require(tpr)) < 0.95)
    #expect(try #require(choosing("fpr 5%", in: state).scores.thresholdCounts?.fpr) <= 0.05)
    let sorted = choosing("sort classes health", in: choosing("tuning", in: state))
    #expect(sorted.classes.sort.column == .health && sorted.screen == .classes)
    #expect(choosing("theme light", in: state).preferences.theme == .light)
    #expect(choosing("score mahalanobis", in: state).setting.score == .mahalanobis)
    #expect(choosing("class wave", in: choosing("tuning", in: state)).classes.selected == 3)
    #expect(choosing("filter n < 50", in: state).classes.visible.count == 3)
  }

  @Test func invalidValueSaysWhatIsValid() async {
    let state = await Fixture.state()
    let wrong = palette("lambda x", in: state)
    #expect(wrong.matches.first?.title.contains("use a number") == true)
    let stays = choosing("lambda x", in: state)
    #expect(stays.setting.regularization == .standard && stays.overlay != nil)
  }

  @Test func commandThatNeedsAValueLetsOneTypeOn() async throws {
    let state = await Fixture.state()
    let asked = pressing(
      [.character(":")] + .characters("set λ or t") + [.enter], in: state)
    #expect(asked.overlay == .palette(query: "lambda ", selected: 0))
    #expect(
      pressing(.characters("1e-2") + [.enter], in: asked).setting.regularization == (try Regularization(1e-2))
    )
  }

  @Test func rowsOfThePaletteAreClicked() async throws {
    let state = pressing([.character(":")] + .characters("theme"), in: await Fixture.state())
    let light = try #require(position(of: "theme: light", in: state))
    let selected = sending([click(light)], to: state)
    guard case .palette(_, let row) = selected.overlay else {
      Issue.record("the palette closed")
      return
    }
    #expect(palette("theme", in: state).matches[row].title == "theme: light")
    #expect(sending([click(light, .doubleClick)], to: selected).preferences.theme == .light)
  }

  // MARK: Help

  private func lines(of state: ExplorerState, size: Size = terminalSize) -> [String] {
    Explorer.draw(state, size: size, capabilities: Fixture.unicode).lines
  }

  @Test(arguments: Screen.allCases)
  func helpOpensAtTheKeysOfTheScreenAndWordsAreOneKeyAway(screen: Screen) async throws {
    let state = await Fixture.state(after: [.show(screen)])
    let keys = pressing([.character("?")], in: state)
    #expect(lines(of: keys).contains { $0.contains("Keys on \(screen.title)") })
    let words = pressing([.tab], in: keys)
    let help = try #require(words.help)
    #expect(help.page == .words)
    #expect(pressing([.tab, .tab], in: words).overlay == .help(HelpView(page: .keys)))
    #expect(pressing([.backTab], in: words).overlay == .help(HelpView(page: .keys)))
  }

  @Test func helpIsSearched() async throws {
    let state = pressing([.character("?")] + .characters("/undo"), in: await Fixture.state())
    let help = try #require(state.help)
    #expect(help.search == "undo" && help.isTyping)
    let place = try #require(position(of: "undo the last change", in: state))
    let canvas = Explorer.draw(state, size: terminalSize, capabilities: Fixture.unicode)
    let selection = Appearance(Fixture.unicode).theme.selection
    #expect((0..<4).allSatisfy { canvas[place.x + $0, place.y].style == selection })
    #expect(canvas[place.x + 5, place.y].style != selection)
    // Keys of the help act again after Enter.
    let done = pressing([.enter, .character("n"), .character("q")], in: state)
    #expect(done.overlay == nil)
  }

  @Test func searchGoesOnToThePageWithEverything() async throws {
    let state = pressing([.character("?")] + .characters("/Bhattacharyya"), in: await Fixture.state())
    let help = try #require(state.help)
    #expect(help.page == .everything)
    #expect(lines(of: state).contains { $0.contains("distance between two class distributions") })
    let none = pressing([.character("?")] + .characters("/zzzz"), in: await Fixture.state())
    #expect(lines(of: none).contains { $0.contains("not on this page") })
  }

  @Test func pagesOfTheHelpAreClicked() async throws {
    let state = pressing([.character("?")], in: await Fixture.state())
    let title = try #require(position(of: "Words on Classes", in: state))
    #expect(sending([click(title)], to: state).overlay == .help(HelpView(page: .words)))
  }

  // MARK: Words

  /// The texts in the style of table headers on the screen, split where there are two spaces.
  private func headers(of state: ExplorerState) -> Set<String> {
    let canvas = state.view.picture(of: state, size: Size(width: 198, height: 54))
    let header = Appearance(Fixture.unicode).theme.tableHeader
    var found: Set<String> = []
    for y in 0..<canvas.size.height {
      var text = ""
      for x in 0...canvas.size.width {
        let cell = canvas[x, y]
        text += cell.style == header && x < canvas.size.width ? String(cell.text) : "  "
      }
      for part in text.split(separator: "  ") {
        let name = part.filter { !"▴▾".contains($0) }.trimmingPrefix { $0 == " " }
        let word = String(name.reversed().trimmingPrefix { $0 == " " }.reversed())
        if word.first?.isNumber == false { found.insert(word) }
      }
    }
    return found
  }

  @Test(arguments: Screen.allCases)
  func everyHeaderIsExplained(screen: Screen) async {
    let state = await Fixture.state(after: [.show(screen), .dismissNotice])
    let states = [state, pressing([.enter], in: state)].filter { $0.screen == screen }
    let known = Set(
      state.classes.outlines.indices.map { state.classes.name(of: $0) } + ["OOD", "↑↓"]
        + KeyBindings.all.flatMap { $0.keys.map { $0.name(glyphs: .unicode) } })
    for name in Set(states.flatMap { headers(of: $0) }).subtracting(known) {
      #expect(Glossary.entry(for: name, on: screen, glyphs: .unicode) != nil, "‘\(name)’ on \(screen)")
    }
  }

  /// The headers of what is opened within a screen.
  @Test(arguments: [
    (Screen.classes, [Action.enter]), (.classes, [.enter, .zoomDimensions(inwards: true)]),
    (.classes, [.enter, .cycleClassPlot]), (.classes, [.enter, .cycleClassPlot, .cycleClassPlot]),
    (.classes, [.toggleMark, .toggleMark, .compareClasses]),
    (.scores, [.togglePrecisionRecall]), (.scores, [.toggleScatter]),
    (.outliers, [.enter]), (.outliers, [.toggleFrequencies]), (.outliers, [.togglePictures]),
    (.outliers, [.showSubset(.labelErrors)]), (.outliers, [.showSubset(.nearDuplicates)]),
    (.outliers, [.showSubset(.nearThreshold)]), (.outliers, [.toggleMark, .showSubset(.marked)]),
    (.tuning, [.toggleTuningPane(.classes)]), (.tuning, [.zoomTuning(1)]),
    (.tuning, [.pin, .stepRegularization(tenths: 10), .pin]),
    (.tuning, [.pin, .stepRegularization(tenths: 10), .pin, .toggleTuningPane(.histograms)]),
    (.distances, [.plane(.toggle)]), (.distances, [.plane(.toggle), .plane(.cycleChoice(1))]),
  ])
  func everyHeaderOfOpenedViewsIsExplained(screen: Screen, actions: [Action]) async {
    let state = await Fixture.state(after: [.show(screen)] + actions + [.dismissNotice])
    let names = state.classes.outlines.indices.map { state.classes.name(of: $0) }
    let known = Set(
      names + ["OOD", "↑↓", "←↑↓→"] + KeyBindings.all.flatMap { $0.keys.map { $0.name(glyphs: .unicode) } })
    for header in headers(of: state).subtracting(known) {
      // What is shown of the mean, and the classes of the plane, stand behind the word.
      let name = ["mean", "plane"].first { header.hasPrefix($0 + " ") } ?? header
      #expect(
        Glossary.entry(for: name, on: screen, glyphs: .unicode) != nil,
        "‘\(name)’ on \(screen) after \(actions)")
    }
  }

  /// The names of figures beside their values.
  @Test func everyFigureIsExplained() {
    let figures: [Screen: [String]] = [
      .classes: ["condition", "rank", "effective", "log det", "trace", "norm of the mean", "ridge", "gap"],
      .scores: [
        "threshold", "at or above", "below", "TPR, FPR", "AUROC", "AUPR-IN", "AUPR-OUT", "FPR95TPR",
        "FPR95ID",
        "TP", "FN", "FP", "TN", "precision",
      ],
      .outliers: ["responsibility", "ridge only", "χ² tail", "d²", "share", "eigendirection", "the other"],
      .tuning: [
        "λ", "LOO NLL", "held-out NLL", "accuracy", "AUROC", "AUPR-IN", "FPR95TPR", "condition",
        "worst condition", "NLL per sample", "now", "best", "proposed", "A",
      ],
      .distances: ["Mahalanobis", "Bhattacharyya", "n", "rank", "condition", "log det", "health"],
      .compare: Metric.allCases.map(\.title),
    ]
    for (screen, names) in figures {
      for name in names {
        #expect(Glossary.entry(for: name, on: screen, glyphs: .unicode) != nil, "‘\(name)’ on \(screen)")
      }
    }
    for health in ClassHealth.allCases {
      #expect(Glossary.entry(for: health.rawValue, on: .classes, glyphs: .unicode) != nil, "\(health)")
    }
    for symbol in ["≈", "…", "-", "▲", "↺1", "✗", "✓", "× 121", "◆", "○"] {
      #expect(
        Screen.allCases.contains { Glossary.entry(for: symbol, on: $0, glyphs: .unicode) != nil }, "\(symbol)"
      )
    }
  }

  @Test(arguments: Screen.allCases) func aWordHasOneMeaningOnAScreen(screen: Screen) {
    for glyphs in [Glyphs.unicode, .ascii] {
      let names = Glossary.entries(on: screen, glyphs: glyphs, isCommon: nil).flatMap(\.names)
      let words = names.filter { $0.first?.isLetter == true }
      #expect(
        Set(words).count == words.count,
        "\(Dictionary(grouping: words) { $0 }.filter { $0.value.count > 1 }.keys)")
    }
  }
}
