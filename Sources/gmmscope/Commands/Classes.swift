import ArgumentParser
import OODData

struct Classes: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the class table: means, spectra, condition numbers, ranks, nearest classes.")

  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var output: FormatOptions

  @MainActor func run() async throws {
    try await reportingFailures {
      let run = try CommandRun(setting)
      let opened = try await run.open(detector.request())
      let fitted = try await run.fitted(opened)
      let detector = try DetectorAtSetting(fitted, at: run.regularization(for: opened))
      run.remark(on: opened.data, detector)
      let report = ClassesReport(fitted, detector.summaries, at: detector.regularization, of: opened.data)
      try ReportPrinter.print(report, as: output.format)
    }
  }
}
