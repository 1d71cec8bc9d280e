import ArgumentParser
import OODData
import OODDetection

struct Tune: AsyncParsableCommand, DistributedCommand {
  static let configuration = CommandConfiguration(
    abstract: "Evaluates a path of ridges and proposes the one with the lowest leave-one-out NLL.",
    discussion: """
      The path runs over t: λ itself, or the multiplier of the ridge rule that --reg names. With --map it also runs \
      over pooling; CSV then holds the map. With DATA of ID and OOD samples, it also computes accuracy, AUROC and FPR95TPR. The proposal never \
      uses them.
      """)

  @Argument(help: "Samples for held-out NLL and metrics along the path.")
  var data: [String] = []

  @OptionGroup var scored: ScoredOptions
  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions
  @OptionGroup var output: FormatOptions

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The smallest t of the path.", valueName: "t"),
    transform: OptionValue.pathEnd)
  var from = 1e-8

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The largest t of the path.", valueName: "t"),
    transform: OptionValue.pathEnd)
  var through = 1e2

  @Option(
    parsing: .unconditional, help: "The number of values of t, evenly spaced on a log axis.",
    transform: { try OptionValue.count($0, in: 2...10_000) })
  var points = 101

  @Flag(
    help: "Evaluate pooling 0, 0.01, 0.03, 0.1, 0.3, 0.6 and 1 too, and propose pooling and t together.")
  var map = false

  func validate() throws {
    guard from < through else {
      throw ValidationError(
        "--from \(from) must be below --through \(through): a path runs from a t through a larger one.")
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
      let (data, chosen) = (opened.data, run.setting(for: opened))
      let fitted = try await run.fitted(opened, pathCount: path.count)
      let sweep = try await run.step("path") {
        try await $0.sweep(
          fitted, data, [data.test == nil ? .train : .test], along: path,
          includesBackground: chosen.score.isRelative, includesAccuracy: true,
          measuring: [chosen.score], progress: $1)
      }
      var found: PoolingMap?
      if map {
        found = try await run.step("map") { pipeline, progress in
          var map = try await pipeline.map(
            data, setting: chosen.fit, along: path,
            poolings: Set(Pooling.grid + [chosen.fit.pooling]).sorted(),
            includesBackground: chosen.score.isRelative, measuring: [chosen.score],
            known: PoolingMap.Row(pooling: chosen.fit.pooling, sweep: sweep), progress: progress)
          map.refinedPlace = try await pipeline.refined(map, data, setting: chosen.fit)
          map.sharedSamples = nil
          return map
        }
      }
      run.remark(on: data)
      // A terminal is too narrow for a column per OOD set.
      let sets = output.format == .table ? nil : data[data.test == nil ? .train : .test]?.oodSets?.sets
      let report = TuningReport(sweep, map: found, at: chosen, sets: sets ?? [])
      let advice = TuningAdvice(sweep: sweep, map: found, setting: chosen, detector: fitted)
      if output.format == .csv, let map = report.mapTable { return try ReportPrinter.write(csv: map) }
      let best = report.bestOfMap.map { ReportPrinter.aligned($0) + [""] } ?? []
      try ReportPrinter.print(report, as: output.format, notes: best + advice.lines)
    }
  }
}
