import ExplorerModel
import ExplorerScreens
import OODData
import OODDetection
import TerminalRendering

/// What a step of the product took.
struct PhaseCost: Sendable {
  let seconds: Double
  /// The most memory held during it; nil where the system does not say.
  let peakBytes: Int?
  /// Floating-point operations by the library's own count; nil where it was not asked.
  var operationCount: Double?
}

/// Drives the product's own view-model, as a command or the explorer does, and notes when each result arrives.
@MainActor
final class ProductDriver {
  enum Milestone: CaseIterable {
    /// `outlined`: the classes, without spectra where these take longer; `fitted`: with them.
    case loaded, fitted, outlined, scored, swept
  }

  private let store: ExplorerStore
  private(set) var costs: [Milestone: PhaseCost] = [:]
  private var phaseStart = ContinuousClock.now
  private var awaited: Regularization?
  private var stepCost: PhaseCost?

  var state: ExplorerState { store.state }

  /// - Parameter goal: `.score` fits spectra and scores the test samples; `.explore` does what the
  ///   explorer does on opening: score training and test samples, then walk `path`.
  init(
    _ request: DataRequest, goal: ExplorerState.Goal, setting: DetectorSetting, path: [Regularization],
    threadCount: Int
  ) {
    let state = ExplorerState(
      request: request, choice: SettingChoice(setting), goal: goal, path: path)
    store = ExplorerStore(state: state, runner: EffectRunner(DetectorPipeline(threadCount: threadCount)))
    store.onChange = { [weak self] in self?.note() }
  }

  /// Opens the files and waits until all work that follows by itself is done.
  func open() async throws {
    begin()
    await store.settle(after: .open(state.data.request))
    try check()
  }

  /// Turns λ: from the key until scores, metrics and the top list of the new λ have been computed.
  func step(to regularization: Regularization) async throws -> PhaseCost {
    begin()
    awaited = regularization
    await store.settle(after: .setRegularization(regularization))
    try check()
    guard let stepCost else { throw BenchFailure(description: "λ = \(regularization.value): no scores came") }
    self.stepCost = nil
    return stepCost
  }

  /// Turns λ to one between two of the path: from the key until its interpolated scores are shown. The driver stays at
  /// its λ, since exact scores could otherwise arrive first.
  ///
  /// - Returns: nil where the path has no scores around this λ.
  func interpolatedStep(to regularization: Regularization) async -> (scores: ScoredData, cost: PhaseCost)? {
    begin()
    var state = state
    for case .interpolate(let sweep, let wanted) in state.apply(.setRegularization(regularization)) {
      let found = await Task.detached { sweep.interpolatedScores(at: wanted) }.value
      guard let found else { return nil }
      _ = state.apply(.interpolated(found))
      return (found, end())
    }
    return nil
  }

  /// Walks the path on every screen: from the action that a λ key sends until the whole screen is drawn as cells.
  ///
  /// - Returns: the 95th percentile.
  func frame(along path: [Regularization]) async throws -> PhaseCost {
    let size = Size(width: 120, height: 40)
    let capabilities = TerminalCapabilities(unicode: true, colorDepth: .indexed256)
    var seconds: [Double] = []
    for screen in Screen.allCases {
      await store.settle(after: .show(screen))
      for regularization in path {
        let start = ContinuousClock.now
        store.send(.setRegularization(regularization))
        let canvas = Explorer.draw(state, size: size, capabilities: capabilities)
        seconds.append((ContinuousClock.now - start).seconds)
        guard canvas.size == size else { throw BenchFailure(description: "the screen was not drawn") }
        // A row for every λ of the path would take longer than everything else.
        if state.tasks[.compare] != nil { store.send(.cancelTask) }
        await store.settle()
      }
    }
    try check()
    seconds.sort()
    let percentile = seconds[Int(Double(seconds.count - 1) * 0.95)]
    return PhaseCost(seconds: percentile, peakBytes: PeakMemory.current())
  }

  private func check() throws {
    if let failure = state.messages.failure { throw BenchFailure(description: failure.text) }
  }

  private func begin() {
    PeakMemory.reset()
    phaseStart = .now
  }

  /// Ends the phase under way and begins the next.
  private func end() -> PhaseCost {
    let cost = PhaseCost(
      seconds: (ContinuousClock.now - phaseStart).seconds, peakBytes: PeakMemory.current())
    begin()
    return cost
  }

  private func note() {
    for milestone in Milestone.allCases where costs[milestone] == nil && isReached(milestone) {
      costs[milestone] = end()
    }
    guard let awaited, state.scoresAreComputed, state.setting.regularization == awaited else { return }
    self.awaited = nil
    stepCost = end()
  }

  private func isReached(_ milestone: Milestone) -> Bool {
    switch milestone {
    case .loaded: state.data.dataSet?.isScanned == true
    case .fitted: state.classes.detector != nil
    case .outlined: !state.classes.outlines.isEmpty
    case .scored: state.scores.scored != nil
    case .swept: state.tuning.sweep?.path.count == state.tuning.path.count
    }
  }
}
