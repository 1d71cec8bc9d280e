public import OODData

/// A message to the user: what happened, or what failed and what to try.
public struct Message: Sendable {
  public enum Severity: String, Sendable { case info, warning, error }

  public var severity: Severity
  public var text: String
  /// The error behind the message, for callers that word it differently; `nil` if there is none.
  public var error: (any Error)?
  /// The remedy, if the user can choose one.
  public var remedy: Remedy?

  public init(_ severity: Severity, _ text: String) {
    self.severity = severity
    self.text = text
  }

  public init(_ error: any Error) {
    let statement = Statement(error)
    self.init(.error, statement.line(\.keys))
    self.error = error
    remedy = statement.remedy
  }

  init(_ remark: DataSetRemark) {
    self.init(.warning, remark.statement.line(\.keys))
    remedy = remark.statement.remedy
  }
}

/// What the explorer told the user.
public struct MessagesState: Sendable {
  /// All messages, the latest last.
  public private(set) var all: [Message] = []
  /// The latest message, until the next key press.
  public internal(set) var notice: Message?
  /// The last failure, with which a command exits; `nil` if nothing failed.
  public internal(set) var failure: Message?
  /// The latest message that answers nothing. The next one takes its place.
  private var mentioned: Message?

  mutating func say(_ severity: Message.Severity, _ text: String) { say(Message(severity, text)) }

  mutating func say(_ message: Message) {
    notice = message
    all.append(message)
  }

  /// Shows a message that answers nothing, unless the user has an answer to read.
  mutating func mention(_ text: String) {
    let message = Message(.info, text)
    if notice == nil || notice == mentioned { notice = message }
    mentioned = message
    all.append(message)
  }

  /// Shows an error that ends the current work.
  mutating func fail(_ text: String) {
    say(.error, text)
    failure = notice
  }
}

extension Message: Equatable {
  public static func == (left: Self, right: Self) -> Bool {
    left.severity == right.severity && left.text == right.text
  }
}

extension Remedy {
  /// The remedy in terms of keys in the explorer.
  fileprivate var keys: String {
    switch self {
    case .useArrays, .nameFeatures, .nameLabels, .nameColumns, .nameLabelColumn, .scoreArray:
      "\(self) (Enter on the Data screen)"
    case .skipNonFinite: "skip such samples when opening files (^O, then ^N)"
    }
  }
}
