import Foundation
public import OODDetection

/// Checks whether scores at a setting are numerically trustworthy, given the condition of the classes.
public struct RegularizationCheck: Sendable {
  /// The largest condition number at which scores are accurate to 1e-6.
  public static let largestTrustedConditionNumber = 1e10

  private let setting: DetectorSetting
  private let outlines: [ClassOutline]
  private let summaries: [ClassSummary]
  private let data: DataSet?

  /// - Parameter summaries: The class summaries; empty without spectra, in which case the check relies on
  ///   `outlines`.
  public init(
    _ outlines: [ClassOutline], _ summaries: [ClassSummary], at setting: DetectorSetting, of data: DataSet?
  ) {
    (self.outlines, self.summaries, self.setting, self.data) = (outlines, summaries, setting, data)
  }

  public init(_ detector: DetectorAtSetting, of data: DataSet) {
    self.init(detector.outlines, detector.summaries, at: detector.setting, of: data)
  }

  private func className(_ index: Int) -> String {
    let label = outlines[index].label
    return data?.name(ofLabel: label) ?? String(label)
  }

  private var worstConditioned: Int? {
    summaries.indices.max { summaries[$0].conditionNumber < summaries[$1].conditionNumber }
  }

  /// The class with the largest condition number, if that exceeds ``largestTrustedConditionNumber``. Nil if
  /// it is smaller or unknown.
  public var untrustedClass: (index: Int, conditionNumber: Double)? {
    let found: (index: Int, conditionNumber: Double)?
    if let worst = worstConditioned {
      found = (worst, summaries[worst].conditionNumber)
    } else {
      found = outlines.indices.compactMap { index in
        outlines[index].excessiveConditionNumber.map { (index, $0) }
      }.max { $0.1 < $1.1 }
    }
    return found.flatMap { $0.conditionNumber > Self.largestTrustedConditionNumber ? $0 : nil }
  }

  /// A one-line remark on every score and metric whose precision is reduced by a large condition number. Nil
  /// otherwise. Applies to chosen and default settings alike.
  public var precisionRemark: String? {
    untrustedClass.map { worst in
      "class \(className(worst.index)) has condition number \(String(format: "%.0e", worst.conditionNumber)) at "
        + "\(setting.ridgeText): above 1e10 scores may be off by more than 1e-6; a larger "
        + "\(setting.fit.ridgeRule.symbol) is safer"
    }
      ?? roundingRemark
  }

  /// A one-line remark on scores whose precision is reduced because normalization rounds features far from 0. Nil
  /// otherwise, and until ``ClassOutline/logDeterminant`` or the summaries are known. O(K).
  public var roundingRemark: String? {
    roundedClass.map { worst in
      "class \(className(worst.index)) is so far from 0 for its spread that normalization rounds its digits away: "
        + "scores may be off by \(String(format: "%.0e", worst.error)); subtract the mean of all training samples "
        + "from every file, or leave out the normalization"
    }
  }

  /// The largest share of a standard deviation that normalization may round away without a remark.
  private static let largestRoundingError = 1e-9

  /// The class that loses most to the rounding of its normalized features, if that is more than
  /// ``largestRoundingError``. `error` is that rounding, 2⁻⁵² ‖μ_k‖, in units of the geometric mean of the standard
  /// deviations. Differences of features that are not normalized are exact.
  public var roundedClass: (index: Int, error: Double)? {
    guard setting.fit.normalization != .none else { return nil }
    let found = outlines.indices.compactMap { index -> (index: Int, error: Double)? in
      let outline = outlines[index]
      let known = summaries.isEmpty ? outline.logDeterminant : summaries[index].logDeterminant
      guard let known else { return nil }
      let deviation = exp(known / Double(2 * outline.mean.count))
      return (index, 0x1p-52 * outline.meanNorm / deviation)
    }
    return found.max { $0.error < $1.error }.flatMap { $0.error > Self.largestRoundingError ? $0 : nil }
  }

  /// A one-line warning for scores at the default setting that depend strongly on the ridge itself. Nil otherwise. Only
  /// spectra, as in a model, provide full class warnings.
  public var caution: String? {
    guard !outlines.isEmpty else { return nil }
    if let worst = worstConditioned {
      let count = summaries.count { ClassHealth($0) <= .illConditioned }
      guard count > 0 else { return nil }
      let number = String(format: "%.1e", summaries[worst].conditionNumber)
      return
        "\(classes(count, "is", "are")) ill-conditioned at \(setting.ridgeText) (class \(className(worst)): \(number))"
    }
    // Classes with too few samples or with constant dimensions.
    let unreached = outlines.count { $0.count <= $0.mean.count || $0.constantDimensionCount > 0 }
    guard unreached > 0 else { return nil }
    return
      "\(classes(unreached, "has", "have")) directions that no sample reaches; in them "
      + "\(setting.ridgeText) alone decides the scores"
  }

  private func classes(_ count: Int, _ one: String, _ many: String) -> String {
    if count == outlines.count { return count == 1 ? "the class \(one)" : "all \(count) classes \(many)" }
    return "\(count) of \(outlines.count) classes \(count == 1 ? one : many)"
  }
}

/// λ in a short form that can be parsed again: `1e-06`, `3.2e-02`, `0`.
public func shortText(_ regularization: Regularization) -> String {
  guard regularization.value > 0 else { return "0" }
  return String(format: "%.1e", regularization.value).replacingOccurrences(of: ".0e", with: "e")
}

/// A class with a known mean. Suffices to list the class before its spectrum is computed.
public struct ClassOutline: Sendable, Equatable {
  /// The class's label, ≥ 0.
  public let label: Int
  /// The number of samples n_k.
  public let count: Int
  /// The mean μ_k, of shape (D,).
  public let mean: [Double]
  /// The Euclidean norm ‖μ_k‖.
  public let meanNorm: Double
  /// log det (Σ_k + λI) at the current λ, in nats, computed from a triangular factor. Nil if there is no
  /// factor for that λ. Once the spectrum is computed, the class summary provides the value for every λ.
  package(set) public var logDeterminant: Double?
  /// The condition number of Σ_k + λI at the current λ if it exceeds 1e10, accurate to within a small factor.
  /// Nil if it is smaller or unknown.
  package var excessiveConditionNumber: Double?

  /// The number of dimensions that are constant within the class.
  let constantDimensionCount: Int

  package init(_ factored: FactoredClass, isCurrent: Bool) {
    constantDimensionCount = factored.constantDimensionCount
    (label, count, mean) = (factored.label, factored.count, factored.mean)
    meanNorm = Self.norm(mean)
    logDeterminant = isCurrent ? factored.logDeterminant : nil
    let limit = RegularizationCheck.largestTrustedConditionNumber
    excessiveConditionNumber =
      isCurrent && factored.conditionEstimate > limit ? factored.conditionEstimate : nil
  }

  package init(_ fitted: GaussianClass) {
    constantDimensionCount = fitted.constantDimensionCount
    (label, count, mean) = (fitted.label, fitted.count, fitted.mean)
    meanNorm = Self.norm(mean)
  }

  private static func norm(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// Warnings that follow from the sample count alone. The spectrum may add others.
  public var warnings: [ClassWarning] {
    ClassWarning.sampleSize(count, dimension: mean.count).map { [$0] } ?? []
  }
}

/// The health of a class at one setting, as shown in the class table. Cases are ordered from worst to best; the worst
/// one applies. What the ridge makes up for at the setting is no problem there.
public enum ClassHealth: String, Sendable, CaseIterable, Comparable {
  /// The condition number is above 1e10, so scores are not accurate to 1e-6. A larger ridge cures it.
  case untrustworthy
  /// The condition number is above 1e7. A larger ridge cures it.
  case illConditioned = "ill-conditioned"
  /// One sample, which is the mean. No ridge cures that.
  case singleSample = "single sample"
  /// Distances of new samples are too large: the class follows its own few samples. A larger ridge cures it, unless the
  /// samples are too few for a mean.
  case fewSamples = "few samples"
  /// Samples are repeated or dependent, and the ridge is too small for the directions that they leave out, or is all
  /// that the class has.
  case rankDeficient = "rank-deficient"
  /// Dimensions never vary within the class, and the ridge is too small for them.
  case deadDimensions = "dead dimensions"
  case ok

  public static func < (left: Self, right: Self) -> Bool {
    left.rank < right.rank
  }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// All problems of a class at the setting of its summary, worst first; empty if there are none.
  public static func problems(_ summary: ClassSummary) -> [Self] {
    problems(
      count: summary.count, rank: summary.rank,
      varying: summary.dimension - summary.constantDimensionCount, dimension: summary.dimension,
      conditionNumber: summary.conditionNumber, distanceInflation: summary.distanceInflation)
  }

  /// All problems of a class at a t, worst first; empty if there are none. O(D).
  public static func problems(_ gaussian: GaussianClass, at regularization: Regularization) -> [Self] {
    problems(
      count: gaussian.count, rank: gaussian.spectrum.rank,
      varying: gaussian.mean.count - gaussian.constantDimensionCount, dimension: gaussian.mean.count,
      conditionNumber: gaussian.conditionNumber(at: regularization),
      distanceInflation: gaussian.distanceInflation(at: regularization))
  }

  private static func problems(
    count: Int, rank: Int, varying: Int, dimension: Int, conditionNumber: Double, distanceInflation: Double
  ) -> [Self] {
    var problems: [Self] = []
    if conditionNumber > RegularizationCheck.largestTrustedConditionNumber {
      problems.append(.untrustworthy)
    } else if conditionNumber > 1e7 {
      problems.append(.illConditioned)
    }
    if count == 1 { return problems + [.singleSample] }
    if distanceInflation > GaussianClass.soundDistanceInflation { problems.append(.fewSamples) }
    // The ridge is small beside the variances, so it does not make up for directions that have none.
    let isBare = conditionNumber > GaussianClass.soundConditionNumber
    if rank == 0 || isBare && rank < min(count - 1, varying) { problems.append(.rankDeficient) }
    if isBare, varying < dimension { problems.append(.deadDimensions) }
    return problems
  }

  public init(_ summary: ClassSummary) { self = Self.problems(summary).first ?? .ok }

  /// What is known before the spectrum: the sample size alone.
  public init(_ outline: ClassOutline) {
    self = outline.count == 1 ? .singleSample : outline.warnings.isEmpty ? .ok : .fewSamples
  }
}
