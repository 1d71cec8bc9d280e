import ArgumentParser
import OODData
import OODDetection

struct Evaluate: AsyncParsableCommand, DistributedCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures how well scores separate ID (label ≥ 0) from OOD (label < 0) samples.")

  @Argument(help: "Files of ID and OOD samples.")
  var data: [String] = []

  @Flag(help: "Add 95 % intervals of AUPR and FPR95, from 1,000 bootstrap draws.")
  var intervals = false

  @OptionGroup var scored: ScoredOptions
  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var output: FormatOptions

  func validate() throws { try scored.validate(with: data) }

  @MainActor func run() async throws {
    try await reportingFailures {
      let run = try CommandRun(setting)
      let opened = try await run.open(detector.request(data, scored))
      let detector = try await run.detector(for: opened)
      let scores = try await run.scores(of: opened, by: detector)
      run.remark(on: opened.data, detector, scores: true)
      guard let samples = opened.data.test, let found = scores.test else { throw fail("nothing was scored") }
      guard RankProcess.isWriter else { return }
      do {
        let values = found.values(detector.setting.score)
        var evaluation = try samples.evaluation(of: values)
        if intervals {
          evaluation = try await run.step("intervals") { [evaluation] pipeline, progress in
            try await samples.addingIntervals(
              to: evaluation, of: values, threadCount: pipeline.threadCount, progress: progress)
          }
        }
        let accuracy = samples.labels.flatMap {
          found.accuracy(labels: $0, classLabels: detector.classLabels)
        }
        let report = EvaluationReport(evaluation, accuracy: accuracy, at: detector.setting)
        try ReportPrinter.print(report, as: output.format, notes: report.notes)
      } catch let reason as MissingMetrics {
        throw fail("\((data + scored.test + scored.ood).joined(separator: ", ")): \(commandLine(reason))")
      }
    }
  }
}
