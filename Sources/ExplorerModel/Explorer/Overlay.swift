import OODDetection

/// A view over the screen that receives all keys.
public enum Overlay: Sendable, Equatable {
  case help(scroll: Int)
  case palette(query: String, selected: Int)
  case prompt(Prompt)
}

/// A line of text that the user enters at the bottom of the screen.
public struct Prompt: Sendable, Equatable {
  public enum Purpose: Sendable, Equatable {
    case regularization, filter, find, export
  }

  public var purpose: Purpose
  public var text: String
  /// The problem with the text, if it was rejected.
  public var problem: String?
  /// Whether Enter confirms that the existing file may be replaced.
  public var confirmsReplacing = false

  public init(purpose: Purpose, text: String = "", problem: String? = nil) {
    self.purpose = purpose
    self.text = text
    self.problem = problem
  }

  public var label: String {
    switch purpose {
    case .regularization: "λ ="
    case .filter: "filter:"
    case .find: "find:"
    case .export: "export to:"
    }
  }
}

extension ExplorerState {
  mutating func overlayAction(_ action: Action) -> [Effect] {
    switch action {
    case .openOverlay(let overlay):
      self.overlay = overlay
    case .closeOverlay:
      overlay = nil
    case .ask(let purpose):
      overlay = .prompt(Prompt(purpose: purpose, text: suggestion(for: purpose)))
    case .editText(let edit):
      editText(edit)
    case .scrollHelp(let lines):
      if case .help(let scroll) = overlay { overlay = .help(scroll: max(0, scroll + lines)) }
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
    case .regularization, .find: ""
    case .filter: screen == .outliers ? outliers.filter : classes.filter
    case .export: "gmmscope-\(screen.rawValue).csv"
    }
  }

  private mutating func editText(_ edit: TextEdit) {
    switch overlay {
    case .prompt(var prompt):
      prompt.text = edited(prompt.text, by: edit)
      prompt.problem = nil
      prompt.confirmsReplacing = false
      overlay = .prompt(prompt)
      if prompt.purpose == .filter { setFilter(prompt.text) }
    case .palette(let query, _):
      overlay = .palette(query: edited(query, by: edit), selected: 0)
    case .help, nil:
      break
    }
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

  private mutating func setFilter(_ text: String) {
    switch screen {
    case .outliers:
      outliers.filter = text
      refreshOutliers()
    case .classes:
      classes.filter = text
      if let first = visibleClasses.first, !visibleClasses.contains(classes.selected) {
        classes.selected = first
      }
    default: break
    }
  }

  private mutating func submitPrompt() -> [Effect] {
    guard case .prompt(var prompt) = overlay else { return [] }
    switch prompt.purpose {
    case .filter:
      overlay = nil
    case .find:
      overlay = nil
      if !prompt.text.isEmpty { lastSearch = prompt.text }
      find(forward: true)
    case .regularization:
      guard let value = Double(prompt.text.filter { !$0.isWhitespace }),
        let regularization = try? Regularization(value)
      else {
        prompt.problem = "λ must be a number ≥ 0, such as 1e-3"
        overlay = .prompt(prompt)
        return []
      }
      overlay = nil
      return setting(.setRegularization(regularization))
    case .export:
      guard !prompt.text.isEmpty else {
        prompt.problem = "enter a file name"
        overlay = .prompt(prompt)
        return []
      }
      guard var request = exportRequest(to: prompt.text) else {
        prompt.problem =
          tasks[.score] != nil && [.scores, .outliers].contains(screen)
          ? "the scores are still being computed" : "there is nothing to export yet"
        overlay = .prompt(prompt)
        return []
      }
      request.replacesFile = prompt.confirmsReplacing
      overlay = nil
      return [start(.export(request))]
    }
    return []
  }
}
