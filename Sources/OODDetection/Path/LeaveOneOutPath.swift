/// The leave-one-out negative log-density over a path of λ: what a class says about its own samples when it
/// has not seen them, in the directions that training samples reach. Lower is better.
public struct LeaveOneOutPath: Sendable, Equatable {
  /// The path, P values.
  public let regularizations: [Regularization]
  /// (P,): the mean of −ℓ over all included samples, in nats, each held out of its own class; not a number where
  /// every class has one sample only.
  public let meanNLL: [Double]
  /// For each class, in the detector's order, the same over its samples alone, (P,); nil for classes of one
  /// sample.
  public let classMeanNLL: [[Double]?]
  /// How many samples were left out in turn.
  public let includedSampleCount: Int
  /// The labels of classes with one sample, which cannot do without it.
  public let excludedLabels: [Int]
  /// (P,): the mean of −ℓ under their own class of samples that were not fitted, in the same directions, so that the two
  /// curves compare; nil where none was given or none belongs to a class.
  public let heldOutNLL: [Double]?
  /// D − D', the number of directions that are left out because no training sample reaches them.
  public let unreachedDimensionCount: Int

  public init(
    regularizations: [Regularization], meanNLL: [Double], classMeanNLL: [[Double]?],
    includedSampleCount: Int, excludedLabels: [Int], heldOutNLL: [Double]? = nil,
    unreachedDimensionCount: Int = 0
  ) {
    self.regularizations = regularizations
    self.meanNLL = meanNLL
    self.classMeanNLL = classMeanNLL
    self.includedSampleCount = includedSampleCount
    self.excludedLabels = excludedLabels
    self.heldOutNLL = heldOutNLL
    self.unreachedDimensionCount = unreachedDimensionCount
  }

  /// The λ with the lowest mean; nil where that stands at an end of the path, beyond which the minimum may lie, and where
  /// every class has one sample only.
  public var proposed: Regularization? {
    guard let lowest = lowestIndex, lowest > 0, lowest < regularizations.count - 1 else { return nil }
    return regularizations[lowest]
  }

  /// The end of the path at which the lowest mean stands; nil where it stands between, or there is none.
  public var lowestAtEnd: Regularization? {
    guard let lowest = lowestIndex, lowest == 0 || lowest == regularizations.count - 1 else { return nil }
    return regularizations[lowest]
  }

  private var lowestIndex: Int? {
    includedSampleCount > 0 ? meanNLL.indices.min { meanNLL[$0] < meanNLL[$1] } : nil
  }

  /// This path with another behind it, of the same samples.
  public func appending(_ next: LeaveOneOutPath) -> LeaveOneOutPath {
    LeaveOneOutPath(
      regularizations: regularizations + next.regularizations, meanNLL: meanNLL + next.meanNLL,
      classMeanNLL: zip(classMeanNLL, next.classMeanNLL).map { first, second in
        first.flatMap { first in second.map { first + $0 } }
      },
      includedSampleCount: includedSampleCount, excludedLabels: excludedLabels,
      heldOutNLL: heldOutNLL.flatMap { first in next.heldOutNLL.map { first + $0 } },
      unreachedDimensionCount: unreachedDimensionCount)
  }
}
