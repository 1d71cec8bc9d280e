import ArgumentParser
import FeatureFiles
import OODData
import OODDetection

struct Audit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists training samples whose labels are probably wrong, and near duplicates.",
    discussion: """
      Every training sample is held out of its own class, exactly and without refitting, and compared with the other \
      classes. Without --reg, --reg-scale and --pooling, leave-one-out proposes the setting: λ by likelihood at the \
      poolings 0 and 0.1, and of these the one with the highest accuracy. CSV has one row per training sample in the \
      columns of cleanlab's Datalab. With DATA, the audit also finds test samples that are near duplicates of training samples, and compares \
      held-out ID samples with their likeliest class.
      """)

  @Argument(help: "Test samples.")
  var data: [String] = []

  @OptionGroup var scored: ScoredOptions
  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var format: FormatOptions

  @Option(
    name: [.customShort("k"), .customLong("count")], parsing: .unconditional,
    help: "The number of samples to list (default: 20 in tables, all in JSON; CSV always has all).",
    transform: { try OptionValue.count($0, in: 1...Int.max) })
  var count: Int?

  @Flag(help: "Do not search for near duplicates, which takes time proportional to N².")
  var noNearDuplicates = false

  @Option(
    name: [.short, .long],
    help: """
      Where to write: .csv, .tsv (a row per sample), .json, .md or .tex (the listed samples); - or a device takes \
      --format.
      """)
  var output: OutputPath?

  func validate() throws {
    if detector.model != nil {
      throw ValidationError("audit leaves training samples out, so it needs --train, not --model.")
    }
    _ = try fileFormat
  }

  /// The format of the output file; nil for a report on standard output.
  private var fileFormat: ReportFileFormat? {
    get throws {
      try output?.reportFormat(otherwise: format.format, what: "audits are written")
    }
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      let (request, fileFormat) = (detector.request(data, scored), try fileFormat)
      let isRowPerSample = fileFormat.map { [.csv, .tsv].contains($0) } ?? (format.format == .csv)
      try output?.requireNoInput(of: request)
      let run = try CommandRun(setting)
      let opened = try await run.open(request)
      let data = opened.data
      let base = run.setting(for: opened)
      let (isChosen, includesEveryMargin) = (namesRidgeOrPooling, isRowPerSample)
      var audited = try await run.step("auditing") { pipeline, progress in
        guard isChosen else {
          return try await pipeline.auditAtProposedSetting(
            data, near: base, includesEveryMargin: includesEveryMargin, progress: progress)
        }
        let fitted = try await pipeline.fit(data, setting: base.fit) {
          progress(WorkProgress(completed: 0.5 * $0.fraction, planned: 1))
        }
        return try await pipeline.audit(fitted, data, at: base, includesEveryMargin: includesEveryMargin) {
          progress(WorkProgress(completed: 0.5 + 0.5 * $0.fraction, planned: 1))
        }
      }
      if !noNearDuplicates {
        audited.nearDuplicates = try await run.step("near duplicates") {
          try await $0.nearDuplicates(of: data, setting: base.fit, progress: $1)
        }
      }
      run.remark(on: data)
      remark(on: audited)
      if isRowPerSample {
        return try write(DatalabTable(audited, labels: data.train?.labels ?? []), as: fileFormat)
      }
      let isTable = fileFormat.map { $0 != .json } ?? (format.format != .json)
      let report = AuditReport(audited, of: data, limit: count ?? (isTable ? 20 : nil))
      guard let output, let fileFormat else {
        return try ReportPrinter.print(report, as: format.format, notes: report.lines)
      }
      try report.write(to: output.checked(), as: fileFormat)
    }
  }

  /// Whether the options choose a setting; otherwise, leave-one-out proposes one.
  private var namesRidgeOrPooling: Bool {
    setting.setsRidge || setting.choice.pooling != nil
  }

  /// Writes to standard error which setting the audit used, unless the options name it, and what reduces its precision.
  private func remark(on audited: AuditedData) {
    guard !setting.quiet else { return }
    if !namesRidgeOrPooling {
      let options = audited.setting.commandLineOptions.joined(separator: " ")
      StandardError.writeLine(
        audited.isAtProposedSetting
          ? "gmmscope: leave-one-out proposes the setting of this audit: \(options.isEmpty ? "the default" : options)"
          : "gmmscope: leave-one-out proposes no setting; the audit uses \(audited.setting.summary)")
    }
    if let remark = audited.precisionRemark { StandardError.writeLine("gmmscope: \(remark)") }
  }

  private func write(_ table: DatalabTable, as format: ReportFileFormat?) throws {
    if let output, let format {
      let rows = (0..<table.rowCount).lazy.map(table.row)
      return try CSVWriter.write(
        header: DatalabTable.columns, rows: rows, to: output.checked(), separator: format == .tsv ? "\t" : ","
      )
    }
    try StandardOutput.write(records: [String(CSVWriter.line(DatalabTable.columns).dropLast())])
    // In parts, so that memory does not grow with the number of samples.
    for start in stride(from: 0, to: table.rowCount, by: 10_000) {
      let rows = start..<min(table.rowCount, start + 10_000)
      try StandardOutput.write(records: rows.map { String(CSVWriter.line(table.row(at: $0)).dropLast()) })
    }
  }
}
