import Foundation
import OODData
import OODDetection

/// What follows from the reports of background work.
extension ExplorerState {
  mutating func report(_ action: Action) -> [Effect] {
    switch action {
    case .loaded(let opened, let model):
      return take(opened, model: model)
    case .scanned(let scanned, let model):
      return take(scanned: scanned, model: model)
    case .fitted(let detector):
      tasks.finish(.spectra)
      guard detector.setting == setting.fit else { return [] }
      return take(detector)
    case .numberedClasses(let numbers):
      tasks.finish(.classNumbers)
      take(numbers)
    case .prepared(let target, let detector, let scored):
      return take(target, detector, scored)
    case .mapped(let row, let fit):
      tasks.finish(.map)
      guard fit.normalization == setting.fit.normalization, fit.ridgeRule == setting.fit.ridgeRule else {
        return []
      }
      tuning.take(row)
      return mapIfWanted()
    case .refined(let place, let fit):
      tasks.finish(.map)
      guard fit.normalization == setting.fit.normalization, fit.ridgeRule == setting.fit.ridgeRule else {
        return []
      }
      tuning.take(refined: place)
      if let text = mapProposal { messages.mention(text) }
    case .factored(let factored):
      tasks.finish(.fit)
      classes.take(
        factored, isCurrent: factored.regularization == setting.regularization, name: data.name(ofLabel:))
      tellOfRounding()
      return pursueGoal()
    case .scored(let scored):
      return take(scored)
    case .interpolated(let scored):
      tasks.finish(.interpolate)
      // Exact scores can arrive first, and λ may have changed.
      if let scored, scored.regularization == setting.regularization, !scoresAreComputed { show(scored) }
    case .swept(let sweep):
      tasks.finish(.sweep)
      let text = tuning.take(sweep, symbol: setting.fit.ridgeRule.symbol)
      // Once the map is complete, the o key takes its proposal, which the map has told.
      if let text, !tuning.isMapComplete(with: setting.fit.pooling) { messages.mention(text) }
      refreshComparisons()
      // λ may have changed while the path was computed.
      return (scoresAreComputed ? [] : rescore()) + sweepIfWanted() + mapIfWanted()
    case .detailedOutliers(let details, let setting):
      tasks.finish(.outlierDetails)
      if setting == self.setting.current { outliers.merge(details) }
    case .listedSamples(let list, let counts, let version, let details):
      tasks.finish(.listSamples)
      outliers.take(list, counts, version: version, details: details)
    case .explained(let sample):
      tasks.finish(.explain)
      outliers.explained = sample
    case .readPictures(let pictures):
      tasks.finish(.pictures)
      if let data = data.dataSet {
        outliers.sheet.take(pictures, near: Set(outliers.samplesOnSheet(of: data)))
      }
    case .comparedPair(let pair):
      tasks.finish(.comparePair)
      distances.comparison = pair
    case .profiledClass(let profile, let fit):
      tasks.finish(.profileClass)
      classes.take(profile, fit)
    case .planed(let plane):
      tasks.finish(.plane)
      distances.plane.take(plane)
    case .measuredPin(let measures, let setting):
      tasks.finish(.pin)
      if let measures { tuning.pins.take(measures, of: setting) }
      refreshComparisons()
    case .scattered(let scatter):
      tasks.finish(.scatter)
      scores.scatter = scatter
    case .comparedRow(let row):
      compare.take(row)
    case .compared(let comparison):
      tasks.finish(.compare)
      compare.take(comparison)
    case .audited, .foundDuplicates, .checkedFits:
      takeAudit(action)
    case .exported(let path, let content):
      tasks.finish(.export)
      messages.say(.info, "Wrote \(content) to \(path).")
    case .foundExistingFile(let request):
      tasks.finish(.export)
      var prompt = Prompt(
        purpose: .export, text: request.path, problem: "the file exists; press Enter to replace it")
      prompt.exports = exportSubjects(from: request.subject)
      prompt.confirmsReplacing = true
      overlay = .prompt(prompt)
    case .listed(let listing, let recent, let home):
      take(listing, recent: recent, home: home)
    case .foundFile(let path):
      return take(file: path)
    case .foundArrays(let inventory):
      take(inventory)
    case .resume(let session):
      tasks.finish(.remember)
      return resume(session)
    case .remembered(let problem):
      tasks.finish(.remember)
      if let problem { messages.say(problem) }
    case .copied(let text, let clipboard):
      messages.say(clipboard.message(about: text))
    case .progressed(let kind, let progress):
      tasks.progress(kind, to: progress)
    case .failed(let kind, let error):
      tasks.finish(kind)
      if kind == .load { data.cancelOpening() }
      return takeFailure(of: kind, error)
    case .cancelled(let kind):
      tasks.finish(kind)
      if kind == .prepare { setting.setPending(nil) }
      if kind == .load { data.cancelOpening() }
    case .noticed(let message):
      messages.say(message.severity, message.text)
    default:
      break
    }
    return []
  }

  private mutating func takeFailure(of kind: TaskKind, _ error: any Error) -> [Effect] {
    let failure = Message(error)
    if kind == .prepare {
      setting.setPending(nil)
      messages.say(.error, failure.text)
      return []
    }
    if kind == .compare {
      compare.fail(error)
      return []
    }
    if [.map, .pin, .audit, .duplicates, .checkFits, .profileClass].contains(kind) {
      messages.say(.warning, failure.text)
      return []
    }
    // No factor exists for this λ.
    if kind == .fit, goBackToShownRegularization(because: failure.text) { return pursueGoal() }
    if kind == .spectra, goal == .explore, scores.scored != nil {
      // Classes and scores stay. The message and the screens that need spectra say what is missing.
      classes.spectraObstacle = failure.text
      messages.say(
        .warning,
        "Spectra are not available, so each \(setting.fit.ridgeRule.symbol) is scored separately: "
          + failure.text)
      return []
    }
    messages.say(failure)
    // Failing to list, write or choose a file does not affect the open data.
    let isHarmless = kind == .export || kind == .list || kind == .load && choosing.isOpen
    if !isHarmless { messages.failure = failure }
    return []
  }

  /// Goes back to the λ whose scores are shown, and shows the reason. Returns whether there is such a λ.
  private mutating func goBackToShownRegularization(because text: String) -> Bool {
    guard let shown = scores.scored?.regularization, shown != setting.regularization else { return false }
    var earlier = setting.current
    earlier.regularization = shown
    setting.goBack(to: earlier)
    messages.say(.error, text)
    return true
  }

  private mutating func take(_ scored: ScoredData) -> [Effect] {
    tasks.finish(.score)
    messages.failure = nil
    guard scored.regularization == setting.regularization else { return [] }
    if scoresAreInterpolated {
      // Details of interpolated scores are recomputed from the exact scores.
      outliers.forgetDetails()
      tasks.requested.details = nil
    }
    show(scored)
    return tasks.discard(.interpolate) + pursueGoal()
  }

  mutating func take(_ detector: SpectralDetector) -> [Effect] {
    classes.take(detector, name: data.name(ofLabel:))
    // Spectra serve every λ, so no factors are needed.
    let discarded = tasks.discard(.fit)
    do {
      try refreshClassNumbers()
    } catch {
      // Spectra can arrive before it is known that a λ has no factors.
      guard goBackToShownRegularization(because: error.description), (try? refreshClassNumbers()) != nil
      else {
        messages.fail(error.description)
        return discarded
      }
    }
    distances.selectFirstPair(of: detector.classes.count)
    tuning.pins.complete(with: detector)
    return discarded + pursueGoal()
  }
}

extension ExplorerState {
  /// What leave-one-out says about pooling, once the map is complete; `nil` if it prefers the shown one.
  private var mapProposal: String? {
    guard let place = tuning.map.proposed, place.pooling != setting.fit.pooling,
      let shown = tuning.map[setting.fit.pooling]?.sweep.leaveOneOut?.lowest?.meanNLL
    else { return nil }
    let gain = shown - place.leaveOneOutNLL
    guard gain >= 0.05 else { return nil }
    let nats = gain < 10 ? String(format: "%.1f", gain) : String(format: "%.0f", gain)
    return
      "Leave-one-out prefers pooling \(place.pooling.value) by \(nats) nats per sample. Press o to use it."
  }
}
