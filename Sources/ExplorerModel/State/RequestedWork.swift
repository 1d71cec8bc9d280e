import OODData
import OODDetection

/// What background work is about, to tell whether what is wanted is already on its way.
struct RequestedWork: Sendable, Equatable {
  struct Explanation: Sendable, Equatable {
    var reference: SampleReference
    var regularization: Regularization
    var score: ScoreKind
  }
  struct Details: Sendable, Equatable {
    var references: [SampleReference]
    var regularization: Regularization
    var score: ScoreKind
  }
  struct Pair: Sendable, Equatable {
    var first: Int
    var second: Int
    var regularization: Regularization
  }

  /// The λ that scores are being computed at.
  var scores: Regularization?
  var explanation: Explanation?
  var details: Details?
  var pair: Pair?
}
