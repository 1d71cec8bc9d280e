public import OODData
public import OODDetection

/// What a larger ridge does for a class.
public enum ClassCure: Sendable, Equatable {
  /// The class has no problem at the setting.
  case notNeeded
  /// The smallest λ or t that cures all or some of the problems, and those that it leaves.
  case regularization(Regularization, leaves: [ClassHealth])
  /// No λ helps.
  case impossible
}

extension ClassesState {
  /// What a larger λ or t does for a class; `nil` until its spectrum is computed.
  public func cure(of index: Int, at regularization: Regularization) -> ClassCure? {
    guard summary(of: index) != nil, let gaussian = detector?.classes[index] else { return nil }
    let problems = ClassHealth.problems(gaussian, at: regularization)
    guard !problems.isEmpty else { return .notNeeded }
    // What cures a part of the problems is better than nothing.
    let parts = [
      gaussian.remedy(forConditionFrom: regularization), gaussian.remedy(forInflationFrom: regularization),
    ]
    guard let remedy = parts.compactMap(\.self).max(), remedy > regularization else { return .impossible }
    let left = ClassHealth.problems(gaussian, at: remedy)
    return left.count < problems.count ? .regularization(remedy, leaves: left) : .impossible
  }
}
