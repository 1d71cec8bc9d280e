import OODData
import OODDetection

/// How scores that the explorer interpolated at a λ between two of its path compare with those it computed afterwards.
struct InterpolationCheck: Codable, Sendable {
  let regularization: Double
  /// How many scores of both kinds were compared.
  let comparedCount: Int
  /// The largest |a − b| / max(1, |b|) of half of them, of nine in ten, and of all.
  let medianError: Double
  let ninetiethPercentile: Double
  let worstError: Double
  /// How many samples the product called unsettled, and how many were off by more than 1e-6.
  let unsettledCount: Int
  let offCount: Int

  /// Whether no more are off than was said.
  var isKept: Bool { offCount <= unsettledCount }

  /// Nil where there is nothing to compare, or what is compared was not interpolated.
  init?(_ interpolated: ScoredData, computed: ScoredData) {
    guard let unsettledCount = interpolated.unsettledCount, computed.unsettledCount == nil else { return nil }
    var errors: [Double] = []
    var offCount = 0
    for split in Split.allCases {
      guard let found = interpolated[split], let expected = computed[split] else { continue }
      let kinds = [ScoreKind.negativeLogLikelihood, .mahalanobis].map { kind in
        zip(found.values(kind), expected.values(kind)).map(AccuracyCheck.relativeError)
      }
      for index in 0..<found.count where kinds.contains(where: { $0[index] > AccuracyCheck.scoreLimit }) {
        offCount += 1
      }
      errors += kinds.joined()
    }
    guard !errors.isEmpty else { return nil }
    errors.sort()
    regularization = computed.regularization.value
    comparedCount = errors.count
    medianError = errors[errors.count / 2]
    ninetiethPercentile = errors[errors.count * 9 / 10]
    worstError = errors[errors.count - 1]
    self.unsettledCount = unsettledCount
    self.offCount = offCount
  }
}
