import FeatureFiles
import Foundation
import OODData
import TerminalRendering

/// Prints reports to standard output.
nonisolated enum ReportPrinter {
  /// - Parameters:
  ///   - notes: Lines printed below a table; JSON and CSV omit them.
  ///   - threadCount: The number of threads that format the rows of JSON and CSV.
  static func print(
    _ report: some Report, as format: ReportFormat, notes: [String] = [], threadCount: Int = 1
  ) throws {
    switch format {
    case .json where StandardOutput.isTerminal:
      // Split into lines: JSON escapes line breaks inside texts, so these are the report's own.
      try StandardOutput.write(
        records: report.json().split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    case .csv where StandardOutput.isTerminal:
      try write(csv: report.table)
    case .json, .csv:
      try report.forEachPiece(as: format == .json ? .json : .csv, threadCount: threadCount) {
        try StandardOutput.write(piece: $0)
      }
    case .latex:
      try StandardOutput.write(records: report.paperTable.latex.split(separator: "\n").map(String.init))
    case .markdown:
      try StandardOutput.write(records: report.paperTable.markdown.split(separator: "\n").map(String.init))
    case .table:
      try StandardOutput.write(lines: aligned(report.table) + (notes.isEmpty ? [] : [""] + notes))
    }
  }

  static func write(csv table: ReportTable) throws {
    let rows = [table.columns] + table.plainRows
    try StandardOutput.write(records: rows.map { String(CSVWriter.line($0).dropLast()) })
  }

  /// Aligns the columns. Numbers are right-aligned and rounded for reading.
  static func aligned(_ table: ReportTable) -> [String] {
    let cells = table.rows.map { $0.map(readable) }
    let widths = table.columns.indices.map { column in
      max(
        DisplayText.width(table.columns[column]), cells.map { DisplayText.width($0[column]) }.max() ?? 0)
    }
    let isText = table.columns.indices.map { column in
      table.rows.allSatisfy { row in
        if case .text = row[column] { true } else { false }
      } && !table.rows.isEmpty
    }
    func line(_ fields: [String]) -> String {
      let padded = fields.indices.map { column in
        DisplayText.padded(
          fields[column], to: widths[column], alignment: isText[column] ? .leading : .trailing)
      }
      var text = padded.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }
    return [line(table.columns)] + cells.map(line)
  }

  /// Longer texts are truncated in tables; JSON and CSV contain them in full.
  private static let longestText = 100
  private static let numbers = NumberFormat(unicode: false)

  static func shortened(_ text: String) -> String {
    DisplayText.truncated(text, to: longestText, ellipsis: "...")
  }

  private static func readable(_ value: ReportValue) -> String {
    switch value {
    case .text(let text): shortened(text)
    case .integer(let value): String(value)
    case .number(let value): value == 0 ? "0" : numbers.significant(value, digits: 5)
    case .missing: "-"
    }
  }
}
