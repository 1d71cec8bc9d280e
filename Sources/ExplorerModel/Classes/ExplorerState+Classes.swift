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
    let problems = classes.summary(of: index).map { ClassHealth.problems($0) } ?? []
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
        ? "\(name) is ok" : "\(left.map(\.rawValue).joined(separator: ", ")) stays, which no \(symbol) cures"
      messages.say(
        .info, "Set \(symbol) to \(shortText(remedy)) against \(cured): \(rest). Press u to go back.")
      return effects
    }
  }
}
