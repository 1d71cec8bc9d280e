import OODData
import OODDetection

/// Opening files, from the request to the first computation, and leaving.
extension ExplorerState {
  mutating func lifecycle(_ action: Action) -> [Effect] {
    switch action {
    case .open(let request):
      return beginLoading(request)
    case .reload:
      return beginLoading(data.request)
    case .chooseFiles:
      return chooseFiles()
    case .cancelTask:
      guard let task = tasks.longTask else {
        messages.say(.info, "No task is running. Press q to go back or quit, Q to quit immediately.")
        return []
      }
      let rule = setting.fit.ridgeRule
      messages.say(.info, "Cancelled \(task.kind.title(rule)). \(task.kind.restartHint(rule))")
      if task.kind == .load { data.cancelOpening() }
      if task.kind == .compare { compare.pause() }
      return tasks.discard(task.kind)
    case .quit:
      isFinished = true
      return TaskKind.allCases.map(Effect.discard)
    default:
      return []
    }
  }

  /// Loads files. The open data and the work on it stay until the new data is loaded.
  private mutating func beginLoading(_ request: DataRequest) -> [Effect] {
    messages.notice = nil
    if !choosing.isOpen { messages.failure = nil }
    data.open(request, keeps: choosing.isOpen)
    return [tasks.start(.load(request, scans: choosing.isOpen))]
  }

  mutating func take(_ opened: DataSet, model: ModelFile?) -> [Effect] {
    tasks.finish(.load)
    messages.failure = nil
    let left = session
    let kept = takeRequest(isModel: model != nil, leaving: left)
    // Reloading files keeps the place in them.
    pendingSession = left?.request == data.request ? left : nil
    let discarded = tasks.discardStale() + tasks.discard(.list)
    return discarded + takeSamples(opened, model: model) + kept
  }

  /// Makes the opened request the current one and remembers it.
  private mutating func takeRequest(isModel: Bool, leaving session: ExplorerSession?) -> [Effect] {
    let hasChosenArrays = choosing.arrays != nil
    choosing = ChoosingState()
    guard let opened = data.takeOpened(asModel: isModel) else { return [] }
    if hasChosenArrays { messages.say(.info, "Command-line options: \(opened.keyArguments)") }
    return goal == .explore ? [tasks.start(.remember(opened, leaving: session))] : []
  }

  private mutating func takeSamples(_ opened: DataSet, model: ModelFile?) -> [Effect] {
    data.show(opened)
    classes = ClassesState()
    distances = DistancesState()
    outliers.begin(with: opened)
    audit.begin()
    compare.begin()
    scores.forget()
    tuning.forget()
    visited.forget()
    setting.setPending(nil)
    for remark in opened.remarks { messages.say(Message(remark)) }
    for problem in columns.problems(in: opened) { messages.say(.warning, problem) }
    // Files, arrays and labels are shown while features are checked.
    guard opened.isScanned else { return [tasks.start(.scan(opened, model: model))] }
    return begin(with: model)
  }

  mutating func take(scanned: DataSet, model: ModelFile?) -> [Effect] {
    tasks.finish(.scan)
    for remark in data.update(scanned) { messages.say(Message(remark)) }
    return begin(with: model)
  }

  /// Starts the computations on the features.
  private mutating func begin(with model: ModelFile?) -> [Effect] {
    guard let model else { return pursueGoal() }
    setting.take(ofModel: model.setting)
    return take(model.detector)
  }
}
