import FeatureFiles
import Foundation
public import OODDetection
import Synchronization

/// A table without further figures, as a report.
public struct TableReport: Report {
  public let rows: ReportRows

  public init(_ rows: ReportRows) { self.rows = rows }

  public init(_ table: ReportTable) { self.init(ReportRows(table)) }

  public var table: ReportTable { ReportTable(rows) }

  public var withoutRows: (rest: any Report, key: String)? {
    (TableReport(ReportTable(columns: rows.columns, rows: [])), "rows")
  }

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
  /// - Parameter threadCount: The number of threads that format rows.
  /// - Throws: `FeatureFileError`, also if the task was cancelled.
  public func write(
    to path: String, as format: ReportFileFormat, threadCount: Int = SpectralDetector.defaultThreadCount,
    progress: @escaping ProgressHandler = { _ in }
  ) throws {
    try AtomicFile.write(to: path) { writer in
      try forEachPiece(as: format, threadCount: threadCount, progress: progress) { try writer.write($0) }
    }
  }

  /// Passes the text of the report to `body`, piece by piece, in order. Rows of long lists are never in memory as a
  /// whole.
  ///
  /// - Parameter threadCount: The number of threads that format rows.
  /// - Throws: `CancellationError`, and the errors of `body`.
  public func forEachPiece(
    as format: ReportFileFormat, threadCount: Int = SpectralDetector.defaultThreadCount,
    progress: @escaping ProgressHandler = { _ in }, _ body: (String) throws -> Void
  ) throws {
    switch format {
    case .csv, .tsv:
      let (rows, separator): (ReportRows, Character) = (rows, format == .csv ? "," : "\t")
      try body(CSVWriter.line(rows.columns, separator: separator))
      try rows.forEachPiece(threadCount: threadCount, progress: progress) { piece in
        piece.map { CSVWriter.line(rows[$0].map(\.plainText), separator: separator) }.joined()
      } body: {
        try body($0)
      }
    case .json:
      guard let (rest, key) = withoutRows, !rows.isEmpty else { return try body(try json() + "\n") }
      let (rows, text) = (rows, try rest.json())
      // A quotation mark inside a text would follow a backslash.
      guard let start = text.range(of: "\"\(key)\" : [")?.upperBound,
        let end = text[start...].firstIndex(of: "]")
      else { return try body(try json() + "\n") }
      try body(String(text[..<start]) + "\n")
      try rows.forEachPiece(threadCount: threadCount, progress: progress) { piece in
        (piece.lowerBound == 0 ? "" : ",\n") + (try rows.json(of: piece))
      } body: {
        try body($0)
      }
      try body("\n  " + String(text[end...]) + "\n")
    case .markdown: try body(paperTable.markdown + "\n")
    case .latex: try body(paperTable.latex + "\n")
    }
  }
}

extension ReportRows {
  /// The number of rows that a thread formats at a time.
  private static let pieceLength = 1024
  /// The number of pieces per thread between two checks for cancellation.
  private static let piecesPerThread = 4

  /// Passes pieces of the rows, formatted by `text`, to `body` in order.
  fileprivate func forEachPiece(
    threadCount: Int, progress: ProgressHandler, _ text: @escaping @Sendable (Range<Int>) throws -> String,
    body: (String) throws -> Void
  ) throws {
    let pieces = stride(from: 0, to: count, by: Self.pieceLength).map {
      $0..<Swift.min($0 + Self.pieceLength, count)
    }
    let groupLength = Self.piecesPerThread * threadCount
    for start in stride(from: 0, to: pieces.count, by: groupLength) {
      try Task.checkCancellation()
      let group = pieces[start..<Swift.min(start + groupLength, pieces.count)]
      let texts = Mutex([Int: Result<String, any Error>]())
      DispatchQueue.concurrentPerform(iterations: Swift.min(threadCount, group.count)) { worker in
        for place in stride(from: group.startIndex + worker, to: group.endIndex, by: threadCount) {
          let found = Result { try text(group[place]) }
          texts.withLock { $0[place] = found }
        }
      }
      for (place, piece) in zip(group.indices, group) {
        if let found = texts.withLock({ $0[place] }) { try body(try found.get()) }
        progress(WorkProgress(completed: Double(piece.upperBound), planned: Double(count)))
      }
    }
  }
}
