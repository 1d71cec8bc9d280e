import CVectorKernels

/// Least and greatest of some values and their sum.
public struct FiniteRange: Sendable, Equatable {
  public let least: Double
  public let greatest: Double
  public let sum: Double

  /// Nil where a value is NaN or infinite. Of no values infinities and 0. O(N).
  public init?(_ values: [Double]) {
    guard gmmscope_sum_times_zero(values, values.count) == 0 else { return nil }
    let range = gmmscope_range_of(values, values.count)
    (least, greatest, sum) = (range.least, range.greatest, range.sum)
  }
}
