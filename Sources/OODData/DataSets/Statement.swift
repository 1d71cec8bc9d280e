/// What an error or a remark says: what is so, where, and what to do. What only a choice of the user changes is kept
/// apart, since each front end offers the choice in its own way: by an option, a key, or a property.
public struct Statement: Sendable, Equatable {
  public var text: String
  public var remedy: Remedy?

  public init(_ text: String, _ remedy: Remedy? = nil) {
    self.text = text
    self.remedy = remedy
  }

  /// What any error says.
  public init(_ error: any Error) {
    self = (error as? any Stating)?.statement ?? Statement(oneLine(error))
  }

  /// One line, with the remedy in the words of a front end.
  public func line(_ words: (Remedy) -> String) -> String {
    remedy.map { text + "; " + words($0) } ?? text
  }
}

extension Statement: CustomStringConvertible {
  /// One line, with the remedy in general words.
  public var description: String { line(\.description) }
}

/// An error or a remark that says more than a text.
public protocol Stating: CustomStringConvertible {
  var statement: Statement { get }
}

extension Stating {
  public var description: String { statement.description }
}

/// A choice of the user that helps.
public enum Remedy: Sendable, Equatable {
  /// Arrays that would fit if they were named.
  case useArrays([FittingArrays])
  /// Name the array of features, the labels, or the columns of a table that are features.
  case nameFeatures, nameLabels, nameColumns
  /// Name this column as the labels.
  case nameLabelColumn(String)
  /// Leave out samples with NaN, infinite or too large features.
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
    case .skipNonFinite: "leave such samples out"
    }
  }
}
