import ExplorerModel
import OODData
import TestData

extension SmallData {
  @MainActor
  static func store(
    _ data: DataSet = dataSet(), goal: ExplorerState.Goal = .explore, settled: Bool = true
  ) async -> ExplorerStore {
    let state = ExplorerState(regularization: path[0], goal: goal, path: path)
    let store = ExplorerStore(state: state, runner: EffectRunner(DetectorPipeline(threadCount: 2)))
    store.send(.loaded(data, model: nil))
    if settled { await store.settle() }
    return store
  }
}
