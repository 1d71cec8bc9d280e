import ArgumentParser

/// How a report is printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json, csv
}

struct FormatOptions: ParsableArguments {
  @Option(help: "table for people, json or csv for programs.")
  var format: ReportFormat = .table
}
