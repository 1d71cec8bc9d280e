/// The share of a class's calibration samples that are at least as far from the class as a sample.
public struct CalibratedPValue: Sendable, Equatable {
  /// (1 + number of calibration values ≥ d²) / (m + 1), above 0 and at most 1.
  public let value: Double
  public let source: PValueCalibration.Source
  /// m, the number of calibration values.
  public let calibrationCount: Int
}

/// The squared distances of samples that a class's Gaussian was not fitted on. They turn a squared distance into a
/// p-value.
///
/// The tail of χ²_D would be the p-value if mean and covariance were known. With both estimated from n = 2 D samples,
/// it gives p < 0.01 for nine of ten true members. A rank among unseen samples is uniform for true members, regardless
/// of n, D, λ and the shape of the class (conformal p-values: Vovk, Gammerman and Shafer 2005, doi:10.1007/b106715).
public struct PValueCalibration: Sendable, Equatable {
  /// The samples that the calibration values come from.
  public enum Source: String, Sendable {
    /// Held-out in-distribution samples whose nearest class is this one.
    case heldOut = "held-out"
    /// The class's own training samples, each relative to the Gaussian fitted without it.
    case leaveOneOut = "leave-one-out"
  }

  /// The number of held-out samples at and above which leave-one-out is not needed.
  public static let leastHeldOutCount = 20

  public let source: Source
  /// Ascending, without NaN.
  private let squaredDistances: [Double]

  /// - Parameters:
  ///   - heldOut: d² to the class of every held-out in-distribution sample that is nearest to it, in any order.
  ///   - leaveOneOut: The held-out d² of the class's own training samples; nil if none can be left out.
  /// - Returns: nil if there are fewer than ``leastHeldOutCount`` of the former and none of the latter.
  public init?(heldOut: [Double], leaveOneOut: [Double]?) {
    let values: [Double]
    if heldOut.count >= Self.leastHeldOutCount {
      (source, values) = (.heldOut, heldOut)
    } else if let leaveOneOut, !leaveOneOut.isEmpty {
      (source, values) = (.leaveOneOut, leaveOneOut)
    } else {
      return nil
    }
    squaredDistances = values.map { $0.isNaN ? .infinity : $0 }.sorted()
  }

  /// The p-value of a sample at a squared distance from the class. O(log m).
  ///
  /// - Parameter membership: The source whose calibration values include the sample's own, if any. That value is
  ///   ignored, and m decreases by one.
  public func pValue(ofSquaredDistance squaredDistance: Double, amongThoseOf membership: Source?)
    -> CalibratedPValue
  {
    let first = squaredDistances.indices.partitioningIndex { squaredDistances[$0] >= squaredDistance }
    let own = membership == source ? 1 : 0
    let count = squaredDistances.count - own
    let farther = max(0, squaredDistance.isNaN ? 0 : squaredDistances.count - first - own)
    return CalibratedPValue(
      value: Double(1 + farther) / Double(count + 1), source: source, calibrationCount: count)
  }
}
