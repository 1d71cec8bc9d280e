import ArgumentParser
import ExplorerModel
import OODDetection

struct Evaluate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures how well scores separate ID (label ≥ 0) from OOD (label < 0) samples.")

  @Argument(help: "Files with both kinds of samples.")
  var data: [String] = []

  @OptionGroup var scored: ScoredOptions
  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var output: FormatOptions

  func validate() throws { try scored.validate(with: data) }

  @MainActor func run() async throws {
    try await reportingFailures {
      let state = try await Session.finished(
        detector.request(data, scored), goal: .score, setting: setting)
      do {
        guard let report = try EvaluationReport(state) else { throw fail("nothing was scored") }
        try ReportPrinter.print(report, as: output.format)
      } catch let reason as MissingMetrics {
        throw fail("\((data + scored.test + scored.ood).joined(separator: ", ")): \(reason)")
      }
    }
  }
}
