public import OODDetection

/// The parts of a setting that a user chose. A saved model, or else the defaults, provide the others.
public struct SettingChoice: Sendable, Hashable {
  public var normalization: Normalization?
  public var pooling: Pooling?
  public var ridgeRule: RidgeRule?
  /// t. The standard t of the rule if only the rule is chosen.
  public var regularization: Regularization?
  public var score: ScoreKind?

  public init(
    normalization: Normalization? = nil, pooling: Pooling? = nil, ridgeRule: RidgeRule? = nil,
    regularization: Regularization? = nil, score: ScoreKind? = nil
  ) {
    self.normalization = normalization
    self.pooling = pooling
    self.ridgeRule = ridgeRule
    self.regularization = regularization
    self.score = score
  }

  /// A choice of every part.
  public init(_ setting: DetectorSetting) {
    self.init(
      normalization: setting.fit.normalization, pooling: setting.fit.pooling,
      ridgeRule: setting.fit.ridgeRule,
      regularization: setting.regularization, score: setting.score)
  }

  /// The complete setting.
  ///
  /// - Parameter base: The setting of the saved model, if there is one.
  public func resolved(with base: DetectorSetting = .standard) -> DetectorSetting {
    let rule = ridgeRule ?? base.fit.ridgeRule
    return DetectorSetting(
      fit: FitSetting(
        normalization: normalization ?? base.fit.normalization, pooling: pooling ?? base.fit.pooling,
        ridgeRule: rule),
      regularization: regularization
        ?? (rule == base.fit.ridgeRule ? base.regularization : rule.standardRegularization),
      score: score ?? base.score)
  }
}

extension DetectorSetting {
  /// The command-line options that reproduce this setting; empty for the default.
  public var commandLineOptions: [String] {
    var options: [String] = []
    if fit.normalization != .none {
      options += ["--normalization", fit.normalization == .l2 ? "l2" : "\(fit.normalization.value)"]
    }
    if fit.pooling != .none { options += ["--pooling", plain(fit.pooling.value)] }
    let t = exactText(regularization)
    switch fit.ridgeRule {
    case .absolute: if regularization != .standard { options += ["--reg", t] }
    case .relative: options += ["--reg", "\(t)x"]
    case .leaveOneOut, .oas, .ledoitWolf:
      options += ["--reg", fit.ridgeRule.rawValue]
      if regularization.value != 1 { options += ["--reg-scale", t] }
    }
    if score != .negativeLogLikelihood { options += ["--score", score.rawValue] }
    return options
  }

  /// The setting as a call of the Python package, such as `gmmscope.GMM(reg=0.001, pooling=0.1)`.
  public var pythonCall: String {
    var keywords: [String] = []
    let t = exactText(regularization)
    switch fit.ridgeRule {
    case .absolute: if regularization != .standard { keywords.append("reg=\(t)") }
    case .relative: keywords.append("reg=\"\(t)x\"")
    case .leaveOneOut, .oas, .ledoitWolf:
      keywords.append("reg=\"\(fit.ridgeRule.rawValue)\"")
      if regularization.value != 1 { keywords.append("reg_scale=\(t)") }
    }
    if fit.pooling != .none { keywords.append("pooling=\(plain(fit.pooling.value))") }
    if fit.normalization != .none {
      keywords.append(
        "normalization=" + (fit.normalization == .l2 ? "\"l2\"" : "\(fit.normalization.value)"))
    }
    if score != .negativeLogLikelihood { keywords.append("score=\"\(score.rawValue)\"") }
    return "gmmscope.GMM(\(keywords.joined(separator: ", ")))"
  }

  /// The setting in words for people, such as `α 0.03, λ = 1e-03, nll`.
  public var summary: String {
    var parts: [String] = []
    if fit.normalization != .none { parts.append("β \(plain(fit.normalization.value))") }
    if fit.pooling != .none { parts.append("α \(plain(fit.pooling.value))") }
    parts.append(regularizationText)
    parts.append(score.rawValue)
    return parts.joined(separator: ", ")
  }

  /// The ridge rule with its t, such as `λ = 1e-06`, `0.01x` or `oas × 0.5`.
  public var regularizationText: String {
    switch fit.ridgeRule {
    case .absolute: "λ = \(shortText(regularization))"
    case .relative: "\(shortText(regularization)) × mean variance"
    case .leaveOneOut, .oas, .ledoitWolf:
      regularization.value == 1
        ? fit.ridgeRule.rawValue : "\(fit.ridgeRule.rawValue) × \(shortText(regularization))"
    }
  }

  /// The same within a sentence, such as `λ = 1e-06` or `ridge oas × 0.5`.
  public var ridgeText: String {
    fit.ridgeRule == .absolute ? regularizationText : "ridge \(regularizationText)"
  }

  private func plain(_ value: Double) -> String {
    value == value.rounded() ? String(Int(value)) : "\(value)"
  }
}

extension RidgeRule {
  /// What people call the multiplier: λ if it is the ridge itself, else t.
  public var symbol: String { self == .absolute ? "λ" : "t" }
}

/// t with as many digits as parsing it again needs.
public func exactText(_ regularization: Regularization) -> String {
  let short = shortText(regularization)
  return Double(short) == regularization.value ? short : "\(regularization.value)"
}

/// A setting as every JSON report states it.
public struct SettingReport: Encodable, Sendable, Equatable {
  let normalization: Double
  let pooling: Double
  let ridgeRule: String
  let regularization: Double
  let score: String

  public init(_ setting: DetectorSetting) {
    normalization = setting.fit.normalization.value
    pooling = setting.fit.pooling.value
    ridgeRule = setting.fit.ridgeRule.rawValue
    regularization = setting.regularization.value
    score = setting.score.rawValue
  }
}
