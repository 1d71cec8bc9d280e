import Foundation
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

@Suite @MainActor struct PinTests {
  private func store() async -> ExplorerStore {
    let store = await SmallData.store()
    await store.settle(after: .show(.tuning))
    return store
  }

  @Test func lettersAreGivenInOrderAndAgain() async throws {
    let store = await store()
    for step in 0..<4 {
      await store.settle(after: .setRegularization(SmallData.path[step]), .pin)
    }
    #expect(store.state.tuning.pins.all.map(\.letter) == ["A", "B", "C"])
    #expect(store.state.tuning.pins.all.map(\.setting.regularization) == Array(SmallData.path.prefix(3)))
    #expect(store.state.messages.notice?.text.contains("A, B and C are pinned") == true)
    // The shown setting is not pinned, so the last one goes, then B, which is shown.
    store.send(.unpin, .setRegularization(SmallData.path[1]), .unpin)
    #expect(store.state.tuning.pins.all.map(\.letter) == ["A"])
    store.send(.pin, .pin)
    #expect(store.state.tuning.pins.all.map(\.letter) == ["A", "B"])
    #expect(store.state.messages.notice?.text.contains("already") == true)
    for _ in 0..<3 { store.send(.unpin) }
    #expect(store.state.tuning.pins.isEmpty)
    #expect(store.state.messages.notice?.text == "No setting is pinned.")
  }

  @Test func ranksAreComparedWithTheChosenPin() async throws {
    let store = await store()
    store.send(
      .setRegularization(SmallData.path[0]), .pin, .setRegularization(SmallData.path[3]), .pin,
      .setRegularization(SmallData.path[1]))
    let sinceA = try #require(store.state.tuning.pinComparison)
    store.send(.cyclePin(offset: 1))
    #expect(store.state.tuning.pins.compared?.letter == "B")
    let sinceB = try #require(store.state.tuning.pinComparison)
    #expect(sinceA != sinceB)
    store.send(.cyclePin(offset: 1))
    #expect(store.state.tuning.pinComparison == sinceA)
  }

  @Test func histogramsOfEveryPairCanBeCompared() async throws {
    let store = await store()
    #expect(store.state.histogramPair == nil)
    store.send(.pin)
    #expect(store.state.histogramPair == nil)
    let first = try #require(store.state.scores.overallDistribution)
    store.send(.setRegularization(SmallData.path[2]), .toggleTuningPane(.histograms))
    let pair = try #require(store.state.histogramPair)
    #expect(pair.first.name == "A" && pair.second.name == "now")
    #expect(pair.first.distribution == first)
    #expect(pair.second.distribution == store.state.scores.overallDistribution)
    store.send(.pin, .setRegularization(SmallData.path[3]))
    var seen: [String] = []
    for _ in 0..<store.state.histogramPairCount {
      let pair = try #require(store.state.histogramPair)
      seen.append(pair.first.name + pair.second.name)
      store.send(.cyclePin(offset: 1))
    }
    #expect(seen == ["AB", "Anow", "Bnow"])
    store.send(.back(mayQuit: true))
    #expect(store.state.tuning.pane == .curves && !store.state.isFinished)
  }

  /// Pins come back with the numbers that they had, whatever the setting then.
  @Test func pinsAndVisitedSettingsComeBack() async throws {
    var data = SmallData.dataSet()
    data.files = []
    let path = SmallData.path
    func opened() async -> ExplorerStore {
      let state = ExplorerState(
        request: DataRequest(train: ["train.npz"]), regularization: path[0], path: path)
      let store = await SmallData.store(data, in: state)
      await store.settle(after: .show(.tuning))
      return store
    }
    let left = await opened()
    await left.settle(after: .pin, .stepPooling(2))
    await left.settle(after: .cycleScore)
    await left.settle(after: .pin, .setRegularization(path[2]))
    let session = try #require(left.state.session)
    let kept = try JSONDecoder().decode(ExplorerSession.self, from: JSONEncoder().encode(session))
    #expect(kept == session)
    #expect(session.pins?.map(\.letter) == ["A", "B"])

    let back = await opened()
    await back.settle(after: .resume(kept))
    #expect(back.state.tuning.pins.all.map(\.setting) == left.state.tuning.pins.all.map(\.setting))
    for (found, expected) in zip(back.state.tuning.pins.all, left.state.tuning.pins.all) {
      let (found, expected) = (try #require(found.measures), try #require(expected.measures))
      #expect(found.metrics == expected.metrics)
      #expect(found.ranks == expected.ranks)
      let series = try #require(expected.distribution.sorted[.outOfDistribution])
      let other = try #require(found.distribution.sorted[.outOfDistribution])
      #expect(zip(series, other).allSatisfy { abs($0 - $1) <= 1e-8 * max(1, abs($0)) })
    }
    let visited = Set(left.state.compare.visitedSettings)
    #expect(visited.isSubset(of: Set(back.state.compare.visitedSettings)))
    #expect(visited.count >= 2)
  }

  @Test func sessionsOfEarlierVersionsHaveNoPins() async throws {
    let store = await SmallData.store()
    let session = try #require(
      ExplorerState.sessionText(of: store.state).map { Data($0.utf8) })
    let old = try JSONDecoder().decode(ExplorerSession.self, from: session)
    #expect(old.pins == nil && old.visited == nil)
  }

  @Test func zoomShowsFewerStepsAroundTheCurrentOne() async throws {
    let path = (0...100).compactMap { try? Regularization(pow(10, Double($0) / 10 - 8)) }
    var state = TuningState(path: path)
    #expect(state.shownSteps(around: path[3]) == 0...100)
    state.zoom(by: 1)
    #expect(state.shownSteps(around: path[50]) == 25...75)
    #expect(state.shownSteps(around: path[3]) == 0...50)
    #expect(state.shownSteps(around: path[99]) == 50...100)
    state.zoom(by: 50)
    #expect(state.shownSteps(around: path[50]).count == 5)
    state.resetZoom()
    #expect(state.shownSteps(around: path[50]) == 0...100)
    #expect(TuningState(path: [path[0]]).shownSteps(around: path[0]) == 0...0)
  }
}

extension ExplorerState {
  /// The session as a version without pins wrote it.
  fileprivate static func sessionText(of state: ExplorerState) -> String? {
    var state = state
    state.data = DataState(request: DataRequest(train: ["train.npz"]))
    guard
      let data = try? JSONEncoder().encode(
        ExplorerSession(
          screen: "tuning", normalization: 0, pooling: 0, ridgeRule: "absolute", regularization: 1,
          score: "nll",
          thresholds: [:], classOrder: .init(column: "name", isAscending: true), subset: "test",
          sampleOrder: .init(column: "rank", isAscending: true), marks: [])),
      var object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return nil }
    object["pins"] = nil
    object["visited"] = nil
    return (try? JSONSerialization.data(withJSONObject: object)).map { String(decoding: $0, as: UTF8.self) }
  }
}
