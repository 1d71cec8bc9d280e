import ArgumentParser
import OODData
import OODDetection

struct Compare: AsyncParsableCommand, DistributedCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares settings and baselines on every OOD set.",
    discussion: """
      The rows are the default, the setting that leave-one-out proposes, a tied Mahalanobis detector, RMD and \
      L2-normalized features, the setting of the options, those of --setting, and baselines. The baselines need no \
      Gaussian: knn, and msp, max-logit, energy and vim where files hold logits or the network's last layer.
      """)

  @Argument(help: "Files of ID and OOD samples.")
  var data: [String] = []

  @Option(
    name: .customLong("setting"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A further setting, in options such as \"--pooling 0.1 --reg 1e-3\" (repeatable).", valueName: "options"
    ),
    transform: DetectorSettingOptions.setting)
  var settings: [DetectorSetting] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The baselines: knn, msp, max-logit, energy, vim or none (default: those that the files allow).",
      valueName: "name"), transform: BaselineChoice.init(argument:))
  var baseline: [BaselineChoice] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The neighbor whose distance is the score of knn.", valueName: "k"),
    transform: { try OptionValue.count($0, in: 1...1000) })
  var neighbors = Baseline.standardNeighborCount

  @Option(help: "The metric of the table: AUROC, AUPR-IN, AUPR-OUT, FPR95TPR or FPR95ID. JSON has all.")
  var metric = MetricName.auroc

  @Flag(help: "Add 95 % intervals of AUPR and FPR95, from 1,000 bootstrap draws.")
  var intervals = false

  @Flag(help: "Do not search for the setting that leave-one-out proposes.")
  var noProposal = false

  @OptionGroup var scored: ScoredOptions
  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var output: FormatOptions

  func validate() throws {
    try scored.validate(with: data)
    if detector.model != nil {
      throw ValidationError("compare fits several detectors, so it needs --train, not --model.")
    }
  }

  /// The rows to compute; the setting of the options is one of them if there are any.
  private var request: ComparisonRequest {
    var request = ComparisonRequest()
    for setting in [setting.choice.resolved()] + settings
    where !request.settings.contains(where: { $0.setting == setting }) {
      request.settings.append(.init(setting))
    }
    request.proposes = !noProposal
    request.baselines = baseline.isEmpty ? nil : baseline.compactMap(\.baseline)
    request.neighborCount = neighbors
    request.drawsIntervals = intervals
    return request
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      let (run, request) = (try CommandRun(setting), request)
      let opened = try await run.open(detector.request(data, scored))
      do {
        let comparison = try await run.step("comparing") {
          try await $0.compare(opened.data, request, progress: $1)
        }
        run.remark(on: opened.data)
        let report = ComparisonReport(comparison, metric: metric)
        if output.format == .table {
          return try StandardOutput.write(
            lines: ReportPrinter.aligned(report.markedTable) + [""] + report.notes)
        }
        // JSON tells them itself; the other formats have rows only.
        if output.format != .json, !setting.quiet {
          for note in report.omissionNotes { StandardError.writeLine("gmmscope: \(note)") }
        }
        try ReportPrinter.print(report, as: output.format)
      } catch let reason as MissingMetrics {
        throw fail("\((data + scored.test + scored.ood).joined(separator: ", ")): \(commandLine(reason))")
      }
    }
  }
}

/// A baseline, or none.
nonisolated struct BaselineChoice {
  let baseline: Baseline?

  init(argument: String) throws {
    baseline = Baseline(rawValue: argument)
    guard baseline != nil || argument == "none" else {
      throw ValidationError("use knn, msp, max-logit, energy, vim or none")
    }
  }
}

extension DetectorSettingOptions {
  /// The setting that options in one argument choose, such as `--pooling 0.1 --reg 1e-3`.
  static func setting(_ text: String) throws -> DetectorSetting {
    do {
      return try parse(text.split(whereSeparator: \.isWhitespace).map(String.init)).choice.resolved()
    } catch {
      let message = Self.message(for: error).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
      throw ValidationError(
        "\(message.isEmpty ? "not a setting" : message); use options such as \"--pooling 0.1 --reg 1e-3\"")
    }
  }
}
