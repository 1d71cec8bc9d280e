/// The leave-one-out negative log-density over a path of λ: what a class says about its own samples when it
/// has not seen them. Lower is better.
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

  /// The λ with the lowest mean; nil where the path is empty or every class has one sample only.
  public var proposed: Regularization? {
    guard includedSampleCount > 0 else { return nil }
    return zip(regularizations, meanNLL).min { $0.1 < $1.1 }?.0
  }

  /// This path with another behind it, of the same samples.
  public func appending(_ next: LeaveOneOutPath) -> LeaveOneOutPath {
    LeaveOneOutPath(
      regularizations: regularizations + next.regularizations, meanNLL: meanNLL + next.meanNLL,
      classMeanNLL: zip(classMeanNLL, next.classMeanNLL).map { first, second in
        first.flatMap { first in second.map { first + $0 } }
      },
      includedSampleCount: includedSampleCount, excludedLabels: excludedLabels)
  }
}
