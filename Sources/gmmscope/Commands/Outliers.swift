import ArgumentParser
import OODData
import OODDetection

struct Outliers: AsyncParsableCommand, PreparableCommand {
  static let preparation = "with --model and a model that ranks have fitted (gmmscope fit)"

  static let configuration = CommandConfiguration(
    abstract: "Lists the samples with the highest scores and explains each.")

  @Argument(help: "Files to search for outliers.")
  var data: [String] = []

  @OptionGroup var scored: ScoredOptions
  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var output: FormatOptions

  @Option(
    name: [.customShort("k"), .customLong("count")], parsing: .unconditional,
    help: "The number of outliers to list.",
    transform: { try OptionValue.count($0, in: 1...Int.max) })
  var count = 20

  func validate() throws { try scored.validate(with: data) }

  @MainActor func run() async throws {
    try await reportingFailures {
      let run = try CommandRun(setting)
      let opened = try await run.open(detector.request(data, scored))
      let detector = try await run.detector(for: opened)
      let scores = try await run.scores(of: opened, by: detector)
      guard let samples = opened.data.test, let found = scores.test else { throw fail("nothing was scored") }
      let score = detector.setting.score
      let rows = OutlierRow.ranked(found, of: samples, .test, by: score, limit: count)
      let report = try await run.step("explaining") { pipeline, _ in
        try await OutliersReport(
          rows, of: opened.data, scores, by: detector, score: score, pipeline: pipeline)
      }
      run.remark(on: opened.data, detector, scores: true)
      try ReportPrinter.print(report, as: output.format)
      if !setting.quiet, let missing = report.missingPValues {
        StandardError.writeLine("gmmscope: \(missing)")
      }
    }
  }
}
