/// What lies over the screen and takes the keys.
public enum Overlay: Sendable, Equatable {
  case help(scroll: Int)
  case palette(query: String, selected: Int)
  case prompt(Prompt)
}

/// A line of text asked for at the foot of the screen.
public struct Prompt: Sendable, Equatable {
  public enum Purpose: Sendable, Equatable {
    case regularization, filter, find, export
  }

  public var purpose: Purpose
  public var text: String
  /// Why the text was not accepted.
  public var problem: String?
  /// Whether Enter now means that the named file may be replaced.
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
