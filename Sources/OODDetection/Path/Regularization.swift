/// The ridge λ added to every covariance's diagonal: finite and not negative.
public struct Regularization: Hashable, Comparable, Sendable {
  public let value: Double

  /// pytorch-ood's default, 1e-6.
  public static let standard = Regularization(unchecked: 1e-6)

  /// - Throws: ``DetectorError/invalidRegularization(_:)`` where `value` is negative, infinite or not a
  ///   number.
  public init(_ value: Double) throws(DetectorError) {
    guard value.isFinite, value >= 0 else { throw .invalidRegularization(value) }
    self.value = value
  }

  init(unchecked value: Double) { self.value = value }

  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
