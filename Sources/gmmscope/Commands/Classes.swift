import ArgumentParser
import ExplorerModel

struct Classes: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the class table: means, spectra, condition numbers, ranks, nearest classes.")

  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var output: FormatOptions

  @MainActor func run() async throws {
    try await reportingFailures {
      let state = try await Session.finished(detector.request(), goal: .fit, setting: setting)
      guard let report = ClassesReport(state) else { throw fail("nothing was fitted") }
      try ReportPrinter.print(report, as: output.format)
    }
  }
}
