import ExplorerModel
import Foundation
import OODData
import OODDetection

/// Why a measurement gave no figures.
struct BenchFailure: Error, CustomStringConvertible {
  let description: String
}

/// Runs one workload and gathers what it took.
@MainActor
struct Benchmark {
  let workload: Workload
  let options: BenchmarkOptions
  /// Told what is about to run.
  let progress: (String) -> Void

  private var costs: [Phase: [PhaseCost]] = [:]
  private var accuracy = AccuracyCheck()
  private var visitedClassesPerSample: Double?
  private var interpolation: InterpolationCheck?

  init(_ workload: Workload, options: BenchmarkOptions, progress: @escaping (String) -> Void) {
    self.workload = workload
    self.options = options
    self.progress = progress
  }

  /// Commands first, then the explorer, then the peer.
  mutating func run(peer: Peer?) async throws -> WorkloadReport {
    if options.comparesSettings { return try await runSettings(peer) }
    var data: DataSet?
    if !options.includesSpectra { data = try await load() }
    for turn in 1...options.runCount where options.includesSpectra {
      progress("fit and score, run \(turn) of \(options.runCount)")
      let driver = try await runCommand()
      guard turn == options.runCount else { continue }
      try await checkAccuracy(of: driver)
      data = driver.state.data.dataSet
    }
    if let data { try await runFactored(data) }
    if options.includesProcess { try await runProcess() }
    if options.includesExplorer && options.includesSpectra {
      for turn in 1...options.runCount {
        progress("λ path and λ steps, run \(turn) of \(options.runCount)")
        try await runExplorer(checked: turn == options.runCount)
      }
    }
    guard let data, let shape = WorkloadShape(data) else {
      throw BenchFailure(description: "nothing was run")
    }
    var comparison: Comparison?
    if let peer { comparison = try await Comparison.run(workload, options, peer: peer, progress: progress) }
    progress("reference scores")
    let rows = try await accuracy.rows(for: data, threadCount: options.threadCount)
    let phases = Phase.allCases.compactMap { phase in
      costs[phase].flatMap { PhaseReport(phase, $0, shape: shape) }
    }
    var report = WorkloadReport(
      workload, regularization: options.regularization.value, shape: shape, phases: phases, accuracy: rows,
      comparison: comparison)
    report.visitedClassesPerSample = visitedClassesPerSample
    report.interpolation = interpolation
    return report
  }

  /// Every setting as a process, in turn with its peers, and then in the explorer.
  private mutating func runSettings(_ peer: Peer?) async throws -> WorkloadReport {
    guard let data = try await load(), let shape = WorkloadShape(data), let labels = data.train?.labels else {
      throw BenchFailure(description: "nothing was run")
    }
    var rows: [SettingRow] = []
    for timed in try TimedSetting.all(at: options.regularization) {
      var row = try await timed.run(
        workload, options, fittedCount: labels.count { $0 >= 0 }, peer: peer, progress: progress)
      if options.includesExplorer && options.includesSpectra {
        progress("\(timed.title): λ steps")
        let path = options.path(for: timed.setting)
        let driver = driver(goal: .explore, at: timed.setting)
        try await driver.open()
        row.stepSeconds = try await driver.step(to: Regularization(1.1 * path[path.count / 3].value)).seconds
        row.pathStepSeconds = try await driver.step(to: path[path.count / 2]).seconds
      }
      rows.append(row)
    }
    var report = WorkloadReport(
      workload, regularization: options.regularization.value, shape: shape, phases: [], accuracy: [],
      comparison: nil)
    report.settings = rows
    return report
  }

  /// - Parameter setting: nil for the default one at the λ of the options.
  private func driver(goal: ExplorerState.Goal, at setting: DetectorSetting? = nil) -> ProductDriver {
    let setting = setting ?? DetectorSetting(regularization: options.regularization)
    return ProductDriver(
      workload.request, goal: goal, setting: setting, path: options.path(for: setting),
      threadCount: options.threadCount)
  }

  private mutating func note(_ phase: Phase, _ cost: PhaseCost?) {
    if let cost { costs[phase, default: []].append(cost) }
  }

  private mutating func load() async throws -> DataSet? {
    let driver = driver(goal: .load)
    try await driver.open()
    note(.load, driver.costs[.loaded])
    return driver.state.data.dataSet
  }

  private mutating func runProcess() async throws {
    for turn in 1...options.runCount {
      progress("gmmscope, run \(turn) of \(options.runCount)")
      let output = FileManager.default.temporaryDirectory
        .appendingPathComponent("gmmscope-bench-\(UUID().uuidString).npy").path
      defer { try? FileManager.default.removeItem(atPath: output) }
      let outcome = try await Comparison.runProduct(workload, options, output: output)
      note(.process, PhaseCost(seconds: outcome.seconds, peakBytes: outcome.peakBytes))
    }
  }

  private mutating func runCommand() async throws -> ProductDriver {
    let driver = driver(goal: .score)
    try await driver.open()
    note(.load, driver.costs[.loaded])
    note(.fit, driver.costs[.fitted])
    note(.score, driver.costs[.scored])
    return driver
  }

  private mutating func checkAccuracy(of driver: ProductDriver) async throws {
    accuracy.observe(driver.state, source: "score")
    for value in AccuracyCheck.regularizations where value != options.regularization.value {
      _ = try await driver.step(to: Regularization(value))
      accuracy.observe(driver.state, source: "score")
    }
  }

  private mutating func runFactored(_ data: DataSet) async throws {
    func run(_ regularization: Regularization) async throws -> FactoredRun? {
      try await FactoredRun(
        data, at: regularization, threadCount: options.threadCount, memory: options.memory)
    }
    for turn in 1...options.runCount {
      progress("fit and score for one λ, run \(turn) of \(options.runCount)")
      guard let run = try await run(options.regularization) else { return }
      if turn == options.runCount { accuracy.observe(run, source: "one λ") }
      note(.factor, run.fitCost)
      note(.factoredScore, run.scoreCost)
      let counts = run.scores.visitedClassCounts
      if !counts.isEmpty {
        visitedClassesPerSample = Double(counts.reduce(0) { $0 + Int($1) }) / Double(counts.count)
      }
    }
    for value in AccuracyCheck.regularizations
    where options.includesSpectra && value != options.regularization.value {
      if let run = try await run(try Regularization(value)) { accuracy.observe(run, source: "one λ") }
    }
  }

  private mutating func runExplorer(checked: Bool) async throws {
    let driver = driver(goal: .explore)
    try await driver.open()
    note(.scoreAll, driver.costs[.scored])
    note(.path, driver.costs[.swept])
    let interpolated = await driver.interpolatedStep(to: options.offPath)
    note(.interpolatedStep, interpolated?.cost)
    note(.step, try await driver.step(to: options.offPath))
    if checked, let interpolated = interpolated?.scores, let computed = driver.state.scores.scored {
      interpolation = InterpolationCheck(interpolated, computed: computed)
    }
    if checked { accuracy.observe(driver.state, source: "λ step") }
    let onPath = options.path[options.path.count / 2]
    note(.pathStep, try await driver.step(to: onPath))
    note(.frame, try await driver.frame(along: options.path))
    if checked { accuracy.observe(driver.state, source: "λ path") }
  }
}

/// How a workload is run.
struct BenchmarkOptions: Sendable {
  var runCount = 3
  var threadCount = SpectralDetector.defaultThreadCount
  var regularization = Regularization.standard
  /// Whether to fit with spectra, too, and to do what needs them.
  var includesSpectra = true
  /// What fitting for one λ and scoring may take, in this process and in a `gmmscope` of its own; nil for no limit here
  /// and the usual one there.
  var memory: MemoryBudget?
  /// Whether to run the `gmmscope` binary even without a peer to compare it with.
  var includesProcess = false
  /// Whether to measure what the explorer does after opening, which takes longest.
  var includesExplorer = true
  /// Whether to measure settings of the detector family instead.
  var comparesSettings = false
  /// The `gmmscope` binary that is run as a whole process.
  var productPath = "gmmscope"

  /// 1e-5 … 1e-1: 41 values, the standard path's steps over four decades.
  var path: [Regularization] {
    (try? RegularizationPath.logarithmic(from: 1e-5, through: 1e-1, count: 41)) ?? []
  }

  /// The same for a setting: up to the t = 1 of a rule that chooses ridges itself. Above it, all classes overlap.
  func path(for setting: DetectorSetting) -> [Regularization] {
    setting.fit.ridgeRule == .absolute
      ? path : (try? RegularizationPath.logarithmic(from: 1e-4, through: 1, count: 41)) ?? []
  }

  /// A λ that is on no path.
  var offPath: Regularization { (try? Regularization(3.3e-4)) ?? .standard }
}
