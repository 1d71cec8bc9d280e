import ArgumentParser
import ExplorerModel

struct Inspect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the arrays inside files and what they would be used as.")

  @Argument(help: "Files to look into.")
  var files: [String]

  @OptionGroup var keys: KeyOptions
  @OptionGroup var output: FormatOptions

  @MainActor func run() async throws {
    try await reportingFailures {
      let inspections = try files.map { try FileInspection(path: $0, keys: keys.keys) }
      try ReportPrinter.print(InspectionReport(inspections), as: output.format, note: note(inspections))
    }
  }

  /// Label counts and problems, below the table.
  private func note(_ inspections: [FileInspection]) -> String {
    inspections.map { inspection in
      let report = inspection.report
      let labels = report.labelCounts.map { "\($0.name): \($0.count)" }.joined(separator: ", ")
      let lines =
        ["\(report.path): \(report.format), \(report.byteCount) bytes"]
        + (labels.isEmpty ? [] : ["  samples by label: \(labels)"])
        + inspection.problems.map { "  problem: \($0)" }
      return lines.joined(separator: "\n")
    }.joined(separator: "\n")
  }
}
