import Foundation

/// One value of a report, before it is written for people or programs.
public enum ReportValue: Sendable, Equatable {
  case text(String)
  case integer(Int)
  case number(Double)
  case missing

  /// In full precision, as CSV and other programs want it; empty where missing.
  public var plainText: String {
    switch self {
    case .text(let text): text
    case .integer(let value): String(value)
    case .number(let value): "\(value)"
    case .missing: ""
    }
  }
}

/// Rows under named columns: what `--format csv` and an export from the explorer write.
public struct ReportTable: Sendable, Equatable {
  public var columns: [String]
  public var rows: [[ReportValue]]

  public init(columns: [String], rows: [[ReportValue]]) {
    self.columns = columns
    self.rows = rows
  }

  public var plainRows: [[String]] { rows.map { $0.map(\.plainText) } }
}

/// A result that can be given as a table and as JSON with fixed names.
public protocol Report: Encodable, Sendable {
  var table: ReportTable { get }
}

extension Report {
  /// Pretty-printed JSON.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

/// The version that every JSON report states; it grows when a name or a meaning changes.
let reportSchemaVersion = 1
