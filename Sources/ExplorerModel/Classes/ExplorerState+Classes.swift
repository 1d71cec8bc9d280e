import OODData
import OODDetection

/// What follows for the whole explorer from looking at classes.
extension ExplorerState {
  /// Takes the smallest λ or t at which the selected class is healthy, and says what it did.
  mutating func cureClass() -> [Effect] {
    let index = classes.selected
    let (name, symbol) = (classes.name(of: index), setting.fit.ridgeRule.symbol)
    guard let cure = classes.cure(of: index, at: setting.regularization) else {
      messages.say(.info, "Wait for the spectra: they say what cures \(name).")
      return []
    }
    let problems =
      classes.detector.map { ClassHealth.problems($0.classes[index], at: setting.regularization) } ?? []
    switch cure {
    case .notNeeded:
      messages.say(.info, "\(name) is ok at \(symbol) \(shortText(setting.regularization)).")
      return []
    case .impossible:
      let reasons = problems.map(\.rawValue).joined(separator: ", ")
      messages.say(
        .info, "No \(symbol) cures \(name): \(reasons). More samples would, and pooling (a) may.")
      return []
    case .regularization(let remedy, let left):
      let effects = changeShown { $0.set(remedy) }
      // A λ that cannot be shown has its own message.
      guard setting.regularization == remedy else { return effects }
      let cured = problems.filter { !left.contains($0) }.map(\.rawValue).joined(separator: ", ")
      let rest =
        left.isEmpty
        ? "\(name) is ok, no longer \(cured)"
        : "\(cured) cured, \(left.map(\.rawValue).joined(separator: ", ")) stays, which no \(symbol) cures"
      messages.say(.info, "Set \(symbol) to \(shortText(remedy)) (u goes back): \(rest).")
      return effects
    }
  }

  /// Shows the two marked classes side by side. If only one is marked, the selected class is the other one.
  mutating func compareClasses() {
    if classes.marked.count == 1, !classes.marked.contains(classes.selected) { classes.markSelected() }
    classes.openComparison()
    if !classes.isComparing { messages.say(.info, "Mark two classes with Space to see them side by side.") }
  }

  mutating func moveDimension(_ steps: Int) {
    let (index, setting) = (classes.selected, numberedSetting)
    classes.moveDimension(
      steps, from: classes.dimension(of: index, at: setting),
      shown: classes.shownDimensions(of: index, at: setting).count)
  }

  mutating func zoomDimensions(inwards: Bool) {
    classes.zoomDimensions(
      inwards: inwards, around: classes.dimension(of: classes.selected, at: numberedSetting))
  }

  /// Lists the training samples of the selected class, those farthest from it first. The most atypical one, held out,
  /// is selected.
  mutating func listClassSamples() {
    guard let label = classes.label(of: classes.selected), data.dataSet?.train?.labels != nil else {
      messages.say(.info, "There are no training samples to list: a saved model does not keep them.")
      return
    }
    let profile = classes.profile(of: classes.selected, at: setting.current)
    useSingleScreen(.showSubset(.train))
    guard outliers.subset == .train else { return }
    _ = outliers.setFilter("label = \(label)")
    outliers.sort(by: outliers.columns.contains(.ownDistance) ? .ownDistance : .squaredDistance)
    if let heldOut = profile?.heldOut, let place = heldOut.mostAtypical(1).first,
      let row = outliers.rows.place(of: SampleReference(split: .train, index: heldOut.rows[place]))
    {
      outliers.select(row: row)
    }
  }

  /// Starts computing what the class screen shows of its classes, unless it is known or requested.
  mutating func profileIfWanted(_ detector: SpectralDetector, _ samples: DataSet) -> [Effect] {
    let setting = setting.current
    guard
      let index = classes.profiledClasses.first(where: {
        detector.classes.indices.contains($0) && classes.profile(of: $0, at: setting) == nil
      })
    else { return [] }
    let wanted = RequestedWork.Profile(classIndex: index, setting: setting)
    guard tasks.requested.profile != wanted else { return [] }
    tasks.requested.profile = wanted
    return [tasks.start(.profileClass(detector, samples, index, setting))]
  }
}
