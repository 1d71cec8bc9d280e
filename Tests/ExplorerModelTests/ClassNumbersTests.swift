import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// Numbers of so many classes that they are computed in the background.
@Suite @MainActor struct ClassNumbersTests {
  private func store(labels: (Int) -> Int = { $0 }) async -> ExplorerStore {
    var state = ExplorerState(regularization: SmallData.path[0], path: SmallData.path)
    state.immediateWork = 0
    var data = SmallData.dataSet()
    let (train, test) = (data.train?.labels, data.test?.labels)
    data.train?.labels = train?.map(labels)
    data.test?.labels = test?.map { $0 < 0 ? $0 : labels($0) }
    return await SmallData.store(data, in: state)
  }

  private func requested(_ effects: [Effect]) -> [Regularization] {
    effects.compactMap { if case .numberClasses(_, let regularization) = $0 { regularization } else { nil } }
  }

  @Test func arriveAfterTheSpectraAndAreThoseOfTheDetector() async throws {
    let state = await store().state
    let numbers = try #require(state.classes.detector).classNumbers(at: SmallData.path[0])
    #expect(state.classNumbersAreCurrent)
    #expect(state.classes.summaries == numbers.summaries)
    #expect(state.distances.separations == numbers.separations)
    let worst = numbers.summaries.indices.max {
      numbers.summaries[$0].conditionNumber < numbers.summaries[$1].conditionNumber
    }
    #expect(state.classes.worstConditioned == worst)
    #expect(state.classes.selected == worst)
  }

  /// Ten steps of λ compute numbers twice, off the main actor: at the first λ, and at the last one. What is shown
  /// belongs to one λ as a whole.
  @Test func areComputedOneAfterAnother() async throws {
    var state = await store().state
    let detector = try #require(state.classes.detector)
    let before = (state.classes.summaries, state.distances.separations)
    var asked: [Regularization] = []
    for _ in 0..<10 {
      asked += requested(state.apply(.stepRegularization(tenths: 3)))
      #expect(state.classes.summaries == before.0 && state.distances.separations == before.1)
      #expect(state.classes.numberedAt == SmallData.path[0] && !state.classNumbersAreCurrent)
      // What is cheap is current.
      #expect(
        state.classes.worstConditionNumber
          == detector.worstConditionNumber(at: state.setting.regularization))
    }
    #expect(asked.count == 1)
    #expect(state.exportRequest(to: "classes.csv", subject: .classes) == nil)
    #expect(state.exportRequest(to: "distances.csv", subject: .distances) == nil)

    let first = try ClassNumbers(detector, at: try #require(asked.first))
    #expect(requested(state.apply(.numberedClasses(first))) == [state.setting.regularization])
    #expect(state.classes.numberedAt == asked.first && !state.classNumbersAreCurrent)
    #expect(state.classes.summaries == first.summaries && state.distances.separations == first.separations)

    let last = try ClassNumbers(detector, at: state.setting.regularization)
    #expect(requested(state.apply(.numberedClasses(last))).isEmpty)
    #expect(state.classNumbersAreCurrent && state.classes.summaries == last.summaries)
    #expect(state.exportRequest(to: "classes.csv", subject: .classes) != nil)
  }

  /// However large classes are, opening one and moving on asks for its profile and computes nothing itself.
  @Test func profilesAreAskedForClassByClass() async throws {
    var state = await store().state
    var asked: [Int] = []
    for action in [
      Action.move(.toStart), .enter, .move(.lines(1)), .moveDimension(1), .move(.lines(1)), .enter,
    ] {
      let summaries = state.classes.summaries
      for effect in state.apply(action) {
        if case .profileClass(_, _, let index, _) = effect { asked.append(index) }
        if case .numberClasses = effect { Issue.record("\(action) computes the numbers again") }
      }
      #expect(state.classes.summaries == summaries)
      if state.screen == .outliers { break }
    }
    #expect(Set(asked).count == asked.count && asked.count <= 3 && !asked.isEmpty)
    // Enter in a class in full lists its samples.
    #expect(state.screen == .outliers && state.outliers.filter?.text.hasPrefix("label = ") == true)
  }

  @Test func ofAnotherFitAreDropped() async throws {
    let store = await store()
    let old = try ClassNumbers(try #require(store.state.classes.detector), at: SmallData.path[0])
    await store.settle(after: .stepPooling(1))
    #expect(store.state.setting.fit != old.fit && store.state.classNumbersAreCurrent)
    var state = store.state
    let shown = state.classes.summaries
    _ = state.apply(.numberedClasses(old))
    #expect(state.classes.summaries == shown && shown != old.summaries)
  }

  /// A λ without numbers is refused at once.
  @Test func areRefusedWhereACovarianceIsSingular() async throws {
    var data = SmallData.dataSet()
    data.train = SmallData.split(perClass: 2, outCount: 0, phase: 0)
    var state = ExplorerState(regularization: SmallData.path[0], path: SmallData.path)
    state.immediateWork = 0
    let store = await SmallData.store(data, in: state)
    store.send(.setRegularization(try Regularization(0)))
    #expect(store.state.setting.regularization == SmallData.path[0] && store.state.classNumbersAreCurrent)
    #expect(store.state.messages.notice?.severity == .error)
  }

  @Test func filtersFindNeighborsByTheirLabels() async throws {
    let store = await store { $0 * 100 + 1000 }
    let summaries = store.state.classes.summaries
    let label = try #require(summaries[0].nearestClass)
    #expect(label >= 1000)
    store.send(.ask(.filter), .editText(.insert("nearest = \(label)")), .submitPrompt)
    let expected = summaries.indices.filter { summaries[$0].nearestClass == label }
    #expect(store.state.classes.visible.sorted() == expected)
  }
}
