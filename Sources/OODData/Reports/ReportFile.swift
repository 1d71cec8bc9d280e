import FeatureFiles
import Foundation

/// A table without further figures, as a report.
public struct TableReport: Report {
  public let table: ReportTable

  public init(_ table: ReportTable) { self.table = table }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: ReportKey.self)
    try container.encode(reportSchemaVersion, forKey: "schemaVersion")
    try container.encode(table.rows.map { Row(columns: table.columns, values: $0) }, forKey: "rows")
  }

  private struct Row: Encodable {
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
}

/// The format of a file that a report is written to.
public enum ReportFileFormat: String, CaseIterable, Sendable {
  case csv
  case json
  case markdown = "md"
  case latex = "tex"

  /// The format that the ending of a file name asks for: CSV without an ending, nil for an unknown one.
  public init?(path: String) {
    let ending = (path as NSString).pathExtension.lowercased()
    self.init(rawValue: ending.isEmpty ? "csv" : ending)
  }

  /// The endings, for messages.
  public static let endings = allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
}

extension Report {
  /// Writes the report beside its target and renames it into place. CSV has every digit; Markdown and LaTeX have the
  /// rounded table for a paper.
  public func write(to path: String, as format: ReportFileFormat) throws {
    let text: String
    switch format {
    case .csv: return try CSVWriter.write(header: table.columns, rows: table.plainRows, to: path)
    case .json: text = try json()
    case .markdown: text = paperTable.markdown
    case .latex: text = paperTable.latex
    }
    try AtomicFile.write(to: path) { try $0.write(text + "\n") }
  }
}
