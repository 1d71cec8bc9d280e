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

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let store: ExplorerStore
  private(set) var costs: [Milestone: PhaseCost] = [:]
  private var phaseStart = ContinuousClock.now
  private var awaited: Regularization?
  private var stepCost: PhaseCost?
  /// What was shown first of the last step, where that was interpolated, and what it took.
  private(set) var interpolated: (scores: ScoredData, cost: PhaseCost)?

  var state: ExplorerState { store.state }

  /// - Parameter goal: `.score` fits spectra and scores the test samples; `.explore` does what the
  ///   explorer does on opening: score training and test samples, then walk `path`.
  init(
    _ request: DataRequest, goal: ExplorerState.Goal, regularization: Regularization, path: [Regularization],
    threadCount: Int
  ) {
    let state = ExplorerState(request: request, regularization: regularization, goal: goal, path: path)
    store = ExplorerStore(state: state, runner: EffectRunner(DetectorPipeline(threadCount: threadCount)))
    store.onChange = { [weak self] in self?.note() }
  }

  /// Opens the files and waits until all work that follows by itself is done.
  func open() async throws {
    begin()
    store.send(.open(state.request))
    await store.settle()
    try check()
  }

  /// Turns λ: from the key until scores, metrics and the top list of the new λ have been computed.
  func step(to regularization: Regularization) async throws -> PhaseCost {
    begin()
    interpolated = nil
    awaited = regularization
    store.send(.setRegularization(regularization))
    await store.settle()
    try check()
    guard let stepCost else { throw Failure(description: "λ = \(regularization.value): no scores came") }
    self.stepCost = nil
    return stepCost
  }

  /// Walks the path on every screen: from the action that a λ key sends until the whole screen is drawn as cells.
  ///
  /// - Returns: the 95th percentile.
  func frame(along path: [Regularization]) async throws -> PhaseCost {
    let size = Size(width: 120, height: 40)
    let capabilities = TerminalCapabilities(unicode: true, colorDepth: .indexed256)
    var seconds: [Double] = []
    for screen in Screen.allCases {
      store.send(.show(screen))
      await store.settle()
      for regularization in path {
        let start = ContinuousClock.now
        store.send(.setRegularization(regularization))
        let canvas = Explorer.draw(state, size: size, capabilities: capabilities)
        seconds.append((ContinuousClock.now - start).seconds)
        guard canvas.size == size else { throw Failure(description: "the screen was not drawn") }
        await store.settle()
      }
    }
    try check()
    seconds.sort()
    let percentile = seconds[Int(Double(seconds.count - 1) * 0.95)]
    return PhaseCost(seconds: percentile, peakBytes: PeakMemory.current())
  }

  private func check() throws {
    if let failure = state.failure { throw Failure(description: failure.text) }
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
    guard let awaited, state.scoresAreCurrent, state.regularization == awaited else { return }
    if state.scoresAreComputed {
      self.awaited = nil
      stepCost = end()
    } else if interpolated == nil, let scores = state.scores {
      let cost = PhaseCost(
        seconds: (ContinuousClock.now - phaseStart).seconds, peakBytes: PeakMemory.current())
      interpolated = (scores, cost)
    }
  }

  private func isReached(_ milestone: Milestone) -> Bool {
    switch milestone {
    case .loaded: state.data?.isScanned == true
    case .fitted: state.detector != nil
    case .outlined: !state.outlines.isEmpty
    case .scored: state.scores != nil
    case .swept: state.sweep?.path.count == state.path.count
    }
  }
}
