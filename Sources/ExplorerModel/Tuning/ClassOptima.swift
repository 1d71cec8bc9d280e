import Foundation
public import OODDetection

/// The regularization that a class itself prefers.
public struct ClassOptimum: Sendable, Equatable {
  /// The index of the class.
  public let index: Int
  /// The step of the path with the class's least leave-one-out NLL.
  public let step: Int
  /// log₁₀ of its t over the common one: above 0 if the class wants more regularization.
  public let decades: Double
  /// The nats per sample of the class by which its NLL is lower there than at the common optimum; never negative.
  public let gain: Double
  /// Whether the least NLL is at an end of the path, beyond which it may lie.
  public let isAtEnd: Bool
  /// The class's mean NLL at every step.
  public let meanNLL: [Double]
}

/// Which classes want more or less regularization than all together.
public struct ClassOptima: Sendable, Equatable {
  /// The step of the path with the least NLL over all samples.
  public let commonStep: Int
  /// Those farthest from the common optimum first.
  public let rows: [ClassOptimum]
  /// The number of classes of one sample, which leave-one-out cannot judge.
  public let excludedCount: Int

  /// `nil` without a class that can be judged. O(K·P).
  public init?(_ path: LeaveOneOutPath) {
    let steps = path.regularizations.map(\.value)
    guard path.includedSampleCount > 0,
      let common = path.meanNLL.indices.filter({ path.meanNLL[$0].isFinite }).min(by: {
        path.meanNLL[$0] < path.meanNLL[$1]
      })
    else { return nil }
    commonStep = common
    rows = path.classMeanNLL.enumerated().compactMap { index, values -> ClassOptimum? in
      guard let values,
        let step = values.indices.filter({ values[$0].isFinite }).min(by: { values[$0] < values[$1] })
      else { return nil }
      return ClassOptimum(
        index: index, step: step,
        decades: steps[step] > 0 && steps[common] > 0 ? log10(steps[step] / steps[common]) : 0,
        gain: max(0, values[common] - values[step]), isAtEnd: step == 0 || step == values.count - 1,
        meanNLL: values)
    }.sorted {
      ($0.decades.magnitude, $0.gain, -$0.index) > ($1.decades.magnitude, $1.gain, -$1.index)
    }
    excludedCount = path.classMeanNLL.count { $0 == nil }
    if rows.isEmpty { return nil }
  }

  /// The numbers of classes that want more, less, and as much as all together.
  public var counts: (more: Int, less: Int, same: Int) {
    (
      rows.count { $0.decades > 1e-9 }, rows.count { $0.decades < -1e-9 },
      rows.count { $0.decades.magnitude <= 1e-9 }
    )
  }
}
