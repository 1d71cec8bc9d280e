/// The message of an error or remark: what failed, where, and what to do.
///
/// A remedy that requires a user's choice is separate from the text, because each front end offers it
/// differently: as an option, a key or a property.
public struct Statement: Sendable, Equatable {
  public var text: String
  public var remedy: Remedy?

  public init(_ text: String, _ remedy: Remedy? = nil) {
    self.text = text
    self.remedy = remedy
  }

  /// The message of any error.
  public init(_ error: any Error) {
    self = (error as? any Stating)?.statement ?? Statement(oneLine(error))
  }

  /// The message as one line, with the remedy phrased by the front end.
  public func line(_ words: (Remedy) -> String) -> String {
    remedy.map { text + "; " + words($0) } ?? text
  }
}

extension Statement: CustomStringConvertible {
  /// The message as one line, with the remedy phrased in general terms.
  public var description: String { line(\.description) }
}

/// An error or remark with a structured message.
public protocol Stating: CustomStringConvertible {
  var statement: Statement { get }
}

extension Stating {
  public var description: String { statement.description }
}

/// A user's choice that resolves a problem.
public enum Remedy: Sendable, Equatable {
  /// Select one of these arrays.
  case useArrays([ArrayCandidates])
  /// Name the feature array, the labels, or the feature columns of a table.
  case nameFeatures, nameLabels, nameColumns
  /// Use this column as the labels.
  case nameLabelColumn(String)
  /// Score this array of features instead.
  case scoreArray(String)
  /// Exclude samples with NaN, infinite or too large features.
  case skipNonFinite
}

extension Remedy: CustomStringConvertible {
  public var description: String {
    switch self {
    case .useArrays(let arrays): arrays.map(\.description).joined(separator: "; or ")
    case .nameFeatures: "name the array of features"
    case .nameLabels: "name the labels"
    case .nameColumns: "name the columns that are features"
    case .nameLabelColumn(let name): "name ‘\(name)’ as the labels if it is"
    case .scoreArray(let name): "name ‘\(name)’ as the features to score to use them"
    case .skipNonFinite: "exclude such samples"
    }
  }
}
