import ExplorerModel
import FeatureFiles
import Foundation
import TerminalRendering

/// Prints reports to standard output.
enum ReportPrinter {
  static func print(_ report: some Report, as format: ReportFormat, note: String? = nil) throws {
    switch format {
    case .json:
      try StandardOutput.write(report.json() + "\n")
    case .csv:
      var text = CSVWriter.line(report.table.columns)
      for row in report.table.plainRows { text += CSVWriter.line(row) }
      try StandardOutput.write(text)
    case .table:
      try StandardOutput.write(aligned(report.table) + (note.map { "\n\($0)\n" } ?? ""))
    }
  }

  /// Columns side by side, numbers to the right and rounded for reading.
  static func aligned(_ table: ReportTable) -> String {
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
      return text + "\n"
    }
    return line(table.columns) + cells.map(line).joined()
  }

  /// A text this long says who it is; JSON and CSV have all of it.
  private static let longestText = 100
  private static let numbers = NumberFormat(unicode: false)

  private static func readable(_ value: ReportValue) -> String {
    switch value {
    case .text(let text): DisplayText.truncated(text, to: longestText, ellipsis: "...")
    case .integer(let value): String(value)
    case .number(let value): value == 0 ? "0" : numbers.significant(value, digits: 5)
    case .missing: "-"
    }
  }
}
