import Foundation
import OODDetection

extension ExplorerState {
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
