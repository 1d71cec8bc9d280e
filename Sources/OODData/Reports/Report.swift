import FeatureFiles
import Foundation

/// One value of a report, before formatting.
public enum ReportValue: Sendable, Equatable {
  case text(String)
  case integer(Int)
  case number(Double)
  case missing

  /// The value in full precision, as in CSV. Empty if missing.
  public var plainText: String {
    switch self {
    case .text(let text): text
    case .integer(let value): String(value)
    case .number(let value): "\(value)"
    case .missing: ""
    }
  }
}

/// Rows under named columns, as written by `--format csv` and by exports from the explorer.
public struct ReportTable: Sendable, Equatable {
  public var columns: [String]
  public var rows: [[ReportValue]]

  public init(columns: [String], rows: [[ReportValue]]) {
    self.columns = columns
    self.rows = rows
  }

  public init(_ rows: ReportRows) {
    self.init(columns: rows.columns, rows: rows.map(\.self))
  }

  public var plainRows: [[String]] { rows.map { $0.map(\.plainText) } }
}

/// The rows of a table, made one by one when they are read, so that a table of a million samples is never in memory as
/// a whole.
public struct ReportRows: RandomAccessCollection, Sendable {
  public let columns: [String]
  public let endIndex: Int
  private let row: @Sendable (Int) -> [ReportValue]

  public init(columns: [String], count: Int, row: @escaping @Sendable (Int) -> [ReportValue]) {
    self.columns = columns
    endIndex = count
    self.row = row
  }

  public init(_ table: ReportTable) {
    self.init(columns: table.columns, count: table.rows.count) { table.rows[$0] }
  }

  public var startIndex: Int { 0 }

  public subscript(place: Int) -> [ReportValue] { row(place) }
}

/// A result that can be written as a table or as JSON with stable keys.
public protocol Report: Encodable, Sendable {
  var table: ReportTable { get }
  /// The rows of ``table``. Reports of many rows make them one by one.
  var rows: ReportRows { get }
  /// The rows for a paper, rounded as papers print them.
  var paperTable: ReportTable { get }
  /// The report with an empty list instead of its rows, and the list's key, if JSON has ``rows`` as its only list, an
  /// object with a key per column for each row. Nil otherwise.
  var withoutRows: (rest: any Report, key: String)? { get }
}

extension Report {
  public var rows: ReportRows { ReportRows(table) }

  public var withoutRows: (rest: any Report, key: String)? { nil }

  /// Pretty-printed JSON. Control characters that could affect a terminal, and characters that could break or
  /// reorder a line, are escaped.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return JSONText.escapingControls(String(decoding: try encoder.encode(self), as: UTF8.self))
  }
}

extension ReportRows {
  /// The JSON of some rows as objects by column, indented as elements of a list inside an object, without a comma after
  /// the last one.
  func json(of places: Range<Int>) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let objects = places.map { RowObject(columns: columns, values: self[$0]) }
    let text = JSONText.escapingControls(String(decoding: try encoder.encode(objects), as: UTF8.self))
    return text.split(separator: "\n").dropFirst().dropLast().map { "  " + $0 }.joined(separator: "\n")
  }
}

/// A row as an object with a key per column.
struct RowObject: Encodable {
  let columns: [String]
  let values: [ReportValue]

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: ReportKey.self)
    for (column, value) in zip(columns, values) {
      let key = ReportKey(column)
      switch value {
      case .text(let text): try container.encode(text, forKey: key)
      case .integer(let value): try container.encode(value, forKey: key)
      case .number(let value): try container.encode(value.finite, forKey: key)
      case .missing: try container.encodeNil(forKey: key)
      }
    }
  }
}

/// Escapes the terminal control characters that `JSONEncoder` leaves in strings. The encoder escapes only C0
/// controls.
private enum JSONText {
  /// Escapes DEL, C1 and bidirectional controls and line separators as `\uXXXX`. Replaces bytes of file names
  /// that are not text (see `FileName`) with U+FFFD.
  static func escapingControls(_ json: String) -> String {
    guard json.unicodeScalars.contains(where: isEscaped) else { return json }
    var escaped = ""
    for scalar in json.unicodeScalars {
      if FileName.byteScalars.contains(scalar.value) {
        escaped += "\u{FFFD}"
      } else if isEscaped(scalar) {
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x7F...0x9F, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: FileName.byteScalars.contains(scalar.value)
    }
  }
}

/// A key of a JSON report that is known at run time only.
struct ReportKey: CodingKey, ExpressibleByStringLiteral {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init(stringLiteral name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// The version in every JSON report. Increment it when a key or its meaning changes.
let reportSchemaVersion = 2

/// A number in a report. JSON has no infinity, which scores may reach for very small λ, so non-finite numbers
/// are encoded as null.
@propertyWrapper
public struct JSONNumber: Encodable, Sendable {
  public var wrappedValue: Double

  public init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if wrappedValue.isFinite { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension Double {
  /// The number if it is finite, else nil.
  var finite: Double? { isFinite ? self : nil }
}

/// A value that may be absent. Its key is always written, so all reports and rows of one kind have the same
/// keys. Absent values and non-finite numbers are encoded as null.
@propertyWrapper
public struct Nullable<Value: Encodable & Sendable>: Encodable, Sendable {
  public var wrappedValue: Value?

  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    guard let wrappedValue, (wrappedValue as? Double)?.isFinite ?? true else {
      return try container.encodeNil()
    }
    try container.encode(wrappedValue)
  }
}
