import ExplorerModel
import OODDetection
import TestData
import Testing

@testable import OODData

/// The order of computations in the explorer: classes, scores, spectra, path.
@Suite @MainActor struct PhaseTests {
  /// The names of the requested effects.
  private func names(_ effects: [Effect]) -> [String] {
    effects.compactMap { effect in
      switch effect {
      case .factor: "factor"
      case .score(let detector, _, _): detector.summaries.isEmpty ? "score by factors" : "score by spectra"
      case .fit: "spectra"
      case .sweep: "sweep"
      case .checkFits: "class fits"
      // The class screen shows a profile of its class as soon as there are spectra.
      case .discard, .profileClass: nil
      default: "other"
      }
    }
  }

  private func factors(_ regularization: Regularization = SmallData.path[0]) async throws -> CholeskyDetector
  {
    let train = try #require(SmallData.dataSet().train)
    return try await CholeskyDetector.fit(
      train.rows, labels: try #require(train.labels), at: regularization)
  }

  /// With classes and scores, while spectra are being computed.
  private func stateBeforeSpectra() async throws -> ExplorerState {
    let done = await SmallData.store().state
    var state = ExplorerState(regularization: SmallData.path[0], path: SmallData.path)
    _ = state.apply(.loaded(SmallData.dataSet(), model: nil))
    _ = state.apply(.factored(try await factors()))
    _ = state.apply(.scored(try #require(done.scores.scored)))
    return state
  }

  @Test func eachPhaseRequestsTheNextOne() async throws {
    let done = await SmallData.store().state
    var state = ExplorerState(regularization: SmallData.path[0], path: SmallData.path)
    #expect(names(state.apply(.loaded(SmallData.dataSet(), model: nil))) == ["factor"])
    #expect(names(state.apply(.factored(try await factors()))) == ["score by factors"])
    #expect(state.classes.outlines.map(\.count) == [12, 12, 12])
    #expect(names(state.apply(.scored(try #require(done.scores.scored)))) == ["spectra"])
    // Factors and spectra are not kept at the same time.
    #expect(state.classes.factored == nil)
    #expect(names(state.apply(.fitted(try #require(done.classes.detector)))) == ["sweep"])
    #expect(names(state.apply(.swept(try #require(done.tuning.sweep)))) == ["class fits"])
    #expect(
      names(state.apply(.checkedFits(ClassFits(setting: state.setting.current, classes: [nil, nil, nil]))))
        == [])
    #expect(TaskKind.allCases.filter { state.tasks[$0] != nil } == [.profileClass])
  }

  @Test func classesAndScoresAreComputedBeforeSpectraStart() async throws {
    let store = await SmallData.store(settled: false)
    var seen: [String] = []
    func note(_ name: String, _ isThere: Bool) {
      if isThere, !seen.contains(name) { seen.append(name) }
    }
    store.onChange = { [unowned store] in
      let state = store.state
      note("classes", !state.classes.outlines.isEmpty)
      note(
        "scores",
        state.scoresAreCurrent && !state.outliers.rows.isEmpty && state.scores.overallDistribution != nil)
      note("spectra begun", state.tasks[.spectra] != nil)
      note("spectra", !state.classes.summaries.isEmpty)
      note("path", state.tuning.sweep != nil)
    }
    await store.settle()
    #expect(seen == ["classes", "scores", "spectra begun", "spectra", "path"])
  }

  @Test func classesShowKnownValuesBeforeSpectra() async throws {
    let state = try await stateBeforeSpectra()
    #expect(state.classes.detector == nil && state.classes.summaries.isEmpty)
    #expect(state.classes.visible == [0, 1, 2])
    #expect(state.classes.name(of: 2) == "cat")
    #expect(state.scores.evaluation?.values?.outOfDistributionCount == 5)
    let detector = try #require(await SmallData.store().state.classes.detector)
    for (outline, fitted) in zip(state.classes.outlines, detector.classes) {
      let exact = fitted.spectrum.logDeterminant(at: SmallData.path[0])
      #expect(abs(try #require(outline.logDeterminant) - exact) <= 1e-8 * max(1, abs(exact)))
      #expect(zip(outline.mean, fitted.mean).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }

  @Test func spectralScoresReplaceFactoredOnesAndTheCursorStays() async throws {
    let store = await SmallData.store(settled: false)
    var early: ScoredData?
    store.onChange = { [unowned store] in
      guard early == nil, store.state.classes.detector == nil, let scores = store.state.scores.scored else {
        return
      }
      early = scores
      store.send(.show(.outliers), .selectRow(4), .show(.classes), .selectRow(1))
    }
    await store.settle()
    let chosen = store.state.outliers.selected?.reference
    #expect(store.state.outliers.selectedRow == 4)
    // The second class in the order at that time.
    #expect(store.state.classes.selected == 1)
    store.send(.setRegularization(SmallData.path[1]), .undo)
    #expect(store.state.outliers.selected?.reference == chosen)
    for split in Split.allCases {
      let (first, exact) = (try #require(early?[split]), try #require(store.state.scores.scored?[split]))
      for (one, other) in zip(first.negativeLogLikelihood, exact.negativeLogLikelihood) {
        #expect(abs(one - other) <= 1e-9 * max(1, abs(other)))
      }
      #expect(first.mostLikelyClass == exact.mostLikelyClass)
    }
  }

  @Test func anotherLambdaBeforeSpectraIsScoredByFactorsWhileSpectraContinue() async throws {
    var state = try await stateBeforeSpectra()
    let effects = state.apply(.setRegularization(SmallData.path[2]))
    #expect(names(effects) == ["factor"])
    #expect(!state.scoresAreCurrent && state.tasks[.spectra] != nil)
    #expect(state.classes.outlines.allSatisfy { $0.logDeterminant == nil })
    #expect(names(state.apply(.factored(try await factors(SmallData.path[2])))) == ["score by factors"])
    // Spectra that arrive first also serve the new λ.
    let detector = try #require(await SmallData.store().state.classes.detector)
    #expect(names(state.apply(.fitted(detector))) == [])
    #expect(state.tasks[.score] != nil)
  }

  @Test func spectraThatArriveBeforeTheFactorsOfANewLambdaScoreIt() async throws {
    var state = try await stateBeforeSpectra()
    _ = state.apply(.setRegularization(SmallData.path[2]))
    let detector = try #require(await SmallData.store().state.classes.detector)
    #expect(names(state.apply(.fitted(detector))) == ["score by spectra"])
    #expect(state.tasks[.fit] == nil)
  }

  /// Spectra can arrive before it is known that λ = 0 has no factors.
  @Test func lambdaWithoutFactorsIsRejectedBySpectraThatArriveFirst() async throws {
    var data = SmallData.dataSet()
    data.train = SmallData.split(perClass: 3, outCount: 0, phase: 0)
    let whole = await SmallData.store(data).state
    var state = ExplorerState(regularization: SmallData.path[0], path: SmallData.path)
    _ = state.apply(.loaded(data, model: nil))
    _ = state.apply(.scored(try #require(whole.scores.scored)))
    #expect(names(state.apply(.setRegularization(try Regularization(0)))) == ["factor"])
    #expect(names(state.apply(.fitted(try #require(whole.classes.detector)))).contains("sweep"))
    #expect(state.setting.regularization == SmallData.path[0] && state.messages.failure == nil)
    #expect(state.scoresAreComputed && !state.classes.summaries.isEmpty)
    #expect(state.messages.notice?.severity == .error && state.messages.notice?.text.contains("rank") == true)
  }

  @Test func lambdaWithoutFactorsIsRejectedBeforeSpectra() async throws {
    var data = SmallData.dataSet()
    data.train = SmallData.split(perClass: 3, outCount: 0, phase: 0)
    let store = await SmallData.store(data, settled: false)
    var hasAsked = false
    store.onChange = { [unowned store] in
      guard !hasAsked, store.state.scores.scored != nil else { return }
      hasAsked = true
      store.send(.setRegularization(.standard))
      if let zero = try? Regularization(0) { store.send(.setRegularization(zero)) }
    }
    await store.settle()
    #expect(hasAsked)
    #expect(store.state.setting.regularization == SmallData.path[0])
    #expect(store.state.messages.all.contains { $0.severity == .error && $0.text.contains("rank") })
    #expect(
      store.state.messages.failure == nil && store.state.scoresAreCurrent && store.state.tuning.sweep != nil)
  }

  @Test func cancelledWorkIsResumed() async throws {
    var state = try await stateBeforeSpectra()
    #expect(names(state.apply(.cancelTask)) == [])
    #expect(state.tasks.isEmpty && state.scoresAreCurrent)
    #expect(names(state.apply(.show(.scores))) == [])
    #expect(names(state.apply(.show(.tuning))) == ["spectra"])
    let detector = try #require(await SmallData.store().state.classes.detector)
    #expect(names(state.apply(.fitted(detector))) == ["sweep"])
    _ = state.apply(.cancelTask)
    #expect(state.tasks.isEmpty)
    #expect(names(state.apply(.setRegularization(SmallData.path[1]))) == ["score by spectra"])
    let scores = ScoredData(
      regularization: SmallData.path[1], train: state.scores.scored?.train, test: state.scores.scored?.test)
    #expect(names(state.apply(.scored(scores))) == ["sweep"])
  }

  @Test func classesAndScoresStayIfSpectraFail() async throws {
    var state = try await stateBeforeSpectra()
    let reason = "this takes at least 21 GiB of memory"
    #expect(names(state.apply(.failed(.spectra, Failure(reason)))) == [])
    #expect(state.classes.spectraObstacle == reason && state.messages.failure == nil)
    #expect(state.messages.all.last?.text.contains(reason) == true)
    #expect(state.scoresAreCurrent && !state.classes.outlines.isEmpty && !state.outliers.rows.isEmpty)
    // No screen requests them again, and another λ is factored.
    #expect(names(state.apply(.show(.tuning))) == [])
    #expect(names(state.apply(.setRegularization(SmallData.path[2]))) == ["factor"])
    #expect(names(state.apply(.factored(try await factors(SmallData.path[2])))) == ["score by factors"])
    let scores = ScoredData(
      regularization: SmallData.path[2], train: state.scores.scored?.train, test: state.scores.scored?.test)
    #expect(names(state.apply(.scored(scores))) == [])
    #expect(state.scoresAreCurrent && state.tasks.isEmpty)
    // Other files can be smaller.
    #expect(names(state.apply(.loaded(SmallData.dataSet(), model: nil))) == ["factor"])
    #expect(state.classes.spectraObstacle == nil)
  }

  @Test func pinSetBeforeSpectraGetsItsConditionNumber() async throws {
    var state = try await stateBeforeSpectra()
    _ = state.apply(.pin)
    #expect(state.tuning.pins.compared != nil && state.tuning.pins.compared?.worstConditionNumber == nil)
    let detector = try #require(await SmallData.store().state.classes.detector)
    _ = state.apply(.fitted(detector))
    #expect(
      state.tuning.pins.compared?.worstConditionNumber == detector.worstConditionNumber(at: SmallData.path[0])
    )
  }

  @Test func dataIsShownButNotUsedBeforeItIsScanned() async throws {
    let folder = try ScratchFolder()
    let path = try folder.write("label,f\n0,1\n1,2\n0,3\n1,5\n", to: "train.csv")
    let request = DataRequest(train: [path])
    var state = ExplorerState(request: request)
    _ = state.apply(.open(request))
    let opened = try DetectorPipeline().openFiles(of: request)
    // The opened files are remembered immediately.
    func kinds(_ effects: [Effect]) -> Set<TaskKind> {
      Set(effects.compactMap(\.kind)).subtracting([.remember])
    }
    #expect(kinds(state.apply(.loaded(opened.data, model: nil))) == [.scan])
    #expect(state.data.dataSet?.train?.count == 4)
    for action in [
      Action.show(.data), .show(.tuning), .stepRegularization(tenths: 1), .show(.classes), .cycleScore,
    ] {
      #expect(kinds(state.apply(action)) == [])
    }
    #expect(kinds(state.apply(.failed(.scan, Failure("row 4321")))) == [])
    #expect(kinds(state.apply(.show(.distances))) == [])
    let scanned = try await DetectorPipeline().scan(opened)
    #expect(kinds(state.apply(.scanned(scanned, model: nil))) == [.fit])
  }
}
