import LinearAlgebra
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

@Suite @MainActor struct ClassesTests {
  /// Three classes of 12 samples, one of which never varies in its last dimension.
  private func store() async -> ExplorerStore {
    var train = SmallData.split(perClass: 12, outCount: 0, phase: 0)
    if var rows = train.rows as? Matrix, let labels = train.labels {
      for row in labels.indices where labels[row] == 1 { rows[row, 2] = 0.25 }
      train.rows = rows
    }
    let data = DataSet(train: train, test: nil, classNames: ["ant", "bee", "cat"])
    return await SmallData.store(
      data, in: ExplorerState(regularization: try? Regularization(1e-6), path: SmallData.path))
  }

  /// The worst class is selected when the explorer opens, so `H` alone cures it.
  @Test func curesTheSelectedClassAndUndoes() async throws {
    let store = await store()
    #expect(store.state.classes.name(of: store.state.classes.selected) == "bee")
    #expect(store.state.classes.health(of: 1) == .deadDimensions)
    let cure = store.state.classes.cure(of: 1, at: store.state.setting.regularization)
    guard case .regularization(let remedy, leaves: [])? = cure else {
      Issue.record("no cure: \(String(describing: cure))")
      return
    }
    await store.settle(after: .cureClass)
    #expect(store.state.setting.regularization == remedy && store.state.classes.health(of: 1) == .ok)
    let notice = try #require(store.state.messages.notice?.text)
    #expect(notice.contains("dead dimensions") && notice.contains("bee is ok") && notice.contains("u"))
    store.send(.cureClass)
    #expect(store.state.messages.notice?.text == "bee is ok at λ \(shortText(remedy)).")
    await store.settle(after: .undo)
    #expect(store.state.setting.regularization.value == 1e-6)
    #expect(store.state.classes.health(of: 1) == .deadDimensions)
  }

  @Test func saysWhatNoLambdaCures() async throws {
    let data = DataSet(
      train: SmallData.split(perClass: 1, outCount: 0, phase: 0), test: nil,
      classNames: ["ant", "bee", "cat"])
    let store = await SmallData.store(data)
    #expect(store.state.classes.cure(of: 0, at: store.state.setting.regularization) == .impossible)
    let before = store.state.setting.current
    store.send(.cureClass)
    #expect(store.state.setting.current == before)
    #expect(store.state.messages.notice?.text.contains("No λ cures ant: single sample") == true)
  }

  @Test func comparesTwoMarkedClasses() async throws {
    let store = await store()
    store.send(.compareClasses)
    #expect(!store.state.classes.isComparing && store.state.messages.notice?.text.contains("Space") == true)
    // Space, Space, c: three keys.
    store.send(.toggleMark, .toggleMark, .compareClasses)
    await store.settle()
    let (first, second) = try #require(store.state.classes.comparedPair)
    #expect(first != second)
    let comparison = try #require(store.state.distances.comparison)
    #expect((comparison.first, comparison.second) == (first, second))
    let separation = try #require(store.state.distances.separations)[first, second]
    #expect(
      abs(comparison.separationShares.reduce(0, +) - separation * separation) < 1e-9 * separation * separation
    )
    for index in [first, second] {
      #expect(store.state.classes.profile(of: index, at: store.state.setting.current) != nil)
    }
    store.send(.back(mayQuit: false))
    #expect(!store.state.classes.isComparing && store.state.classes.marked.count == 2)
    // A third mark drops the first one.
    store.send(.toggleMark)
    #expect(store.state.classes.marked.count <= 2)
  }

  @Test func profilesFollowTheClassAndTheSetting() async throws {
    let store = await store()
    func profile() -> ClassProfile? {
      store.state.classes.profile(of: store.state.classes.selected, at: store.state.setting.current)
    }
    #expect(profile()?.classIndex == 1 && profile()?.heldOut?.rows.count == 12)
    store.send(.move(.toEnd))
    #expect(store.state.tasks[.profileClass] != nil || profile() != nil)
    await store.settle()
    #expect(profile()?.classIndex == store.state.classes.selected)
    store.send(.setRegularization(SmallData.path[2]))
    #expect(profile() == nil)
    await store.settle()
    #expect(profile()?.regularization == SmallData.path[2])
    // The score changes neither.
    #expect(
      store.state.awaiting(.cycleScore).classes.profile(
        of: store.state.classes.selected, at: store.state.setting.current) != nil)
  }

  @Test func listsTheSamplesOfTheClass() async throws {
    let store = await store()
    let heldOut = try #require(
      store.state.classes.profile(of: 1, at: store.state.setting.current)?.heldOut)
    await store.settle(after: .listClassSamples)
    let outliers = store.state.outliers
    #expect(store.state.screen == .outliers && outliers.subset == .train && outliers.rows.count == 12)
    #expect(outliers.rows.allSatisfy { $0.label == 1 })
    #expect(outliers.sort.column == .ownDistance && !outliers.sort.isAscending)
    let most = try #require(heldOut.mostAtypical(1).first)
    #expect(heldOut.rows.contains(try #require(outliers.selected).index) && heldOut.rows.count > most)
  }

  @Test func zoomsIntoTheMean() async throws {
    let store = await SmallData.store()
    let setting = store.state.setting.current
    #expect(store.state.classes.shownDimensions(of: 0, at: setting) == 0..<3)
    // Three dimensions are too few to zoom into.
    store.send(.zoomDimensions(inwards: true))
    #expect(store.state.classes.shownDimensions(of: 0, at: setting) == 0..<3)
    for _ in 0..<5 { store.send(.moveDimension(1)) }
    #expect(store.state.classes.dimension(of: 0, at: setting) == 2)
    store.send(.moveDimension(-10))
    #expect(store.state.classes.dimension(of: 0, at: setting) == 0)
  }
}

extension ExplorerState {
  fileprivate func awaiting(_ action: Action) -> ExplorerState {
    var state = self
    _ = state.apply(action)
    return state
  }
}
