/// A line for the user: what happened, or what went wrong and what to try.
public struct Message: Sendable, Equatable {
  public enum Severity: String, Sendable { case info, warning, error }

  public var severity: Severity
  public var text: String

  public init(_ severity: Severity, _ text: String) {
    self.severity = severity
    self.text = text
  }
}
