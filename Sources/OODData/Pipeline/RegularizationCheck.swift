import Foundation
public import OODDetection

/// Whether a λ is one to trust scores at, from what is known of the classes at it.
public struct RegularizationCheck: Sendable {
  /// Up to which condition number scores are exact to 1e-6.
  public static let largestTrustedConditionNumber = 1e10

  private let regularization: Regularization
  private let outlines: [ClassOutline]
  private let summaries: [ClassSummary]
  private let data: DataSet?

  /// - Parameter summaries: Empty where there are no spectra; ``ClassOutline`` tells less.
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

  /// The class with the largest condition number, and that number, where it is beyond what scores are exact for; nil
  /// where it is not, or not known.
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

  /// One line that goes with every score and metric where the condition number is beyond what they are exact for,
  /// whoever chose λ; nil elsewhere.
  public var precisionRemark: String? {
    untrustedClass.map { worst in
      "class \(className(worst.index)) has condition number \(String(format: "%.0e", worst.conditionNumber)) at "
        + "λ = \(shortText(regularization)): above 1e10 scores may be off by more than 1e-6; a larger λ is safer"
    }
  }

  /// One line for scores at a λ that nobody chose, where λ itself decides much of them; nil elsewhere. What is wrong
  /// with classes is known in full only where there are spectra, as in a model.
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
    // Classes of too few samples, and those with dimensions that never vary.
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

/// λ in few characters, as it can be typed back: `1e-06`, `3.2e-02`, `0`.
public func shortText(_ regularization: Regularization) -> String {
  guard regularization.value > 0 else { return "0" }
  return String(format: "%.1e", regularization.value).replacingOccurrences(of: ".0e", with: "e")
}
