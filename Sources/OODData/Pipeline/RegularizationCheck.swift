import Foundation
public import OODDetection

/// Checks whether scores at a λ are numerically trustworthy, given the condition of the classes.
public struct RegularizationCheck: Sendable {
  /// The largest condition number at which scores are accurate to 1e-6.
  public static let largestTrustedConditionNumber = 1e10

  private let regularization: Regularization
  private let outlines: [ClassOutline]
  private let summaries: [ClassSummary]
  private let data: DataSet?

  /// - Parameter summaries: The class summaries; empty without spectra, in which case the check relies on
  ///   `outlines`.
  public init(
    _ outlines: [ClassOutline], _ summaries: [ClassSummary], at regularization: Regularization,
    of data: DataSet?
  ) {
    (self.outlines, self.summaries, self.regularization, self.data) = (
      outlines, summaries, regularization, data
    )
  }

  public init(_ detector: DetectorAtSetting, of data: DataSet) {
    self.init(detector.outlines, detector.summaries, at: detector.regularization, of: data)
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
  /// otherwise. Applies to chosen and default λ alike.
  public var precisionRemark: String? {
    untrustedClass.map { worst in
      "class \(className(worst.index)) has condition number \(String(format: "%.0e", worst.conditionNumber)) at "
        + "λ = \(shortText(regularization)): above 1e10 scores may be off by more than 1e-6; a larger λ is safer"
    }
  }

  /// A one-line warning for scores at the default λ that depend strongly on λ itself. Nil otherwise. Only
  /// spectra, as in a model, provide full class warnings.
  public var caution: String? {
    guard !outlines.isEmpty else { return nil }
    let lambda = "λ = \(shortText(regularization))"
    if let worst = worstConditioned {
      let count = summaries.count { ClassHealth($0.warnings) <= .illConditioned }
      guard count > 0 else { return nil }
      let number = String(format: "%.1e", summaries[worst].conditionNumber)
      return
        "\(classes(count, "is", "are")) ill-conditioned at \(lambda) (class \(className(worst)): \(number))"
    }
    // Classes with too few samples or with constant dimensions.
    let unreached = outlines.count { $0.count <= $0.mean.count || $0.constantDimensionCount > 0 }
    guard unreached > 0 else { return nil }
    return
      "\(classes(unreached, "has", "have")) directions that no sample reaches: there \(lambda), the default, alone "
      + "makes the scores"
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
