public import OODData
public import OODDetection

/// A view over the screen that receives all keys.
public enum Overlay: Sendable, Equatable {
  case help(HelpView)
  case palette(query: String, selected: Int)
  case prompt(Prompt)
  case columns(ColumnList)
}

extension Overlay {
  /// The keys of the screen, scrolled by a number of lines.
  public static func help(scroll: Int) -> Overlay { .help(HelpView(scroll: scroll)) }
}

/// What the help shows.
public struct HelpView: Sendable, Equatable {
  public enum Page: CaseIterable, Sendable {
    /// The keys that work on the screen.
    case keys
    /// The words, symbols and numbers on the screen.
    case words
    /// All keys and all words.
    case everything
  }

  public var page = Page.keys
  /// The first line that is shown.
  public var scroll = 0
  /// The text to mark; empty for none.
  public var search = ""
  /// Whether the text is being typed.
  public var isTyping = false
}

/// A line of text that the user enters at the bottom of the screen.
public struct Prompt: Sendable, Equatable {
  public enum Purpose: Sendable, Equatable {
    case regularization, filter, find, tag
    /// Set the threshold to a score or a rate.
    case threshold
    /// Export what the screen shows.
    case export
    /// Export the score of every sample.
    case exportScores
  }

  public var purpose: Purpose
  public var text = ""
  /// The problem with the text, if it was rejected.
  public var problem: String?
  /// Whether Enter confirms that the existing file may be replaced.
  public var confirmsReplacing = false
  /// What can be exported, the chosen subject first.
  public internal(set) var exports: [ExportSubject] = []

  public var label: String {
    switch purpose {
    case .regularization: "setting:"
    case .filter: "filter:"
    case .find: "find:"
    case .tag: "tag:"
    case .threshold: "threshold:"
    case .export, .exportScores: exports.first.map { "export \($0.title) to:" } ?? "export to:"
    }
  }
}

extension ExplorerState {
  mutating func useOverlay(_ action: Action) -> [Effect] {
    switch action {
    case .openOverlay(let overlay):
      self.overlay = overlay
    case .closeOverlay:
      overlay = nil
    case .ask(let purpose):
      var prompt = Prompt(purpose: purpose, text: suggestion(for: purpose))
      if [.export, .exportScores].contains(purpose) {
        prompt.exports = exportSubjects(from: purpose == .exportScores ? .scores : nil)
        prompt.text = prompt.exports[0].suggestedName
      }
      overlay = .prompt(prompt)
    case .cycleExport(let offset):
      if case .prompt(var prompt) = overlay, !prompt.exports.isEmpty {
        prompt.cycleExport(by: offset)
        overlay = .prompt(prompt)
      }
    case .editText(let edit):
      editText(edit)
    case .scrollHelp(let lines):
      changeHelp { $0.scroll = max(0, $0.scroll + lines) }
    case .showHelpPage(let page):
      changeHelp { ($0.page, $0.scroll) = (page, 0) }
    case .searchHelp(let isTyping):
      changeHelp {
        if isTyping, !$0.isTyping { $0.search = "" }
        $0.isTyping = isTyping
      }
    case .movePaletteSelection(let offset):
      if case .palette(let query, let selected) = overlay {
        overlay = .palette(query: query, selected: max(0, selected + offset))
      }
    case .submitPrompt:
      return submitPrompt()
    default:
      break
    }
    return []
  }

  private func suggestion(for purpose: Prompt.Purpose) -> String {
    switch purpose {
    case .regularization, .find, .tag, .threshold, .export, .exportScores: ""
    case .filter: (screen == .outliers ? outliers.filter : classes.filter)?.text ?? ""
    }
  }

  private mutating func editText(_ edit: TextEdit) {
    switch overlay {
    case .prompt(var prompt):
      prompt.text = edited(prompt.text, by: edit)
      prompt.problem = nil
      prompt.confirmsReplacing = false
      if prompt.purpose == .filter { prompt.problem = setFilter(prompt.text)?.description }
      if prompt.purpose == .threshold, !prompt.text.isEmpty {
        prompt.problem = thresholdProblem(of: prompt.text)?.description
      }
      if prompt.purpose == .find, !prompt.text.isEmpty, !select(nextNamed: prompt.text, from: 0, by: 1) {
        prompt.problem = "no name contains this"
      }
      overlay = .prompt(prompt)
    case .palette(let query, _):
      overlay = .palette(query: edited(query, by: edit), selected: 0)
    case .help(var help) where help.isTyping:
      help.search = edited(help.search, by: edit)
      overlay = .help(help)
    case .help, .columns, nil:
      break
    }
  }

  private mutating func changeHelp(_ change: (inout HelpView) -> Void) {
    guard case .help(var help) = overlay else { return }
    change(&help)
    overlay = .help(help)
  }

  /// The maximum length of a path. A longer text, such as a large paste, would slow down every frame.
  static let longestTypedText = 4096

  func edited(_ text: String, by edit: TextEdit) -> String {
    switch edit {
    case .insert(let added):
      String(String.UnicodeScalarView((text + added).unicodeScalars.prefix(Self.longestTypedText)))
    case .deleteBackward: String(text.dropLast())
    case .deleteWord:
      String(text.reversed().drop { $0 == " " }.drop { $0 != " " && $0 != "/" }.reversed())
    case .clear: ""
    }
  }

  /// What is wrong with a typed threshold.
  private func thresholdProblem(of text: String) -> ThresholdTarget.Problem? {
    do throws(ThresholdTarget.Problem) {
      _ = try scores.threshold(ThresholdTarget(typed: text))
      return nil
    } catch {
      return error
    }
  }

  /// Returns what is wrong with a condition that is not complete.
  private mutating func setFilter(_ text: String) -> FilterExpression.Problem? {
    switch screen {
    case .outliers: outliers.setFilter(text)
    case .classes: classes.setFilter(text)
    default: nil
    }
  }

  private mutating func submitPrompt() -> [Effect] {
    guard case .prompt(let prompt) = overlay else { return [] }
    switch prompt.purpose {
    case .filter:
      // An incomplete condition stays open with what is wrong.
      if prompt.problem == nil { overlay = nil }
    case .find:
      overlay = nil
      if !prompt.text.isEmpty { lastSearch = prompt.text }
      // The first match is selected while typing; an empty text repeats the last search.
      if prompt.text.isEmpty || prompt.problem != nil { find(forward: true) }
    case .threshold:
      if let problem = thresholdProblem(of: prompt.text) {
        return refuse(prompt, problem.description)
      } else if let target = try? ThresholdTarget(typed: prompt.text) {
        overlay = nil
        return apply(.aimThreshold(target))
      }
    case .tag:
      overlay = nil
      outliers.tag(String(prompt.text.prefix(60)))
    case .regularization:
      guard let choice = SettingChoice(typed: prompt.text, at: setting.current) else {
        return refuse(prompt, "use a number such as 1e-3, 0.01x, loo, oas, ledoit-wolf, a 0.03 or b 0.5")
      }
      overlay = nil
      return changeSetting(.choose(choice))
    case .export, .exportScores:
      guard !prompt.text.isEmpty else { return refuse(prompt, "enter a file name") }
      let subject = prompt.exports.first ?? .screen
      guard ExportFormat(path: prompt.text, subject: subject) != nil else {
        return refuse(prompt, "the name must end in \(subject.endingList)")
      }
      guard var request = exportRequest(to: prompt.text, subject: subject) else {
        let isScoring = tasks[.score] != nil && [.scores, .outliers].contains(screen)
        return refuse(
          prompt, isScoring ? "the scores are still being computed" : "there is nothing to export yet")
      }
      request.replacesFile = prompt.confirmsReplacing
      overlay = nil
      return [tasks.start(.export(request))]
    }
    return []
  }

  /// Leaves a prompt open with what is wrong.
  private mutating func refuse(_ prompt: Prompt, _ problem: String) -> [Effect] {
    var prompt = prompt
    prompt.problem = problem
    overlay = .prompt(prompt)
    return []
  }
}

extension SettingChoice {
  /// The part of a setting that a user typed: t (`1e-3`), a ridge rule (`0.01x`, `oas`), a pooling (`a 0.03`), a
  /// normalization (`b 0.5`, `l2`) or a score (`relative-nll`); `nil` if the text names none.
  public init?(typed text: String, at setting: DetectorSetting) {
    let words = text.lowercased().split { $0 == " " || $0 == "=" }.map(String.init)
    guard let first = words.first, words.count <= 2 else { return nil }
    func number(_ text: String) -> Regularization? { Double(text).flatMap { try? Regularization($0) } }
    self.init()
    let argument = words.count == 2 ? Double(words[1]) : nil
    switch first {
    case "a", "α", "alpha", "pooling":
      guard let value = argument, let pooling = try? Pooling(value) else { return nil }
      self.pooling = pooling
    case "b", "β", "beta", "normalization":
      guard let value = argument, let normalization = try? Normalization(value) else { return nil }
      self.normalization = normalization
    case "l2": normalization = .l2
    case "absolute": ridgeRule = .absolute
    case "λ", "t", "lambda", "reg":
      guard let regularization = words.count == 2 ? number(words[1]) : nil else { return nil }
      self.regularization = regularization
    default:
      if let rule = RidgeRule(rawValue: first), rule != .absolute, rule != .relative {
        ridgeRule = rule
        if words.count == 2 {
          guard let regularization = number(words[1]) else { return nil }
          self.regularization = regularization
        }
        return
      }
      guard words.count == 1 else { return nil }
      if let score = ScoreKind(rawValue: first) {
        self.score = score
      } else if first.hasSuffix("x"), let regularization = number(String(first.dropLast())) {
        ridgeRule = .relative
        self.regularization = regularization
      } else if let regularization = number(first) {
        self.regularization = regularization
      } else {
        return nil
      }
    }
    if words.count == 2, ["l2", "absolute"].contains(first) { return nil }
  }
}
