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
      say(.info, "Cancelled \(task.kind.title). \(task.kind.restartHint)")
      return discard(task.kind)
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
    return discardStaleWork() + [start(.load(request))]
  }

  /// Ends all work on the data as they were.
  mutating func discardStaleWork() -> [Effect] {
    requested = RequestedWork()
    let stale: [TaskKind] = [.fit, .score, .spectra, .sweep, .outlierDetails, .explain, .comparePair]
    for kind in stale { tasks[kind] = nil }
    return stale.map(Effect.discard)
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
