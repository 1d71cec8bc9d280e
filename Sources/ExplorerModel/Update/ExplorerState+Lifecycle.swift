import OODDetection

extension ExplorerState {
  mutating func lifecycle(_ action: Action) -> [Effect] {
    switch action {
    case .open(let request):
      self.request = request
      return beginLoading()
    case .reload:
      return beginLoading()
    case .cancelTask:
      guard let task = longTask else {
        say(.info, "Nothing is running to cancel. q goes back and at the top quits, Q quits at once.")
        return []
      }
      return [.cancel(task.kind)]
    case .quit:
      isFinished = true
      return TaskKind.allCases.map(Effect.discard)
    default:
      return []
    }
  }

  /// Starts over from the files. What is shown stays until the new data is there.
  private mutating func beginLoading() -> [Effect] {
    failure = nil
    notice = nil
    let stale: [TaskKind] = [.fit, .score, .sweep, .outlierDetails, .explain, .comparePair]
    for kind in stale { tasks[kind] = nil }
    requested = RequestedWork()
    return stale.map(Effect.discard) + [start(.load(request))]
  }

  /// Notes that an effect's task is under way.
  mutating func start(_ effect: Effect) -> Effect {
    if let kind = effect.kind { tasks[kind] = WorkProgress(completed: 0, planned: 1) }
    return effect
  }

  mutating func discard(_ kind: TaskKind) -> [Effect] {
    guard tasks[kind] != nil else { return [] }
    tasks[kind] = nil
    return [.discard(kind)]
  }
}
