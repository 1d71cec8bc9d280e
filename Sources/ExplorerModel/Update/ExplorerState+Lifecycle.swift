import OODData
import OODDetection

extension ExplorerState {
  mutating func lifecycle(_ action: Action) -> [Effect] {
    switch action {
    case .open(let request):
      return beginLoading(request)
    case .reload:
      return beginLoading(self.request)
    case .chooseFiles:
      return chooseFiles()
    case .cancelTask:
      guard let task = longTask else {
        say(.info, "Nothing is running to cancel. q goes back and at the top quits, Q quits at once.")
        return []
      }
      say(.info, "Cancelled \(task.kind.title). \(task.kind.restartHint)")
      if task.kind == .load { opening = nil }
      return discard(task.kind)
    case .quit:
      isFinished = true
      return TaskKind.allCases.map(Effect.discard)
    default:
      return []
    }
  }

  /// Starts over from files. What is shown, and the work on it, stays until the new data is there.
  private mutating func beginLoading(_ request: DataRequest) -> [Effect] {
    notice = nil
    if !isChoosing {
      // Named by a command line or read again: where that fails, it can be tried again.
      failure = nil
      self.request = request
    }
    opening = request
    return [start(.load(request, scans: isChoosing))]
  }

  /// Ends all work on what was open before.
  mutating func discardStaleWork() -> [Effect] {
    let stale: [TaskKind] = [.scan, .fit, .score, .spectra, .sweep, .outlierDetails, .explain, .comparePair]
    for kind in stale { tasks[kind] = nil }
    requested = RequestedWork()
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
