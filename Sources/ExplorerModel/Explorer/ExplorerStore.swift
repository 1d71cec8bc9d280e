import Foundation
import OODData
import OODDetection

/// Holds the state, carries actions to it, and runs the effects it asks for. The same for commands and explorer:
/// a command sends actions and awaits ``settle()``, the explorer draws whenever ``onChange`` says so.
@MainActor
public final class ExplorerStore {
  public private(set) var state: ExplorerState
  /// Called after every change of state.
  public var onChange: (() -> Void)?
  /// Called with a text that the user copied.
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
    // In this order, for whoever is told may send what comes next.
    for effect in effects { perform(effect) }
    onChange?()
  }

  /// Waits until no background work is left, the work that work asks for included.
  public func settle() async {
    while let (_, task) = running.values.first { await task.value }
  }

  private func perform(_ effect: Effect) {
    switch effect {
    case .discard(let kind):
      running.removeValue(forKey: kind)?.task.cancel()
    case .copy(let text):
      onCopy?(text)
    default:
      if let kind = effect.kind { begin(effect, kind: kind) }
    }
  }

  private func begin(_ effect: Effect, kind: TaskKind) {
    running[kind]?.task.cancel()
    lastToken += 1
    let token = lastToken
    let report: ProgressHandler = ProgressLimiter { [weak self] progress in
      Task { @MainActor in
        guard let self, self.running[kind]?.token == token else { return }
        self.send(.progressed(kind, progress))
      }
    }.handler
    let runner = runner
    let task = Task.detached(priority: .userInitiated) { [weak self] in
      let outcome: Action
      do {
        outcome = try await runner.perform(effect, progress: report)
      } catch is CancellationError {
        outcome = .cancelled(kind)
      } catch {
        outcome = .failed(kind, error)
      }
      await self?.finish(kind, token: token, with: outcome)
    }
    running[kind] = (token, task)
  }

  /// Passes a task's outcome on, unless a newer task of its kind took its place.
  private func finish(_ kind: TaskKind, token: Int, with outcome: Action) {
    guard running[kind]?.token == token else { return }
    running[kind] = nil
    send(outcome)
  }
}
