import Foundation

/// t, the multiplier of the ridge, which is finite and ≥ 0. Under ``RidgeRule/absolute`` it is λ, which is added to the
/// diagonal of every covariance.
public struct Regularization: Hashable, Comparable, Sendable {
  public let value: Double

  /// pytorch-ood's default, 1e-6.
  public static let standard = Regularization(unchecked: 1e-6)

  /// - Throws: ``DetectorError/invalidRegularization(_:)`` if `value` is negative, infinite or NaN.
  public init(_ value: Double) throws(DetectorError) {
    guard value.isFinite, value >= 0 else { throw .invalidRegularization(value) }
    self.value = value
  }

  init(unchecked value: Double) { self.value = value }

  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// Sequences of t, evenly spaced on a logarithmic axis.
public enum RegularizationPath {
  /// 1e-8 … 1e2 in steps of 10^0.1: 101 values, each the double nearest to 10^(i/10), so that 1e-3 on the path equals
  /// 1e-3 typed by a user.
  public static let standard: [Regularization] = (-80...20).map {
    Regularization(unchecked: LogarithmicGrid.value(at: $0))
  }

  /// `count` values from `first` through `last` in geometric progression. Values that lie on the 10^(i/10) grid up to
  /// rounding errors are exactly on it.
  ///
  /// - Throws: ``DetectorError/invalidRegularization(_:)`` if an end is not a finite number above 0,
  ///   ``DetectorError/invalidPathLength(_:)`` if `count` is below 1.
  public static func logarithmic(
    from first: Double, through last: Double, count: Int
  ) throws(DetectorError) -> [Regularization] {
    for end in [first, last] where !(end.isFinite && end > 0) { throw .invalidRegularization(end) }
    guard count >= 1 else { throw .invalidPathLength(count) }
    guard count > 1 else { return [Regularization(unchecked: LogarithmicGrid.snapped(first))] }
    let (start, span) = (log10(first), log10(last) - log10(first))
    let (least, greatest) = (min(first, last), max(first, last))
    return (0..<count).map { index in
      switch index {
      case 0: Regularization(unchecked: first)
      case count - 1: Regularization(unchecked: last)
      default:
        // Near the limits of a double, rounding may give 0 or infinity.
        Regularization(
          unchecked: LogarithmicGrid.snapped(
            min(max(least, pow(10, start + span * Double(index) / Double(count - 1))), greatest)))
      }
    }
  }
}

extension Regularization {
  /// This λ times 10^(tenths/10), within 1e-12 … 1e6. Results within 1e-9 of the 10^(i/10) grid are exactly on it, so
  /// that steps back and forth return to the start. From a λ between two grid values, steps of less than a decade lead
  /// onto the grid, where the scores of a path are known: the first step goes to the next grid value. A λ outside the
  /// limits is stepped towards them only.
  public func stepped(by tenths: Int) -> Regularization {
    let steps = min(max(tenths, -400), 400)
    var start = value
    var left = steps
    if abs(steps) < 10, steps != 0, value > 0 {
      let above = LogarithmicGrid.ceilingIndex(of: LogarithmicGrid.snapped(value))
      if LogarithmicGrid.value(at: above) != LogarithmicGrid.snapped(value) {
        start = LogarithmicGrid.value(at: steps > 0 ? above : above - 1)
        left -= steps.signum()
      }
    }
    let least = value > 0 ? min(1e-12, value) : 1e-12
    let moved = min(max(start * pow(10, Double(left) / 10), least), max(1e6, value))
    return Regularization(unchecked: LogarithmicGrid.snapped(moved))
  }
}

/// The numbers 10^(i/10).
enum LogarithmicGrid {
  /// 10^(j/10) for j from 0 to 9, as decimals. With an exponent appended, the parser rounds correctly, which `pow`
  /// need not do.
  private static let mantissas = [
    "1", "1.2589254117941672104239541063958", "1.5848931924611134852021013733915",
    "1.9952623149688796013524553967395", "2.5118864315095801110850320677993",
    "3.1622776601683793319988935444327", "3.9810717055349725077025230508775",
    "5.0118723362727228500155418688495", "6.3095734448019324943436013662234",
    "7.9432823472428150206591828283639",
  ]

  /// The double nearest to 10^(index/10).
  static func value(at index: Int) -> Double {
    let tenth = ((index % 10) + 10) % 10
    let exponent = (index - tenth) / 10
    return Double("\(mantissas[tenth])e\(exponent)") ?? pow(10, Double(index) / 10)
  }

  /// The grid value within a relative distance of 1e-9, or `value` itself.
  static func snapped(_ value: Double) -> Double {
    guard value.isFinite, value > 0 else { return value }
    let candidate = self.value(at: Int((log10(value) * 10).rounded()))
    // The grid's next value after the largest finite one is infinite.
    return candidate.isFinite && abs(value - candidate) <= 1e-9 * candidate ? candidate : value
  }

  /// The smallest grid value ≥ `value`, which must be above 0 and finite.
  static func ceiling(of value: Double) -> Double { self.value(at: ceilingIndex(of: value)) }

  /// The index of ``ceiling(of:)`` on the grid.
  static func ceilingIndex(of value: Double) -> Int {
    var index = Int((log10(value) * 10).rounded(.up)) - 1
    while self.value(at: index) < value { index += 1 }
    return index
  }
}
