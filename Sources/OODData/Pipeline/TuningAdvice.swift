import Foundation
public import OODDetection

/// What the numbers of a path, and of a map, give cause to do, in words. One line each; none if there is nothing to say.
public struct TuningAdvice: Sendable {
  public let sweep: Sweep
  /// Nil unless the map was computed.
  public let map: PoolingMap?
  /// The current setting; its t does not matter.
  public let setting: DetectorSetting
  public let detector: SpectralDetector

  public init(sweep: Sweep, map: PoolingMap?, setting: DetectorSetting, detector: SpectralDetector) {
    self.sweep = sweep
    self.map = map
    self.setting = setting
    self.detector = detector
  }

  public var lines: [String] {
    [proposal, poolingGain, likelihoodOnly, incomparable, unreached, norms, precision].compactMap(\.self)
  }

  /// The proposed setting; nil without a minimum within the path.
  public var proposed: DetectorSetting? {
    var proposed = setting
    if let map {
      guard let place = map.proposed else { return nil }
      proposed.fit.pooling = place.pooling
      proposed.regularization = place.regularization
    } else {
      guard let regularization = sweep.proposed else { return nil }
      proposed.regularization = regularization
    }
    return proposed
  }

  private var proposal: String? {
    if let proposed {
      let options = proposed.commandLineOptions.joined(separator: " ")
      return "proposed by leave-one-out: \(options.isEmpty ? "the default setting" : options)"
    }
    let lowest = map?.lowest?.regularization ?? sweep.lowestAtEnd
    guard let lowest, sweep.leaveOneOutNLL != nil else {
      return "no proposal: leave-one-out needs a class with at least two samples"
    }
    let isFirst = lowest == sweep.path.first
    return
      "no minimum within the path: likelihood still rises at \(shortText(lowest)), its "
      + "\(isFirst ? "smallest" : "largest") \(setting.fit.ridgeRule.symbol), so nothing is proposed; widen the path"
  }

  private var poolingGain: String? {
    guard let place = map?.proposed, place.pooling != setting.fit.pooling,
      let current = map?[setting.fit.pooling]?.sweep.leaveOneOut?.lowest?.meanNLL,
      current - place.leaveOneOutNLL >= 0.05
    else { return nil }
    let gain = current - place.leaveOneOutNLL
    return
      "leave-one-out prefers pooling \(shortNumber(place.pooling.value)) to \(shortNumber(setting.fit.pooling.value)) "
      + "by \(gain < 10 ? String(format: "%.1f", gain) : String(format: "%.0f", gain)) nats per sample"
  }

  private var likelihoodOnly: String? {
    guard !setting.score.isLikelihood, proposed != nil else { return nil }
    return "leave-one-out compares likelihoods, not \(setting.score.rawValue) scores"
  }

  private var incomparable: String? {
    guard setting.fit.normalization == .l2 else { return nil }
    return "with normalization 1, leave-one-out does not compare with that of other normalizations"
  }

  private var unreached: String? {
    let count = sweep.leaveOneOut?.unreachedDimensionCount ?? 0
    guard count > 0 else { return nil }
    return
      "leave-one-out and held-out NLL leave out \(count) \(count == 1 ? "direction" : "directions") that no training "
      + "sample reaches"
  }

  /// A ratio of the classes' mean norms from which normalization deserves a try.
  private static let largeNormRatio = 10.0

  private var norms: String? {
    guard setting.fit.normalization == .none else { return nil }
    let norms = detector.classes.map { gaussian in
      // E‖z‖² = ‖μ‖² + tr Σ.
      (gaussian.mean.reduce(0) { $0 + $1 * $1 } + gaussian.spectrum.trace).squareRoot()
    }
    guard let least = norms.min(), let greatest = norms.max(), least > 0,
      greatest >= Self.largeNormRatio * least
    else { return nil }
    return
      "feature norms differ by a factor of \(shortNumber((greatest / least).rounded())) between classes: try "
      + "normalization"
  }

  private var precision: String? {
    guard
      let last = zip(sweep.path, sweep.worstConditionNumber)
        .filter({ $0.1 > RegularizationCheck.largestTrustedConditionNumber }).map(\.0).max()
    else { return nil }
    return
      "up to \(setting.fit.ridgeRule.symbol) = \(shortText(last)) condition numbers are above 1e10: figures there may be off by more than 1e-6"
  }

  private func shortNumber(_ value: Double) -> String {
    String(format: "%.3g", value)
  }
}
