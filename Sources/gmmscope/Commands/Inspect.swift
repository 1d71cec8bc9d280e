import ArgumentParser
import OODData
import OODDetection

struct Inspect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the arrays inside files and what they would be used as.")

  @Argument(help: "Files, folders or patterns to inspect.")
  var files: [String]

  @OptionGroup var keys: KeyOptions
  @OptionGroup var output: FormatOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var threading: ThreadOptions

  @Option(
    help: "Plan the memory of each of so many ranks that share the work.",
    transform: { try OptionValue.count($0, in: 1...1_000_000) })
  var ranks = 1

  @Flag(help: "Suppress progress on standard error; errors are still shown.")
  var quiet = false

  @MainActor func run() async throws {
    try await reportingFailures {
      let folder = try await look()
      let notes = folder.inspections.flatMap(notes) + folder.notices
      if !(folder.inspections.isEmpty && folder.leftOut.isEmpty) || output.format == .json {
        try ReportPrinter.print(
          InspectionReport(
            folder.inspections, leftOut: folder.leftOut, failures: folder.failures, \.options),
          as: output.format, notes: notes)
      }
      let damages = folder.inspections.filter(\.isDamaged).map { inspection in
        let (path, problem) = (
          inspection.report.path + ": ", inspection.problems.first?.line(\.options) ?? "is damaged"
        )
        return problem.hasPrefix(path) ? problem : path + problem
      }
      for failure in folder.failures.map({ $0.line(\.options) }) + damages {
        StandardError.writeLine("gmmscope: \(failure)")
      }
      if !folder.failures.isEmpty || !damages.isEmpty { throw ExitCode(1) }
    }
  }

  /// Inspects off the main actor, which shows progress meanwhile.
  @MainActor private func look() async throws -> FolderInspection {
    let line = !quiet && StandardError.isTerminal ? ProgressLine() : nil
    defer { line?.clear() }
    let (files, keys, memory, ranks) = (files, keys.keys, memory.budget, ranks)
    let threadCount = threading.threads
    return try await Task.detached {
      try FolderInspection(
        files, keys: keys, memory: memory, rankCount: ranks, threadCount: threadCount
      ) { progress in
        Task { @MainActor in line?.show("inspecting", progress) }
      }
    }.value
  }

  /// The lines below the table: label counts, memory, remarks and problems.
  private func notes(_ inspection: FileInspection) -> [String] {
    let report = inspection.report
    let labels = report.labelCounts.map { "\(ReportPrinter.shortened($0.name)): \($0.count)" }
      .joined(separator: ", ")
    let origin = inspection.labelsPath.map { ", from \($0)" } ?? ""
    return ["\(report.path): \(report.format), \(report.byteCount) bytes, CRC-32 \(inspection.checksumText)"]
      + (inspection.model.map(text) ?? []) + (inspection.moments.map(text) ?? [])
      + (labels.isEmpty ? unlabelled(inspection) : ["  samples by label\(origin): \(labels)"])
      + (inspection.memory.map { ["  memory: \($0.summary) (--memory)"] } ?? [])
      + (inspection.spectra.map { ["  memory: \($0.summary) (--memory)"] } ?? [])
      + inspection.remarks.map { "  remark: \($0.line(\.options))" }
      + inspection.problems.map { "  problem: \($0.line(\.options))" }
      + inspection.fitting.map { "  \($0): \($0.arguments)" }
  }

  /// A hint for features without labels.
  private func unlabelled(_ inspection: FileInspection) -> [String] {
    let hasFeatures = inspection.report.arrays.contains { $0.role == .features }
    guard hasFeatures, inspection.problems.isEmpty, inspection.fitting.isEmpty else { return [] }
    return ["  no labels: its samples can be scored; to fit to them, name labels with --labels"]
  }

  private func text(_ model: ModelOutline) -> [String] {
    let setting = model.regularization.map { ", \(model.ridgeRule.symbol) = \($0)" } ?? ""
    return [
      "  a saved model: \(model.classCount) classes, \(model.dimension) dimensions, "
        + "\(model.sampleCount) samples\(setting)"
    ]
      + model.sources.map { "  fitted to \($0.name), \($0.byteCount) bytes, CRC-32 \($0.checksumText)" }
  }

  private func text(_ moments: MomentsOutline) -> [String] {
    let normalization = moments.normalization > 0 ? ", normalization \(moments.normalization)" : ""
    let files = moments.shardCount == 1 ? "1 file" : "\(moments.shardCount) files"
    return [
      "  moments of training samples: \(moments.classCount) classes, \(moments.dimension) dimensions, "
        + "\(moments.sampleCount) samples of \(files)\(normalization); fit --moments merges them"
    ]
      + moments.sources.map { "  summed from \($0.name), \($0.byteCount) bytes, CRC-32 \($0.checksumText)" }
  }
}
