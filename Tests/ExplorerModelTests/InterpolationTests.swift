import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// A typed λ between two of the path: scores are interpolated first and computed afterwards, both in the
/// background.
@Suite @MainActor struct InterpolationTests {
  private static let path = (try? RegularizationPath.logarithmic(from: 1e-3, through: 1, count: 31)) ?? []

  private func store(goal: ExplorerState.Goal = .explore) async -> ExplorerStore {
    await SmallData.store(
      in: ExplorerState(regularization: Self.path[0], goal: goal, path: Self.path))
  }

  /// Performs the interpolation among the effects of an action, as it arrives before the exact scores.
  private func interpolate(_ effects: [Effect], in state: inout ExplorerState) throws {
    for case .interpolate(let sweep, let regularization) in effects {
      let scored = try #require(sweep.interpolatedScores(at: regularization))
      #expect(
        state.apply(.interpolated(scored)).allSatisfy { $0.kind == .outlierDetails || $0.kind == .explain })
    }
  }

  @Test func everythingIsInterpolatedFirstAndComputedAfterwards() async throws {
    let store = await store()
    let before = try #require(store.state.scores.scored)
    #expect(store.state.scoresAreComputed && !store.state.scoresAreInterpolated)
    var state = store.state
    let effects = state.apply(.setRegularization(try Regularization(0.033)))
    // No screen shows scores of the earlier λ, and the running task says what is missing.
    #expect(!state.scoresAreCurrent && state.tasks.longTask?.kind == .score)
    try interpolate(effects, in: &state)
    #expect(state.scoresAreCurrent && state.scoresAreInterpolated && !state.scoresAreComputed)
    #expect(state.tasks[.score] != nil && state.tasks[.interpolate] == nil)
    let interpolated = try #require(state.scores.scored)
    #expect(interpolated.train?.count == before.train?.count)
    #expect(state.outliers.rows.first?.score == interpolated.test?.negativeLogLikelihood.max())
    #expect(state.scores.evaluation?.values != nil)

    await store.settle(after: .setRegularization(try Regularization(0.033)))
    #expect(store.state.scoresAreComputed && !store.state.scoresAreInterpolated)
    let computed = try #require(store.state.scores.scored)
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
    await store.settle(after: .show(.outliers))
    var state = store.state
    try interpolate(state.apply(.setRegularization(try Regularization(0.033))), in: &state)
    #expect(state.scoresAreInterpolated)
    for screen in [Screen.scores, .outliers] {
      _ = state.apply(.show(screen))
      #expect(state.exportRequest(to: "x.csv") == nil)
    }
    _ = state.apply(.pin)
    #expect(state.tuning.pins.compared == nil && state.messages.notice?.text.contains("Wait") == true)
    _ = state.apply(.ask(.export))
    _ = state.apply(.submitPrompt)
    let prompt = try #require(state.prompt)
    #expect(prompt.problem == "the scores are still being computed")
    await store.settle(after: .setRegularization(try Regularization(0.033)))
    #expect(store.state.exportRequest(to: "x.csv") != nil)
  }

  @Test func interpolatedScoresStayMarkedAfterCancellation() async throws {
    let store = await store()
    var state = store.state
    try interpolate(state.apply(.setRegularization(try Regularization(0.033))), in: &state)
    let effects = state.apply(.cancelTask)
    #expect(effects.contains { if case .discard(.score) = $0 { true } else { false } })
    #expect(state.scoresAreInterpolated && state.tasks[.score] == nil)
    // A λ of the path needs no scores. The tuning screen resumes the cancelled work.
    var other = state
    let step = other.apply(.stepRegularization(tenths: 1))
    #expect(
      step.allSatisfy { effect in
        switch effect {
        case .checkFits, .profileClass: true
        default: false
        }
      })
    #expect(other.scoresAreComputed)
    let resumed = state.apply(.show(.tuning))
    #expect(resumed.contains { if case .score = $0 { true } else { false } })
  }

  /// The path can arrive while the scores of a typed λ are being computed.
  @Test func arrivingPathShowsScoresWithoutRestartingWork() async throws {
    let store = await store()
    let sweep = try #require(store.state.tuning.sweep)
    func startsScoring(_ effects: [Effect]) -> Bool {
      effects.contains { if case .score = $0 { true } else { false } }
    }
    var state = store.state
    state.tuning.sweep = nil
    let between = try Regularization(0.033)
    #expect(startsScoring(state.apply(.setRegularization(between))))
    #expect(!state.scoresAreCurrent)
    let arrived = state.apply(.swept(sweep))
    #expect(!startsScoring(arrived))
    try interpolate(arrived, in: &state)
    #expect(state.scoresAreInterpolated && state.tasks[.score] != nil)
    // Another λ restarts the work, and so does the first one again.
    #expect(startsScoring(state.apply(.setRegularization(try Regularization(0.047)))))
    let again = state.apply(.setRegularization(between))
    #expect(startsScoring(again))
    try interpolate(again, in: &state)
    #expect(state.scoresAreInterpolated)
  }

  @Test func interpolatedScoresNeverReplaceExactOnesOrThoseOfAnotherLambda() async throws {
    var state = await store().state
    let sweep = try #require(state.tuning.sweep)
    let (between, other) = (try Regularization(0.033), try Regularization(0.047))
    let late = try #require(sweep.interpolatedScores(at: between))
    _ = state.apply(.setRegularization(other))
    var early = state
    // The interpolation that still runs is discarded.
    let effects = state.apply(
      .scored(ScoredData(regularization: other, train: late.train, test: late.test)))
    #expect(effects.contains { if case .discard(.interpolate) = $0 { true } else { false } })
    _ = state.apply(.interpolated(sweep.interpolatedScores(at: other)))
    #expect(state.scoresAreComputed)
    #expect(early.apply(.interpolated(late)).isEmpty && !early.scoresAreCurrent)
    // Outside the path there is nothing to show.
    #expect(state.apply(.interpolated(nil)).isEmpty && state.scoresAreComputed)
  }

  @Test func onlyAPathWithStoredScoresIsInterpolated() async throws {
    let store = await store()
    var sweep = try #require(store.state.tuning.sweep)
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
    store.send(.swept(sweep), .setRegularization(between))
    #expect(!store.state.scoresAreCurrent)
    await store.settle()
    #expect(store.state.scoresAreComputed)
  }
}
