import ArgumentParser
import ExplorerModel
import FeatureFiles
import Foundation

struct Score: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Scores samples, one number each in input order; higher is more out-of-distribution.")

  @Argument(help: "Files to score.")
  var data: [String] = []

  @OptionGroup var scored: ScoredOptions
  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var format: FormatOptions

  @Option(name: [.short, .long], help: "Where to write: .npy (bare scores), .csv or .json.")
  var output: String?

  func validate() throws {
    try scored.validate(with: data)
    if let output, ScoreFile(path: output) == nil {
      throw ValidationError("-o \(output): scores are written as .npy, .csv or .json.")
    }
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      let state = try await Session.finished(
        detector.request(data, scored), goal: .score, setting: setting)
      guard let report = ScoresReport(state, split: .test) else { throw fail("nothing was scored") }
      guard let output, let file = ScoreFile(path: output) else {
        return try ReportPrinter.print(report, as: format.format)
      }
      try file.write(report)
      if !setting.quiet { StandardError.writeLine("wrote \(report.values.count) scores to \(output)") }
    }
  }
}

/// Scores in a file, in the format that its ending names.
private nonisolated struct ScoreFile {
  private enum Format: String { case npy, csv, json }

  let path: String
  private let format: Format

  init?(path: String) {
    guard let format = Format(rawValue: (path as NSString).pathExtension.lowercased()) else { return nil }
    self.path = path
    self.format = format
  }

  func write(_ report: ScoresReport) throws {
    switch format {
    case .npy:
      let scores = report.values
      try NPYWriter.write(
        OutputArray(name: "scores", shape: [scores.count], values: .float64(scores)), to: path)
    case .csv:
      try CSVWriter.write(header: report.table.columns, rows: report.table.plainRows, to: path)
    case .json:
      let text = try report.json()
      try AtomicFile.write(to: path) { try $0.write(text + "\n") }
    }
  }
}
