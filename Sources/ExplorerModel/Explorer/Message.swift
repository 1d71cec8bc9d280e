public import OODData

/// A line for the user: what happened, or what went wrong and what to try.
public struct Message: Sendable {
  public enum Severity: String, Sendable { case info, warning, error }

  public var severity: Severity
  public var text: String
  /// What went wrong, for whoever says it in other words; nil where nothing did.
  public var error: (any Error)?
  /// What helps, where a choice of the user's does.
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

extension Message: Equatable {
  public static func == (left: Self, right: Self) -> Bool {
    left.severity == right.severity && left.text == right.text
  }
}

extension Remedy {
  /// The remedy by what the explorer offers.
  fileprivate var keys: String {
    switch self {
    case .useArrays, .nameFeatures, .nameLabels, .nameColumns, .nameLabelColumn:
      "\(self) (Enter on the Data screen)"
    case .skipNonFinite: "leave such samples out when opening files (^O, then ^N)"
    }
  }
}
