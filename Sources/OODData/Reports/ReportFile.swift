import FeatureFiles
import Foundation
public import OODDetection

/// A table without further figures, as a report.
public struct TableReport: Report {
  public let rows: ReportRows

  public init(_ rows: ReportRows) { self.rows = rows }

  public init(_ table: ReportTable) { self.init(ReportRows(table)) }

  public var table: ReportTable { ReportTable(rows) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: ReportKey.self)
    try container.encode(reportSchemaVersion, forKey: "schemaVersion")
    try container.encode(rows.map { RowObject(columns: rows.columns, values: $0) }, forKey: "rows")
  }
}

/// The format of a file that a report is written to.
public enum ReportFileFormat: String, CaseIterable, Sendable {
  case csv
  case tsv
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
  /// Writes the report beside its target and renames it into place. CSV and TSV have every digit; Markdown and LaTeX have
  /// the rounded table for a paper.
  ///
  /// - Throws: `FeatureFileError`, also if the task was cancelled.
  public func write(
    to path: String, as format: ReportFileFormat, progress: @escaping ProgressHandler = { _ in }
  ) throws {
    switch format {
    case .csv: try write(to: path, separator: ",", progress: progress)
    case .tsv: try write(to: path, separator: "\t", progress: progress)
    case .json:
      if let table = self as? TableReport, !table.rows.isEmpty {
        return try table.writeJSON(to: path, progress: progress)
      }
      try write(json(), to: path)
    case .markdown: try write(paperTable.markdown, to: path)
    case .latex: try write(paperTable.latex, to: path)
    }
  }

  private func write(_ text: String, to path: String) throws {
    try AtomicFile.write(to: path) { try $0.write(text + "\n") }
  }

  private func write(to path: String, separator: Character, progress: ProgressHandler) throws {
    let rows = rows
    try AtomicFile.write(to: path) { writer in
      try writer.write(CSVWriter.line(rows.columns, separator: separator))
      try rows.forEachPiece(progress: progress) { piece in
        for place in piece {
          try writer.write(CSVWriter.line(rows[place].map(\.plainText), separator: separator))
        }
      }
    }
  }
}

extension TableReport {
  /// Writes what `json()` returns, without having all of it in memory.
  fileprivate func writeJSON(to path: String, progress: ProgressHandler) throws {
    try AtomicFile.write(to: path) { writer in
      try writer.write("{\n  \"rows\" : [\n")
      try rows.forEachPiece(progress: progress) { piece in
        try writer.write((piece.lowerBound == 0 ? "" : ",\n") + rows.json(of: piece))
      }
      try writer.write("\n  ],\n  \"schemaVersion\" : \(reportSchemaVersion)\n}\n")
    }
  }
}

extension ReportRows {
  /// The number of rows between two checks for cancellation.
  private static let pieceLength = 1024

  fileprivate func forEachPiece(progress: ProgressHandler, _ body: (Range<Int>) throws -> Void) throws {
    for start in stride(from: 0, to: count, by: Self.pieceLength) {
      try Task.checkCancellation()
      let piece = start..<Swift.min(start + Self.pieceLength, count)
      try body(piece)
      progress(WorkProgress(completed: Double(piece.upperBound), planned: Double(count)))
    }
  }
}
