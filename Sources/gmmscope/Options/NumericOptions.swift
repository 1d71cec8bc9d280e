import ArgumentParser
import OODDetection

/// Numbers as people type them after an option, each with the reason where it is not what the option takes.
///
/// The options that use these are parsed unconditionally: `-1` is a value that is refused, not an option without one.
enum OptionValue {
  /// Beyond, squares and sums of squares leave the numbers that there are.
  nonisolated static let largestRegularization = 1e150

  /// λ: 0, or a number that can be computed with.
  nonisolated static func regularization(_ text: String) throws -> Regularization {
    let value = try number(text, allowed: "a number of at least 0, such as 1e-3")
    guard value >= 0 else { throw ValidationError("λ must be at least 0; give a number such as 1e-3") }
    guard value <= largestRegularization else {
      throw ValidationError(
        "λ must be at most \(largestRegularization); give a number of at least 0 such as 1e-3")
    }
    // −0 is 0.
    return try Regularization(value + 0)
  }

  /// An end of a path over λ, whose axis is logarithmic.
  nonisolated static func pathEnd(_ text: String) throws -> Double {
    let value = try number(text, allowed: "a number above 0, such as 1e-8")
    guard value > 0 else { throw ValidationError("a path's λ must be above 0; give a number such as 1e-8") }
    return value
  }

  /// A count; one beyond what a machine can count is taken for that.
  nonisolated static func count(_ text: String, in range: ClosedRange<Int>) throws -> Int {
    let digits = text.drop { $0 == "+" }
    let isHuge = Int(text) == nil && !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
    let upTo =
      range.upperBound == .max
      ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
    guard let value = isHuge ? Int.max : Int(text), range.contains(value) else {
      throw ValidationError("give a whole number \(upTo)")
    }
    return value
  }

  nonisolated static func memory(_ text: String) throws -> MemoryBudget {
    if let budget = MemoryBudget(text), budget.bytes > 0 { return budget }
    throw ValidationError(
      "give a size above 0 such as 8GiB or 512MB, or a share of the memory up to 100%, such as 50%")
  }

  nonisolated static func screenSize(_ text: String) throws -> ScreenSize {
    if let size = ScreenSize(argument: text) { return size }
    throw ValidationError("give columns and rows from 1 to 1000 each, such as 120x40")
  }

  private nonisolated static func number(_ text: String, allowed: String) throws -> Double {
    guard let value = Double(text) else {
      let remedy = text.contains(",") ? "write decimals with a point, not a comma; " : ""
      throw ValidationError("\(remedy)give \(allowed)")
    }
    guard value.isFinite else { throw ValidationError("it must be finite; give \(allowed)") }
    return value
  }
}
