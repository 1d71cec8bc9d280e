import FeatureFiles
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
  /// Pretty-printed JSON. What may act on a terminal or break or reorder a line is escaped.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return JSONText.escapingControls(String(decoding: try encoder.encode(self), as: UTF8.self))
  }
}

/// What `JSONEncoder` leaves in strings and terminals act on: it escapes C0 controls only.
private enum JSONText {
  /// The same JSON with DEL, C1 and bidirectional controls and line separators as `\uXXXX`, and with U+FFFD for bytes
  /// of file names that are not text (see `FileName`).
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

/// The version that every JSON report states; it grows when a name or a meaning changes.
let reportSchemaVersion = 1

/// A number of a report. JSON has no infinity, which scores reach where λ is next to nothing: null stands in for it.
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
  /// The number where JSON can hold it.
  var finite: Double? { isFinite ? self : nil }
}

/// A value that a report may lack. Its key is written either way, so that every report of a kind, and every row of one,
/// has the same keys: null stands in for what is absent, and for a number that JSON cannot hold.
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
