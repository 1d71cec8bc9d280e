import ArgumentParser
import OODData
import OODDetection

struct Tune: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evaluates a path of λ and proposes the λ with the lowest leave-one-out NLL.",
    discussion: """
      With DATA of ID and OOD samples, it also computes AUROC and FPR95TPR. The proposal never uses them.
      """)

  @Argument(help: "Samples for held-out NLL and metrics along the path.")
  var data: [String] = []

  @OptionGroup var scored: ScoredOptions
  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var output: FormatOptions

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The smallest λ of the path.", valueName: "λ"),
    transform: OptionValue.pathEnd)
  var from = 1e-8

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The largest λ of the path.", valueName: "λ"),
    transform: OptionValue.pathEnd)
  var through = 1e2

  @Option(
    parsing: .unconditional, help: "The number of values of λ, evenly spaced on a log axis.",
    transform: { try OptionValue.count($0, in: 2...10_000) })
  var points = 101

  func validate() throws {
    guard from < through else {
      throw ValidationError(
        "--from \(from) must be below --through \(through): a path runs from a λ through a larger one.")
    }
    if detector.model != nil {
      throw ValidationError("tune leaves training samples out, so it needs --train, not --model.")
    }
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      let path = try RegularizationPath.logarithmic(from: from, through: through, count: points)
      let run = try CommandRun(setting)
      let opened = try await run.open(detector.request(data, scored))
      let fitted = try await run.fitted(opened, pathCount: path.count)
      let sweep = try await run.step("λ path") {
        try await $0.sweep(
          fitted, opened.data, [opened.data.test == nil ? .train : .test], along: path, progress: $1)
      }
      run.remark(on: opened.data)
      let report = TuningReport(sweep, score: setting.scoreKind)
      try ReportPrinter.print(report, as: output.format, notes: advice(sweep))
    }
  }

  private func advice(_ sweep: Sweep) -> [String] {
    var lines: [String] = []
    if let proposed = sweep.proposed {
      lines.append("proposed by leave-one-out: --reg \(shortText(proposed))")
    } else if let end = sweep.lowestAtEnd {
      lines.append(
        "no proposal: leave-one-out NLL is least at \(shortText(end)), an end of the path; widen it with --from and "
          + "--through")
    } else {
      lines.append("no proposal: leave-one-out needs a class with at least two samples")
    }
    let unreached = sweep.leaveOneOut?.unreachedDimensionCount ?? 0
    if unreached > 0 {
      lines.append(
        "leave-one-out and held-out NLL leave out \(unreached) "
          + "\(unreached == 1 ? "direction" : "directions") that no training sample reaches")
    }
    if let last = zip(sweep.path, sweep.worstConditionNumber)
      .filter({ $0.1 > RegularizationCheck.largestTrustedConditionNumber }).map(\.0).max()
    {
      lines.append(
        "up to λ = \(shortText(last)) condition numbers are above 1e10: figures there may be off by more than 1e-6"
      )
    }
    return lines
  }
}
