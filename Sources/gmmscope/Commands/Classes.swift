import ArgumentParser
import OODData
import OODDetection

struct Classes: AsyncParsableCommand, DistributedCommand {
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
      let setting = run.setting(for: opened)
      let detector = try DetectorAtSetting(fitted, at: setting.regularization, score: setting.score)
      run.remark(on: opened.data, detector)
      let report = ClassesReport(fitted, detector.summaries, at: setting, of: opened.data)
      guard RankProcess.isWriter else { return }
      try ReportPrinter.print(report, as: output.format)
    }
  }
}
