import OODData

/// Holds the state, applies actions and runs the requested effects. Commands send actions and await
/// ``settle(after:)``; the explorer draws on every ``onChange``.
@MainActor
public final class ExplorerStore {
  public private(set) var state: ExplorerState
  /// Called after every state change.
  public var onChange: (() -> Void)?
  /// Returns what the front end shows of the current state, for exports of the screen.
  public var shownScreen: (() -> ShownScreen)?
  /// Called with text that the user copied.
  public var onCopy: ((String) -> Void)?

  private let runner: EffectRunner
  private var running: [TaskKind: (token: Int, task: Task<Void, Never>)] = [:]
  private var lastToken = 0

  public init(state: ExplorerState, runner: EffectRunner = EffectRunner()) {
    self.state = state
    self.runner = runner
  }

  public func send(_ action: Action) {
    let effects = state.apply(action)
    // Effects start before `onChange`, which can send the next action.
    for effect in effects { perform(effect) }
    onChange?()
  }

  /// Sends actions one right after the other, and waits until no background work is left, including work that other
  /// work requests.
  public func settle(after actions: Action...) async {
    for action in actions { send(action) }
    while let (_, task) = running.values.first { await task.value }
  }

  private func perform(_ effect: Effect) {
    switch effect {
    case .discard(let kind):
      running.removeValue(forKey: kind)?.task.cancel()
    case .copy(let text):
      onCopy?(text)
    case .export(let request):
      begin(.export(request.completed(by: shownScreen?())), kind: .export)
    default:
      if let kind = effect.kind { begin(effect, kind: kind) }
    }
  }

  private func begin(_ effect: Effect, kind: TaskKind) {
    running[kind]?.task.cancel()
    lastToken += 1
    let token = lastToken
    let report: @Sendable (Action) -> Void = { [weak self] action in
      Task { @MainActor in
        guard let self, self.running[kind]?.token == token else { return }
        self.send(action)
      }
    }
    let progress = ProgressLimiter { report(.progressed(kind, $0)) }.handler
    let runner = runner
    let task = Task.detached(priority: effect.priority) { [weak self] in
      let outcome: Action
      do {
        outcome = try await runner.perform(effect, progress: progress, report: report)
      } catch is CancellationError {
        outcome = .cancelled(kind)
      } catch {
        outcome = .failed(kind, error)
      }
      await self?.finish(kind, token: token, with: outcome)
    }
    running[kind] = (token, task)
  }

  /// Sends the outcome of a task, unless a newer task of its kind replaced it.
  private func finish(_ kind: TaskKind, token: Int, with outcome: Action) {
    guard running[kind]?.token == token else { return }
    running[kind] = nil
    send(outcome)
  }
}
