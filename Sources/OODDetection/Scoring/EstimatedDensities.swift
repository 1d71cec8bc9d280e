import Foundation

/// Decides which classes of a sample need not be computed, since an estimate of their density changes the score too
/// little.
///
/// With ℓ_k known to lie in an interval, an estimate changes Σ_k exp ℓ_k by at most the difference of exp at its ends. A
/// sample's classes are sorted into bins by the upper end of ℓ_k, one nat wide. From the lowest bin on, as many bins are
/// estimated as change the sum by at most ``tolerance`` together, relative to max(1, |score|).
///
/// The decision depends on the sample alone, not on its batch, nor on how classes are divided over ranks: errors, and
/// the part of the sum that is certain, are added as integers, in any order.
struct EstimatedDensities: Sendable {
  /// The permitted error of a score, relative to max(1, |score|): a third of what the contract of accuracy permits.
  static let tolerance = 0x1p-28

  /// The lowest bin has all classes that are at least this far below, in nats.
  private static let depth = 31
  /// Up to this far above the highest lower end of all classes, which then need tiny errors.
  private static let height = 2
  private static let binCount = depth + height
  /// The length of ``errors(_:)``.
  static let countOfErrors = binCount + 1
  /// The tolerance in the unit of ``errors(_:)``.
  private static let unitCount: UInt32 = 1 << 16
  /// The largest error that is counted, twice what any may be.
  private static let most = 2 * gainOfFineEstimates * mostMass * unitCount
  /// The unit of densities relative to exp ``floor``, as the number of units in 1.
  private static let massUnitCount: UInt32 = 1 << 12
  /// The largest sum of densities that is made use of, relative to exp ``floor``.
  private static let mostMass: UInt32 = 64
  /// The factor by which 16 bits are expected to reduce errors. If they reduce them less, more classes are computed.
  static let gainOfFineEstimates: UInt32 = 128

  /// The highest lower end of a sample's ℓ_k, over all classes with an estimate; −infinity without any.
  var floor: Double
  /// The number of classes of all ranks.
  var classCount: Int

  private static func bin(_ lead: Double) -> Int { Int(max(lead.rounded(.down), Double(-depth))) + depth }

  /// The largest errors by bin, in units of 2⁻¹⁶ tolerances, rounded up, and then Σ exp(ℓ_k − ``floor``) at the lower
  /// ends, in units of 2⁻¹², rounded down; (``countOfErrors``,).
  func errors(_ intervals: some Sequence<(estimate: Double, lower: Double, upper: Double)>) -> [UInt32] {
    var errors = [UInt32](repeating: 0, count: Self.countOfErrors)
    // −ℓ exceeds the score by at most log K.
    let permitted = Self.tolerance * max(1, abs(floor) - log(Double(classCount)))
    for (estimate, lower, upper) in intervals {
      if lower > -.infinity && lower <= floor {
        let certain = UInt32(exp(lower - floor) * Double(Self.massUnitCount))
        errors[Self.binCount] = Self.sum(errors[Self.binCount], certain)
      }
      let lead = upper - floor
      guard lead < Double(Self.height) else { continue }
      let bin = Self.bin(lead)
      let error = exp(lead) * min(1, upper - estimate) / permitted * Double(Self.unitCount)
      errors[bin] = Self.sum(errors[bin], UInt32(min(error, Double(Self.most))) + 1)
    }
    return errors
  }

  /// The sum of two elements of ``errors(_:)``.
  static func sum(_ first: UInt32, _ second: UInt32) -> UInt32 { min(first + second, most + 1) }

  /// The upper end of ℓ_k below which classes are estimated; −infinity if none are.
  ///
  /// - Parameter gain: The factor by which errors will be reduced.
  func ceiling(_ errors: some Sequence<UInt32>, gain: UInt32 = 1) -> Double {
    let errors = Array(errors)
    guard floor > -.infinity else { return -.infinity }
    let mass = min(Self.mostMass * Self.massUnitCount, max(Self.massUnitCount, errors[Self.binCount]))
    let limit = gain * mass * (Self.unitCount / Self.massUnitCount)
    var (total, count): (UInt32, Int) = (0, 0)
    for error in errors[..<Self.binCount] {
      total = Self.sum(total, error)
      if total > limit { break }
      count += 1
    }
    return count == 0 ? -.infinity : floor + Double(count - Self.depth)
  }
}
