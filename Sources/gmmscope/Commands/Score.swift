import ArgumentParser
import FeatureFiles
import OODData

struct Score: AsyncParsableCommand, DistributedCommand {
  static let configuration = CommandConfiguration(
    abstract: "Scores samples, one number each in input order; higher is more out-of-distribution.")

  @Argument(help: "Files to score.")
  var data: [String] = []

  @OptionGroup var scored: ScoredOptions
  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var format: FormatOptions

  @Option(
    name: [.short, .long],
    help: """
      Where to write: .npy (bare scores), .csv, .tsv, .json, .md or .tex; - or a device takes --format csv or json, else \
      .npy.
      """)
  var output: OutputPath?

  func validate() throws {
    try scored.validate(with: data)
    _ = try fileFormat
  }

  /// The format of the output file; nil for a report on standard output.
  private var fileFormat: ScoreFileFormat? {
    get throws {
      let name = try output?.format(
        among: ScoreFileFormat.names, otherwise: format.format.fileFormat?.rawValue ?? "npy",
        what: "scores are written")
      return name.flatMap { ScoreFileFormat(name: $0) }
    }
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      let request = detector.request(data, scored)
      try output?.requireNoInput(of: request)
      let run = try CommandRun(setting)
      let opened = try await run.open(request)
      let detector = try await run.detector(for: opened)
      let scores = try await run.scores(of: opened, by: detector)
      run.remark(on: opened.data, detector, scores: true)
      guard let samples = opened.data.test, let found = scores.test else { throw fail("nothing was scored") }
      guard RankProcess.isWriter else { return }
      let report = ScoresReport(
        found, of: samples, at: detector.setting, classLabels: detector.classLabels)
      guard let output, let fileFormat = try fileFormat else {
        return try ReportPrinter.print(
          report, as: format.format, threadCount: run.pipeline.threadCount)
      }
      try write(
        report, as: fileFormat, to: output.checked(), threadCount: run.pipeline.threadCount)
      if !setting.quiet {
        StandardError.writeLine("wrote \(report.values.count) scores to \(output.name)")
      }
    }
  }

  private func write(
    _ report: ScoresReport, as format: ScoreFileFormat, to path: String, threadCount: Int
  ) throws {
    switch format {
    case .npy:
      let scores = report.values
      try NPYWriter.write(
        OutputArray(name: "scores", shape: [scores.count], values: .float64(scores)), to: path)
    case .report(let format):
      try report.write(to: path, as: format, threadCount: threadCount)
    }
  }
}

private nonisolated enum ScoreFileFormat {
  case npy
  case report(ReportFileFormat)

  static let names = ["npy"] + ReportFileFormat.allCases.map(\.rawValue)

  init?(name: String) {
    if name == "npy" {
      self = .npy
    } else if let format = ReportFileFormat(rawValue: name) {
      self = .report(format)
    } else {
      return nil
    }
  }
}
