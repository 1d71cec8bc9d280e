import ArgumentParser
import OODDetection

/// A ridge rule and, if the option names one, its t.
struct RidgeChoice: Sendable {
  var rule: RidgeRule
  var value: Regularization?
}

/// Parses the numbers that options take, and explains why a value is refused.
///
/// Options that use these are parsed unconditionally, so that `-1` is refused as a value and not taken for an option.
enum OptionValue {
  /// Above this, squares and sums of squares overflow.
  nonisolated static let largestRegularization = 1e150

  /// t, or λ: 0 or a positive number up to ``largestRegularization``.
  nonisolated static func regularization(_ text: String) throws -> Regularization {
    let value = try number(text, allowed: "a number of at least 0, such as 1e-3")
    guard value >= 0 else { throw ValidationError("it must be at least 0; use a number such as 1e-3") }
    guard value <= largestRegularization else {
      throw ValidationError(
        "it must be at most \(largestRegularization); use a number such as 1e-3")
    }
    // −0 is 0.
    return try Regularization(value + 0)
  }

  /// A ridge rule with its t: a λ, a number with `x`, or the name of a rule.
  nonisolated static func ridge(_ text: String) throws -> RidgeChoice {
    if let rule = RidgeRule.allCases.first(where: { $0.rawValue == text }), rule != .absolute {
      guard rule != .relative else {
        throw ValidationError("use a multiple of the mean variance, such as 0.01x")
      }
      return RidgeChoice(rule: rule, value: nil)
    }
    if text.hasSuffix("x") {
      return RidgeChoice(rule: .relative, value: try regularization(String(text.dropLast())))
    }
    guard Double(text) != nil || text.contains(",") else {
      throw ValidationError(
        "use a number of at least 0 such as 1e-3, a multiple of the mean variance such as 0.01x, or loo, oas or "
          + "ledoit-wolf")
    }
    return RidgeChoice(rule: .absolute, value: try regularization(text))
  }

  /// A number from 0 to 1.
  nonisolated static func share(_ text: String) throws -> Double {
    let value = try number(text, allowed: "a number from 0 to 1")
    guard (0...1).contains(value) else { throw ValidationError("use a number from 0 to 1") }
    return value + 0
  }

  nonisolated static func pooling(_ text: String) throws -> Pooling { try Pooling(share(text)) }

  nonisolated static func normalization(_ text: String) throws -> Normalization {
    switch text {
    case "none": .none
    case "l2": .l2
    default: try Normalization(share(text))
    }
  }

  /// An end of a λ path. The axis is logarithmic, so it must be positive.
  nonisolated static func pathEnd(_ text: String) throws -> Double {
    let value = try number(text, allowed: "a number above 0, such as 1e-8")
    guard value > 0 else { throw ValidationError("it must be above 0; use a number such as 1e-8") }
    return value
  }

  /// A count. A value too large for an integer is clamped.
  nonisolated static func count(_ text: String, in range: ClosedRange<Int>) throws -> Int {
    let digits = text.drop { $0 == "+" }
    let isHuge = Int(text) == nil && !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
    let upTo =
      range.upperBound == .max
      ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
    guard let value = isHuge ? Int.max : Int(text), range.contains(value) else {
      throw ValidationError("use an integer \(upTo)")
    }
    return value
  }

  nonisolated static func memory(_ text: String) throws -> MemoryBudget {
    if let budget = MemoryBudget(text), budget.bytes > 0 { return budget }
    throw ValidationError(
      "use a size above 0 such as 8GiB or 512MB, or a share of the memory up to 100%, such as 50%")
  }

  nonisolated static func fileSize(_ text: String) throws -> MemoryBudget {
    if !text.contains("%"), let size = MemoryBudget(text), size.bytes > 0 { return size }
    throw ValidationError("use a size above 0 such as 5GB or 512MiB")
  }

  nonisolated static func screenSize(_ text: String) throws -> ScreenSize {
    if let size = ScreenSize(argument: text) { return size }
    throw ValidationError("use columns and rows from 1 to 1000, such as 120x40")
  }

  private nonisolated static func number(_ text: String, allowed: String) throws -> Double {
    guard let value = Double(text) else {
      let remedy = text.contains(",") ? "write decimals with a point, not a comma; " : ""
      throw ValidationError("\(remedy)use \(allowed)")
    }
    guard value.isFinite else { throw ValidationError("the value must be finite; use \(allowed)") }
    return value
  }
}
