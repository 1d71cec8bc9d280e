import OODData
import ArgumentParser

/// How a report is printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json, csv, latex, markdown

  /// The format of a file; nil for a table, which only people read.
  var fileFormat: ReportFileFormat? {
    switch self {
    case .table: nil
    case .json: .json
    case .csv: .csv
    case .latex: .latex
    case .markdown: .markdown
    }
  }
}

struct FormatOptions: ParsableArguments {
  @Option(help: "The output format: table, json, csv, latex or markdown.")
  var format: ReportFormat = .table
}
