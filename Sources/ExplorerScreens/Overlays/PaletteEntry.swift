import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// A row of the palette: a command, a value to choose, or a command that takes a typed value.
struct PaletteEntry: Sendable {
  enum Outcome: Sendable {
    /// Goes to the screen of the entry, then does this.
    case actions(@Sendable (KeyContext) -> [Action])
    /// Lets the user type on from this text.
    case typeOn(String)
    /// Closes the palette, and lets the front end do the rest.
    case frontEnd(FrontEndCommand)
    /// The typed value is not valid, so there is nothing to do.
    case nothing
  }

  var title: String
  /// Other words that people use for it.
  var words = ""
  /// The keys of the command; empty without any.
  var keys: [KeyPress] = []
  /// The screen to go to first; `nil` if it works on the shown one.
  var screen: Screen?
  var outcome: Outcome

  /// The actions of choosing the entry, to be applied in order while the palette is open.
  func actions(in context: KeyContext) -> [Action] {
    switch outcome {
    case .nothing: return []
    case .frontEnd: return [.closeOverlay]
    case .typeOn(let text): return [.editText(.clear), .editText(.insert(text))]
    case .actions(let actions):
      let before: [Action] = [.closeOverlay] + (screen.map { [.show($0)] } ?? [])
      var after = context
      for action in before { _ = after.state.apply(action) }
      return before + actions(after)
    }
  }
}

// MARK: Commands and choices

extension PaletteEntry {
  /// Every command of every screen, then every value that can be chosen by name. What works on the shown screen comes
  /// first.
  static func all(in state: ExplorerState) -> [PaletteEntry] {
    let bindings = KeyBindings.all(in: state)
    let here = bindings.filter { $0.screens.contains(state.screen) }
    let elsewhere = bindings.filter { !$0.screens.contains(state.screen) }
    return here.map { PaletteEntry($0, in: state, on: nil) }
      + choices(in: state)
      + elsewhere.map { binding in
        PaletteEntry(binding, in: state, on: Screen.allCases.first(where: binding.screens.contains))
      }
      + ValueCommand.all.map { PaletteEntry($0) }
  }

  private init(_ binding: KeyBinding, in state: ExplorerState, on screen: Screen?) {
    let outcome: Outcome =
      switch binding.outcome {
      case .action(let action): .actions { [action($0)].compactMap(\.self) }
      case .frontEnd(let command): .frontEnd(command)
      }
    self.init(
      title: binding.help, words: "\(binding.group.rawValue) \(binding.label(state) ?? "")",
      keys: binding.keys, screen: screen, outcome: outcome)
  }

  private init(_ command: ValueCommand) {
    self.init(
      title: "\(command.title) \(command.hint)", words: command.names.joined(separator: " "),
      screen: nil, outcome: .typeOn(command.names[0] + " "))
  }

  private static func choice(
    _ title: String, words: String = "", on screen: Screen? = nil, _ action: Action
  ) -> PaletteEntry {
    PaletteEntry(title: title, words: words, screen: screen, outcome: .actions { _ in [action] })
  }

  private static func choices(in state: ExplorerState) -> [PaletteEntry] {
    func place(_ screen: Screen) -> Screen? { state.screen == screen ? nil : screen }
    let themes = DisplayPreferences.Theme.allCases.map { theme in
      choice("theme: \(theme.rawValue)", words: "color colour background \(theme.words)", .setTheme(theme))
    }
    let scores = ScoreKind.allCases.map { score in
      choice("score: \(score.rawValue)", words: "use outlier measure", .choose(SettingChoice(score: score)))
    }
    let rules = RidgeRule.allCases.map { rule in
      choice(
        "ridge rule: \(rule.rawValue)", words: "regularization shrinkage",
        .choose(SettingChoice(ridgeRule: rule, regularization: rule.standardRegularization)))
    }
    let subsets = SampleSubset.allCases.map { subset in
      choice(
        "list samples: \(subset.title)", words: "show subset outliers", on: place(.outliers),
        .showSubset(subset))
    }
    let classOrders = ClassColumn.allCases.map { column in
      choice(
        "sort classes by \(column.paletteName)", words: "order \(column.rawValue)", on: place(.classes),
        .sortClasses(by: column))
    }
    let sampleOrders = state.outliers.columns.map { column in
      choice(
        "sort samples by \(column.name)", words: "order outliers", on: place(.outliers),
        .sortOutliers(by: column))
    }
    return themes + scores + rules + subsets + classOrders + sampleOrders
  }
}

extension DisplayPreferences.Theme {
  fileprivate var words: String {
    switch self {
    case .automatic: "automatic terminal background"
    case .dark: "night black"
    case .light: "day white bright"
    case .terminal: "palette 16 colors own"
    }
  }
}

extension ClassColumn {
  /// The column in words.
  fileprivate var paletteName: String {
    switch self {
    case .name: "name"
    case .count: "number of samples, n"
    case .ratio: "samples per dimension, n/D"
    case .rank: "rank"
    case .effectiveRank: "effective rank"
    case .condition: "condition number"
    case .logDeterminant: "log determinant"
    case .trace: "trace"
    case .nearest: "distance to the nearest class"
    case .health: "health"
    }
  }
}

// MARK: Commands with a value

/// A command of the palette that takes a typed value, such as `lambda 1e-3`.
struct ValueCommand: Sendable {
  /// What to type before the value. The first is the usual one.
  var names: [String]
  /// What it does, before the value.
  var title: String
  /// What the value can be.
  var hint: String
  var screen: Screen?
  /// The actions for a value; `nil` for one that is not valid.
  var actions: @Sendable (_ value: String, _ state: ExplorerState) -> [Action]?

  /// The entries for a typed text that begins with the name of a command and goes on with a value.
  static func entries(for text: String, in state: ExplorerState) -> [PaletteEntry] {
    let parts = text.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == " " || $0 == "=" }
    guard parts.count == 2, let name = parts.first?.lowercased() else { return [] }
    let value = parts[1].trimmingPrefix { $0 == " " || $0 == "=" }
    let trimmed = String(value.reversed().trimmingPrefix { $0 == " " }.reversed())
    guard !trimmed.isEmpty else { return [] }
    let exact = all.filter { $0.names.contains(name) }
    let begun = name.count < 3 ? [] : all.filter { command in command.names.contains { $0.hasPrefix(name) } }
    return (exact.isEmpty ? begun : exact).map { $0.entry(for: trimmed, in: state) }
  }

  private func entry(for value: String, in state: ExplorerState) -> PaletteEntry {
    guard let actions = actions(value, state) else {
      return PaletteEntry(title: "\(title) \(value): use \(hint)", outcome: .nothing)
    }
    return PaletteEntry(
      title: "\(title) \(value)", screen: screen == state.screen ? nil : screen,
      outcome: .actions { _ in actions })
  }

  static let all: [ValueCommand] = [
    ValueCommand(
      names: ["lambda", "λ", "reg", "t", "ridge", "regularization"], title: "set λ or t to",
      hint: "a number ≥ 0 such as 1e-3, or 0.01x, loo, oas, ledoit-wolf"
    ) { value, state in
      guard let choice = SettingChoice(typed: value, at: state.setting.current),
        choice.regularization != nil || choice.ridgeRule != nil
      else { return nil }
      return [.choose(choice)]
    },
    ValueCommand(
      names: ["pooling", "alpha", "α"], title: "set the pooling α to", hint: "a number from 0 to 1"
    ) { value, state in
      SettingChoice(typed: "a \(value)", at: state.setting.current).map { [.choose($0)] }
    },
    ValueCommand(
      names: ["normalization", "beta", "β"], title: "set the normalization β to", hint: "a number from 0 to 1"
    ) { value, state in
      SettingChoice(typed: "b \(value)", at: state.setting.current).map { [.choose($0)] }
    },
    ValueCommand(
      names: ["threshold", "cutoff"], title: "set the threshold to", hint: "a score, tpr 0.9 or fpr 5 %",
      screen: .scores
    ) { value, _ in (try? ThresholdTarget(typed: value)).map { [.aimThreshold($0)] } },
    ValueCommand(
      names: ["tpr", "recall", "detect"], title: "set the threshold to a TPR of",
      hint: "a number from 0 to 1",
      screen: .scores
    ) { value, _ in (try? ThresholdTarget(typed: "tpr \(value)")).map { [.aimThreshold($0)] } },
    ValueCommand(
      names: ["fpr"], title: "set the threshold to an FPR of", hint: "a number from 0 to 1", screen: .scores
    ) { value, _ in (try? ThresholdTarget(typed: "fpr \(value)")).map { [.aimThreshold($0)] } },
    ValueCommand(
      names: ["class", "goto"], title: "show the class", hint: "a part of its name", screen: .classes
    ) { value, _ in
      [.ask(.find), .editText(.insert(value)), .submitPrompt]
    },
    ValueCommand(
      names: ["sample", "id"], title: "find the sample", hint: "a part of its id", screen: .outliers
    ) { value, _ in
      [.ask(.find), .editText(.insert(value)), .submitPrompt]
    },
    ValueCommand(
      names: ["filter", "where"], title: "filter the rows by",
      hint: "a part of the name, or a condition such as n < 200"
    ) { value, state in
      guard [.classes, .outliers].contains(state.screen) else { return nil }
      return [.ask(.filter), .editText(.clear), .editText(.insert(value)), .submitPrompt]
    },
    ValueCommand(
      names: ["export", "save", "write"], title: "export this screen to", hint: "a file name"
    ) { value, _ in
      [.ask(.export), .editText(.clear), .editText(.insert(value)), .submitPrompt]
    },
    ValueCommand(
      names: ["tag"], title: "tag the marked samples with", hint: "a word", screen: .outliers
    ) { value, _ in
      [.ask(.tag), .editText(.insert(value)), .submitPrompt]
    },
  ]
}
