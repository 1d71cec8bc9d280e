import Foundation
import OODDetection

extension ExplorerState {
  /// Up to which condition number scores are exact to 1e-6.
  public static let largestTrustedConditionNumber = 1e10

  /// The class with the largest condition number at the current λ, and that number, where it is beyond what scores are
  /// exact for; nil where it is not, or not known.
  public var untrustedClass: (index: Int, conditionNumber: Double)? {
    let found: (index: Int, conditionNumber: Double)?
    if let worst = worstConditionedClass {
      found = (worst, summaries[worst].conditionNumber)
    } else {
      found = outlines.indices.compactMap { index in
        outlines[index].excessiveConditionNumber.map { (index, $0) }
      }.max { $0.1 < $1.1 }
    }
    return found.flatMap { $0.conditionNumber > Self.largestTrustedConditionNumber ? $0 : nil }
  }

  /// One line that goes with every score and metric where the condition number is beyond what they are exact for, whoever
  /// chose λ; nil elsewhere.
  public var precisionRemark: String? {
    untrustedClass.map { worst in
      "class \(className(worst.index)) has condition number \(String(format: "%.0e", worst.conditionNumber)) at "
        + "λ = \(shortText(regularization)): above 1e10 scores may be off by more than 1e-6; a larger λ is safer"
    }
  }

  /// One line for commands that print scores at a λ that nobody chose where it has much to say in them; nil elsewhere.
  /// What is wrong with classes is known in full only where there are spectra, as in a model.
  public var regularizationCaution: String? {
    guard !regularizationIsChosen, !outlines.isEmpty else { return nil }
    let advice = "gmmscope tune proposes a λ, --reg sets it"
    let lambda = "λ = \(shortText(regularization))"
    if let worst = worstConditionedClass {
      let count = summaries.count { ClassHealth($0.warnings) <= .illConditioned }
      guard count > 0 else { return nil }
      let number = String(format: "%.1e", summaries[worst].conditionNumber)
      return
        "\(classes(count, "is", "are")) ill-conditioned at \(lambda) "
        + "(class \(className(worst)): \(number)); \(advice)"
    }
    // As in every class of too few samples, and every one with dimensions that never vary.
    let unreached = outlines.count { $0.count <= $0.mean.count || $0.constantDimensionCount > 0 }
    guard unreached > 0 else { return nil }
    return
      "\(classes(unreached, "has", "have")) directions that no sample reaches: there \(lambda), the default, alone "
      + "makes the scores; \(advice)"
  }

  private func classes(_ count: Int, _ one: String, _ many: String) -> String {
    if count == outlines.count { return count == 1 ? "the class \(one)" : "all \(count) classes \(many)" }
    return "\(count) of \(outlines.count) classes \(count == 1 ? one : many)"
  }
}
