import ArgumentParser
import ExplorerModel

struct Outliers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the strongest outliers and why each is one.")

  @Argument(help: "Files to look in.")
  var data: [String] = []

  @OptionGroup var scored: ScoredOptions
  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var output: FormatOptions

  @Option(
    name: [.customShort("k"), .customLong("count")], parsing: .unconditional, help: "How many.",
    transform: { try OptionValue.count($0, in: 1...Int.max) })
  var count = 20

  func validate() throws { try scored.validate(with: data) }

  @MainActor func run() async throws {
    try await reportingFailures {
      let state = try await Session.finished(
        detector.request(data, scored), goal: .score, setting: setting
      ) { $0.outlierLimit = count }
      guard let report = try await OutliersReport(state, runner: setting.runner()) else {
        throw fail("nothing was scored")
      }
      try ReportPrinter.print(report, as: output.format)
      if !setting.quiet, let missing = report.missingPValues {
        StandardError.writeLine("gmmscope: \(missing)")
      }
    }
  }
}
