import ArgumentParser

/// How a report is printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json, csv, latex, markdown
}

struct FormatOptions: ParsableArguments {
  @Option(help: "The output format: table, json, csv, latex or markdown.")
  var format: ReportFormat = .table
}
