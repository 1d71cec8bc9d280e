import ArgumentParser

/// How a report is printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json, csv
}

struct FormatOptions: ParsableArguments {
  @Option(help: "The output format: table, json or csv.")
  var format: ReportFormat = .table
}
