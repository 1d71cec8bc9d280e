import ExplorerModel
import OODData
import TestData

extension SmallData {
  @MainActor
  static func store(
    _ data: DataSet = dataSet(), model: ModelFile? = nil, in state: ExplorerState? = nil,
    goal: ExplorerState.Goal = .explore, settled: Bool = true
  ) async -> ExplorerStore {
    let store = ExplorerStore(
      state: state ?? ExplorerState(regularization: path[0], goal: goal, path: path),
      runner: EffectRunner(DetectorPipeline(threadCount: 2)))
    store.send(.loaded(data, model: model))
    if settled { await store.settle() }
    return store
  }
}

extension ExplorerStore {
  /// Sends actions one right after the other.
  func send(_ actions: Action...) {
    for action in actions { send(action) }
  }

  /// Sends actions, each when the work of the one before is done.
  func settle(afterEach actions: [Action]) async {
    for action in actions { await settle(after: action) }
  }

  /// Writes a file name over the one that the prompt for an export suggests, and confirms it.
  func export(to path: String) async {
    await settle(after: .ask(.export), .editText(.clear), .editText(.insert(path)), .submitPrompt)
  }
}

extension ExplorerState {
  /// The prompt that is open.
  var prompt: Prompt? {
    if case .prompt(let prompt) = overlay { prompt } else { nil }
  }
}
