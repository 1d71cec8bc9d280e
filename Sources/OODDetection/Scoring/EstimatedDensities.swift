import Foundation

/// Decides which classes of a sample need not be computed, since an estimate of their density changes the score too
/// little.
///
/// With ℓ_k known to lie in an interval, an estimate changes Σ_k exp ℓ_k by at most the difference of exp at its ends. A
/// sample's classes are sorted into bins by the upper end of ℓ_k, one nat wide. From the lowest bin on, as many bins are
/// estimated as change the sum by at most ``tolerance`` together, relative to max(1, |score|).
///
/// The decision depends on the sample alone, not on its batch, nor on how classes are divided over ranks: errors are
/// added as integers, in any order.
struct EstimatedDensities: Sendable {
  /// The permitted error of a score, relative to max(1, |score|): a third of what the contract of accuracy permits.
  static let tolerance = 0x1p-28

  /// The lowest bin has all classes that are at least this far below, in nats.
  private static let depth = 31
  /// Up to this far above the highest lower end of all classes, which then need tiny errors.
  private static let height = 2
  static let binCount = depth + height
  /// The tolerance in the unit of ``errors(_:)``.
  private static let unitCount: UInt32 = 1 << 20
  /// The largest number of tolerances that is counted.
  private static let most: UInt32 = 512
  /// The factor by which 16 bits are expected to reduce errors. If they reduce them less, more classes are computed.
  static let gainOfFineEstimates: UInt32 = 128

  /// The highest lower end of a sample's ℓ_k, over all classes with an estimate; −infinity without any.
  var floor: Double
  /// The number of classes of all ranks.
  var classCount: Int

  private static func bin(_ lead: Double) -> Int { Int(max(lead.rounded(.down), Double(-depth))) + depth }

  /// The largest errors by bin, in units of 2⁻²⁰ tolerances, rounded up; (``binCount``,).
  ///
  /// - Parameter intervals: The estimates of ℓ_k with their upper ends.
  func errors(_ intervals: some Sequence<(estimate: Double, upper: Double)>) -> [UInt32] {
    var errors = [UInt32](repeating: 0, count: Self.binCount)
    // −ℓ exceeds the score by at most log K.
    let permitted = Self.tolerance * max(1, abs(floor) - log(Double(classCount)))
    for (estimate, upper) in intervals {
      let lead = upper - floor
      guard lead < Double(Self.height) else { continue }
      let bin = Self.bin(lead)
      let error = exp(lead) * min(1, upper - estimate) / permitted * Double(Self.unitCount)
      errors[bin] = Self.sum(errors[bin], UInt32(min(error, Double(Self.most * Self.unitCount))) + 1)
    }
    return errors
  }

  /// The sum of two errors.
  static func sum(_ first: UInt32, _ second: UInt32) -> UInt32 {
    min(first + second, most * unitCount + 1)
  }

  /// The upper end of ℓ_k below which classes are estimated; −infinity if none are.
  ///
  /// - Parameter gain: The factor by which errors will be reduced.
  func ceiling(_ errors: some Sequence<UInt32>, gain: UInt32 = 1) -> Double {
    guard floor > -.infinity else { return -.infinity }
    var (total, count): (UInt32, Int) = (0, 0)
    for error in errors {
      total = Self.sum(total, error)
      if total > gain * Self.unitCount { break }
      count += 1
    }
    return count == 0 ? -.infinity : floor + Double(count - Self.depth)
  }
}
