public import OODData
public import OODDetection

/// What follows from a change of the setting, across features.
///
/// A change of t or of the score shows at once. Another normalization, pooling or ridge rule needs another fit: the
/// shown setting stays until scores of the new one are there, unless that fit was visited before.
extension ExplorerState {
  mutating func changeSetting(_ action: Action) -> [Effect] {
    switch action {
    case .stepRegularization(let tenths):
      return changeShown { $0.step(tenths: tenths) }
    case .setRegularization(let value):
      return changeShown { $0.set(value) }
    case .takeProposal:
      guard let proposed = tuning.proposed(at: setting.current) else {
        messages.say(.info, tuning.missingProposal(at: setting.current, isComputing: tasks[.sweep] != nil))
        return []
      }
      return choose(proposed)
    case .undo:
      // The first undo gives up what is still being computed.
      return setting.pending == nil && undoView(true)
        ? [] : goThroughHistory(setting.history.undoStack.last, .undo)
    case .redo:
      return undoView(false) ? [] : goThroughHistory(setting.history.redoStack.last, .redo)
    case .cycleScore:
      let kinds = ScoreKind.allCases
      let place = kinds.firstIndex(of: setting.score) ?? 0
      return changeShown { $0.setScore(kinds[(place + 1) % kinds.count]) }
    case .cureClass:
      return cureClass()
    case .stepPooling(let offset):
      return prepare(setting.wantedFit.steppingPooling(by: offset))
    case .stepNormalization(let offset):
      return prepare(setting.wantedFit.steppingNormalization(by: offset))
    case .stepRidgeRule(let offset):
      let fit = setting.wantedFit.steppingRidgeRule(by: offset)
      return prepare(fit, at: fit.ridgeRule.standardRegularization)
    case .choose(let choice):
      var base = setting.current
      base.fit = setting.wantedFit
      return choose(choice.resolved(with: base))
    default:
      return []
    }
  }

  /// Goes to a setting, at once if it needs no other fit.
  mutating func choose(_ target: DetectorSetting) -> [Effect] {
    guard target.fit != setting.fit else {
      setting.setPending(nil)
      return tasks.discard(.prepare) + changeShown { $0.set(target) }
    }
    // The score takes effect at once; the new fit is scored by it.
    let effects = target.score == setting.score ? [] : changeShown { $0.setScore(target.score) }
    return effects + prepare(target.fit, at: target.regularization)
  }

  private mutating func goThroughHistory(
    _ target: DetectorSetting?, _ direction: SettingState.Pending.Direction
  ) -> [Effect] {
    if direction == .undo, setting.pending != nil {
      setting.setPending(nil)
      return tasks.discard(.prepare)
    }
    guard let target else {
      messages.say(.info, "There is nothing to \(direction == .undo ? "undo" : "redo").")
      return []
    }
    guard target.fit != setting.fit else {
      return changeShown { if direction == .undo { $0.undo() } else { $0.redo() } }
    }
    return prepare(target.fit, at: target.regularization, direction)
  }

  // MARK: Another fit

  /// Begins a change to another fit, or gives it up if it is the shown one.
  ///
  /// - Parameter regularization: t; `nil` to keep the one that is shown then.
  private mutating func prepare(
    _ fit: FitSetting, at regularization: Regularization? = nil,
    _ direction: SettingState.Pending.Direction = .new
  ) -> [Effect] {
    let discarded = tasks.discard(.prepare)
    guard fit != setting.fit else {
      setting.setPending(nil)
      return discarded
    }
    guard let samples = data.dataSet, samples.isScanned, goal >= .score else { return discarded }
    if samples.train == nil,
      fit.normalization != setting.fit.normalization || fit.pooling != setting.fit.pooling
    {
      messages.say(
        .info, "A saved model keeps its normalization and pooling; open its training files to change them.")
      return discarded
    }
    setting.setPending(SettingState.Pending(fit: fit, regularization: regularization, direction: direction))
    if visited[fit] != nil { return discarded + showVisited() }
    let target = setting.pending.map { setting.setting(of: $0) } ?? setting.current
    return discarded + [
      tasks.start(.prepare(samples, target, base: spectra(likeThoseOf: fit), splits: wantedSplits))
    ]
  }

  /// A detector of the same normalization and pooling, whose spectra a ridge rule can use.
  func spectra(likeThoseOf fit: FitSetting) -> SpectralDetector? {
    func isAlike(_ detector: SpectralDetector) -> Bool {
      detector.setting.normalization == fit.normalization && detector.setting.pooling == fit.pooling
    }
    if let shown = classes.detector, isAlike(shown) { return shown }
    return visited.detectors.first(where: isAlike)
  }

  /// Shows a setting that is ready. Its spectra, path and map follow.
  mutating func take(_ target: DetectorSetting, _ detector: DetectorAtSetting, _ scored: ScoredData)
    -> [Effect]
  {
    tasks.finish(.prepare)
    guard let pending = setting.pending, pending.fit == target.fit else { return [] }
    let discarded = leaveFit()
    setting.completePending()
    switch detector.source {
    case .spectra(let spectral, _): classes.take(spectral, name: data.name(ofLabel:))
    case .factors(let factored):
      classes.take(factored, isCurrent: true, name: data.name(ofLabel:))
      tellOfRounding()
    }
    try? refreshClassNumbers()
    if scored.regularization == setting.regularization { show(scored) }
    return discarded + pursueGoal()
  }

  /// Shows the pending setting, whose fit was visited before.
  private mutating func showVisited() -> [Effect] {
    guard let pending = setting.pending, let fit = visited[pending.fit] else { return [] }
    let discarded = leaveFit()
    let before = setting
    setting.completePending()
    classes.take(fit.detector, name: data.name(ofLabel:))
    tuning.sweep = fit.sweep
    do {
      try refreshClassNumbers()
    } catch {
      setting = before
      messages.say(.error, error.description)
    }
    return discarded + rescore() + (tasks[.score] == nil ? pursueGoal() : [])
  }

  /// Keeps the shown fit to go back to, and discards the work on it.
  private mutating func leaveFit() -> [Effect] {
    if let detector = classes.detector { visited.keep(detector, tuning.sweep) }
    outliers.forgetDetails()
    // Scores know their t, but not their fit.
    scores.scored = nil
    classes.forgetFit()
    distances.forget()
    tuning.leaveFit(from: setting.fit, for: setting.pending?.fit)
    let stale: [TaskKind] = [
      .fit, .spectra, .classNumbers, .score, .sweep, .map, .interpolate, .outlierDetails, .explain,
      .comparePair, .plane,
      .scatter, .profileClass, .audit,
      .duplicates, .checkFits,
    ]
    let discarded = stale.flatMap { tasks.discard($0) }
    tasks.requested = RequestedWork()
    return discarded
  }

  // MARK: The shown fit

  /// Changes t or the score, and everything that depends on them. If t is not usable, shows an error and keeps the
  /// old value.
  mutating func changeShown(_ change: (inout SettingState) -> Void) -> [Effect] {
    let before = setting
    change(&setting)
    guard setting.current != before.current else { return [] }
    if setting.regularization != before.regularization {
      do {
        try refreshClassNumbers()
      } catch {
        setting = before
        messages.say(.error, error.description)
        return []
      }
    }
    outliers.forgetDetails()
    if setting.regularization == before.regularization, scoresAreCurrent {
      refreshScores()
      return []
    }
    return classes.detector == nil ? refactor() : rescore() + (tasks[.score] == nil ? pursueGoal() : [])
  }

  /// Updates the class numbers at the current λ, or leaves the old ones until they are computed in the background.
  /// Keeps the old ones if there are none at this λ.
  mutating func refreshClassNumbers() throws(DetectorError) {
    guard let detector = classes.detector else { return }
    try detector.requireClassNumbers(at: setting.regularization)
    var numbers: ClassNumbers?
    if !numbersTakeLong(of: detector) {
      numbers = try ClassNumbers(detector, at: setting.regularization)
    }
    classes.refreshWorstCondition(at: setting.regularization)
    if let numbers { take(numbers) }
  }

  private func numbersTakeLong(of detector: SpectralDetector) -> Bool {
    ClassNumbers.work(of: detector) > immediateWork
  }

  mutating func take(_ numbers: ClassNumbers) {
    guard let detector = classes.detector, detector.setting == numbers.fit else { return }
    let areFirst = classes.summaries.isEmpty
    classes.take(numbers)
    distances.take(numbers)
    if areFirst { classes.selectWorst() }
    tellOfRounding()
  }

  /// Says once for each fit if normalization rounds digits away that scores need.
  mutating func tellOfRounding() {
    if let remark = classes.refreshRounding(at: numberedSetting, of: data.dataSet) {
      messages.say(.warning, remark)
    }
  }

  /// Starts computing the class numbers at the current λ, one λ after another: those of many classes take much memory.
  mutating func numberClassesIfWanted() -> [Effect] {
    guard let detector = classes.detector, numbersTakeLong(of: detector), !classNumbersAreCurrent,
      tasks[.classNumbers] == nil, tasks.requested.classNumbers != setting.regularization
    else { return [] }
    tasks.requested.classNumbers = setting.regularization
    return [tasks.start(.numberClasses(detector, setting.regularization))]
  }

  /// Discards the work at the old λ and fits for the new one, before the spectra are computed.
  private mutating func refactor() -> [Effect] {
    classes.forgetFactorNumbers()
    let discarded = tasks.discard(.fit) + tasks.discard(.score)
    if scoresAreCurrent { refreshScores() }
    return discarded + pursueGoal()
  }

  /// Updates the scores for the current λ, from the path if it has them, else by background work. Until that
  /// is done, scores between two λ of the path are interpolated, also in the background.
  mutating func rescore() -> [Effect] {
    guard let detector = detectorAtSetting, let samples = data.dataSet, goal >= .score else { return [] }
    let regularization = setting.regularization
    // Scores of this λ may still be there, but the score may have been switched.
    if let known = scoresAreComputed ? scores.scored : tuning.scores(at: regularization) {
      show(known)
      return tasks.discard(.score) + tasks.discard(.interpolate)
    }
    var effects: [Effect] = []
    if !scoresAreInterpolated, let sweep = tuning.sweep, !sweep.scores.isEmpty {
      effects.append(tasks.start(.interpolate(sweep, regularization)))
    }
    // Does not restart the task if the path arrives meanwhile.
    if tasks[.score] == nil || tasks.requested.scores != regularization {
      tasks.requested.scores = regularization
      effects.append(tasks.start(.score(detector, samples, splits: wantedSplits)))
    }
    return effects
  }

  /// Shows scores at the current λ.
  mutating func show(_ scored: ScoredData) {
    scores.scored = scored
    refreshScores()
    resumeView()
  }

  /// Updates everything that depends on scores: metrics, histograms, outliers and rank changes. Nothing is
  /// sorted here, since scores arrive with their ranking. O(N).
  mutating func refreshScores() {
    guard scoresAreCurrent, let samples = data.dataSet, scores.refresh(of: samples, score: setting.score)
    else { return }
    refreshOutliers()
    refreshComparisons()
  }

  mutating func refreshOutliers() {
    outliers.refresh(sampleSource, threshold: scores.threshold)
  }

  /// The scored samples; `nil` until there are scores of the wanted kind.
  private var sampleSource: SampleSource? {
    guard let scored = scores.scored, scored.holds(setting.score), let samples = data.dataSet else {
      return nil
    }
    return SampleSource(
      data: samples, scored: scored,
      setting: DetectorSetting(
        fit: setting.fit, regularization: scored.regularization, score: setting.score),
      classLabels: classes.outlines.map(\.label), classNames: classes.outlines.indices.map(classes.name(of:)),
      findings: audit.findings(outliers.subset, in: samples, scored, at: setting.current))
  }

  mutating func refreshComparisons() {
    guard let samples = data.dataSet else { return }
    tuning.refreshComparisons(
      scores.scored, of: samples, at: setting.current, foretells: screen == .tuning && scoresAreCurrent)
  }
}

/// Values of several features.
extension ExplorerState {
  /// The detector with spectra at the current λ; `nil` until the spectra are computed.
  public var detectorAtSetting: DetectorAtSetting? {
    guard let detector = classes.detector else { return nil }
    // The background takes little time, and with it all scores can be switched between in a frame.
    return DetectorAtSetting(
      detector, at: setting.regularization,
      score: goal == .explore ? .relativeNegativeLogLikelihood : setting.score,
      summaries: classNumbersAreCurrent ? classes.summaries : [])
  }

  /// Whether the numbers of classes and the distances between them belong to the current λ, rather than to an earlier
  /// one.
  public var classNumbersAreCurrent: Bool { classes.numberedAt == setting.regularization }

  /// The setting that the shown numbers of classes belong to, whatever else is shown beside them.
  public var numberedSetting: DetectorSetting {
    var numbered = setting.current
    numbered.regularization = classes.numberedAt ?? setting.regularization
    return numbered
  }

  /// Whether scores, metrics and outliers belong to the current λ, whether computed or interpolated.
  public var scoresAreCurrent: Bool {
    guard let scored = scores.scored else { return false }
    return scored.regularization == setting.regularization && scored.holds(setting.score)
  }

  /// Whether the scores are interpolated along the path until the exact ones are computed.
  public var scoresAreInterpolated: Bool { scoresAreCurrent && scores.scored?.unsettledCount != nil }

  /// Whether the scores were computed for the current λ.
  public var scoresAreComputed: Bool { scoresAreCurrent && scores.scored?.unsettledCount == nil }
}
