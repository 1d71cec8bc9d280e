/// The share of a class's calibration samples that lie at least as far out as a sample does.
public struct CalibratedPValue: Sendable, Equatable {
  /// (1 + number of calibration values ≥ d²) / (m + 1), above 0 and at most 1.
  public let value: Double
  public let source: PValueCalibration.Source
  /// m, the number of calibration values it was taken from.
  public let calibrationCount: Int

  public init(value: Double, source: PValueCalibration.Source, calibrationCount: Int) {
    self.value = value
    self.source = source
    self.calibrationCount = calibrationCount
  }
}

/// The squared distances of samples that a class's Gaussian has not seen, which turn a squared distance into a p-value.
///
/// The tail of χ²_D would be the p-value were mean and covariance known. Estimated from n samples they are not: at n = 2 D
/// it calls nine of ten true members p < 0.01. A rank among unseen samples is uniform for true members whatever n, D, λ and the
/// shape of the class are (conformal p-values: Vovk, Gammerman and Shafer 2005, doi:10.1007/b106715).
public struct PValueCalibration: Sendable, Equatable {
  /// Which samples the calibration values belong to.
  public enum Source: String, Sendable {
    /// Held-out in-distribution samples that are nearest to the class.
    case heldOut = "held-out"
    /// The class's own training samples, each by the Gaussian fitted without it.
    case leaveOneOut = "leave-one-out"
  }

  /// From how many held-out samples on leave-one-out is not needed.
  public static let leastHeldOutCount = 20

  public let source: Source
  /// Ascending, without NaN.
  private let squaredDistances: [Double]

  /// - Parameters:
  ///   - heldOut: d² to the class of every held-out in-distribution sample that is nearest to it, in any order.
  ///   - leaveOneOut: the held-out d² of the class's own training samples; nil where there are none to leave out.
  /// - Returns: nil where there are fewer than ``leastHeldOutCount`` of the former and none of the latter.
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
  /// - Parameter membership: which calibration values the sample's own is among, if any: it does not count there, and m
  ///   falls by one.
  public func pValue(ofSquaredDistance squaredDistance: Double, amongThoseOf membership: Source?)
    -> CalibratedPValue
  {
    var (low, high) = (0, squaredDistances.count)
    while low < high {
      let middle = (low + high) / 2
      if squaredDistances[middle] >= squaredDistance { high = middle } else { low = middle + 1 }
    }
    let own = membership == source ? 1 : 0
    let count = squaredDistances.count - own
    let farther = max(0, squaredDistance.isNaN ? 0 : squaredDistances.count - low - own)
    return CalibratedPValue(
      value: Double(1 + farther) / Double(count + 1), source: source, calibrationCount: count)
  }
}
