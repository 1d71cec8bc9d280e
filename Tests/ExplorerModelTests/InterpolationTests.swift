import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// A typed λ between two of the path: scores are interpolated immediately and computed afterwards.
@Suite @MainActor struct InterpolationTests {
  private static let path = (try? RegularizationPath.logarithmic(from: 1e-3, through: 1, count: 31)) ?? []

  private func store(goal: ExplorerState.Goal = .explore) async -> ExplorerStore {
    let state = ExplorerState(regularization: Self.path[0], goal: goal, path: Self.path)
    let store = ExplorerStore(state: state, runner: EffectRunner(DetectorPipeline(threadCount: 2)))
    store.send(.loaded(SmallData.dataSet(), model: nil))
    await store.settle()
    return store
  }

  @Test func everythingIsInterpolatedFirstAndComputedAfterwards() async throws {
    let store = await store()
    let before = try #require(store.state.scores)
    #expect(store.state.scoresAreComputed && !store.state.scoresAreInterpolated)
    store.send(.setRegularization(try Regularization(0.033)))
    #expect(store.state.scoresAreCurrent && store.state.scoresAreInterpolated)
    #expect(!store.state.scoresAreComputed)
    #expect(store.state.tasks[.score] != nil)
    let interpolated = try #require(store.state.scores)
    #expect(interpolated.train?.count == before.train?.count)
    #expect(store.state.outlierRows.first?.score == interpolated.test?.negativeLogLikelihood.max())
    #expect(store.state.evaluation?.values != nil)

    await store.settle()
    #expect(store.state.scoresAreComputed && !store.state.scoresAreInterpolated)
    let computed = try #require(store.state.scores)
    for split in Split.allCases {
      let (found, expected) = (try #require(interpolated[split]), try #require(computed[split]))
      for kind in [ScoreKind.negativeLogLikelihood, .mahalanobis] {
        let off = zip(found.values(kind), expected.values(kind)).count {
          abs($0 - $1) > 1e-6 * max(1, abs($1))
        }
        #expect(off <= interpolated.unsettledCount ?? 0)
      }
    }
  }

  /// Interpolated scores are never stored.
  @Test func interpolatedScoresAreNeitherExportedNorPinned() async throws {
    let store = await store()
    store.send(.show(.outliers))
    await store.settle()
    store.send(.setRegularization(try Regularization(0.033)))
    for screen in [Screen.scores, .outliers] {
      store.send(.show(screen))
      #expect(store.state.exportRequest(to: "x.csv") == nil)
    }
    store.send(.togglePin)
    #expect(store.state.tuning.pin == nil && store.state.notice?.text.contains("Wait") == true)
    store.send(.ask(.export))
    store.send(.submitPrompt)
    guard case .prompt(let prompt) = store.state.overlay else {
      Issue.record("the prompt closed")
      return
    }
    #expect(prompt.problem == "the scores are still being computed")
    store.send(.closeOverlay)
    await store.settle()
    #expect(store.state.exportRequest(to: "x.csv") != nil)
  }

  @Test func interpolatedScoresStayMarkedAfterCancellation() async throws {
    let store = await store()
    var state = store.state
    _ = state.apply(.setRegularization(try Regularization(0.033)))
    let effects = state.apply(.cancelTask)
    #expect(effects.contains { if case .discard(.score) = $0 { true } else { false } })
    #expect(state.scoresAreInterpolated && state.tasks[.score] == nil)
    // A λ of the path needs no work. The tuning screen resumes the cancelled work.
    var other = state
    #expect(other.apply(.stepRegularization(tenths: 1)).isEmpty)
    #expect(other.scoresAreComputed)
    let resumed = state.apply(.show(.tuning))
    #expect(resumed.contains { if case .score = $0 { true } else { false } })
  }

  /// The path can arrive while the scores of a typed λ are being computed.
  @Test func arrivingPathShowsScoresWithoutRestartingWork() async throws {
    let store = await store()
    let sweep = try #require(store.state.sweep)
    func startsScoring(_ effects: [Effect]) -> Bool {
      effects.contains { if case .score = $0 { true } else { false } }
    }
    var state = store.state
    state.sweep = nil
    let between = try Regularization(0.033)
    #expect(startsScoring(state.apply(.setRegularization(between))))
    #expect(!state.scoresAreCurrent)
    #expect(!startsScoring(state.apply(.swept(sweep))))
    #expect(state.scoresAreInterpolated && state.tasks[.score] != nil)
    // Another λ restarts the work, and so does the first one again.
    #expect(startsScoring(state.apply(.setRegularization(try Regularization(0.047)))))
    #expect(startsScoring(state.apply(.setRegularization(between))))
    #expect(state.scoresAreInterpolated)
  }

  @Test func onlyAPathWithStoredScoresIsInterpolated() async throws {
    let store = await store()
    var sweep = try #require(store.state.sweep)
    let between = try Regularization(0.033)
    let outside = try Regularization(3)
    #expect(sweep.interpolatedScores(at: between) != nil)
    #expect(sweep.interpolatedScores(at: outside) == nil)
    let curve = try #require(sweep.leaveOneOutNLL)
    let value = try #require(sweep.interpolated(curve, at: between))
    let place = try #require(Self.path.firstIndex { $0 > between })
    #expect(min(curve[place - 1], curve[place])...max(curve[place - 1], curve[place]) ~= value)
    #expect(sweep.interpolated(curve, at: outside) == nil)
    #expect(sweep.interpolated([1, 2], at: between) == nil)

    sweep.scores.removeLast(sweep.scores.count - place)
    #expect(sweep.interpolatedScores(at: between) == nil)
    sweep.scores = []
    #expect(sweep.interpolatedScores(at: between) == nil)
    store.send(.swept(sweep))
    store.send(.setRegularization(between))
    #expect(!store.state.scoresAreCurrent)
    await store.settle()
    #expect(store.state.scoresAreComputed)
  }
}
