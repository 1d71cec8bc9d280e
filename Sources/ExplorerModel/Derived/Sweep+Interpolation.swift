public import OODDetection

extension Sweep {
  /// What a curve over the path, such as ``leaveOneOutNLL``, comes to between two of its λ; nil beyond them.
  public func interpolated(_ curve: [Double], at regularization: Regularization) -> Double? {
    guard curve.count == path.count else { return nil }
    return ScoreInterpolation(at: regularization, along: path)?.value(of: curve)
  }

  /// The scores at a λ between two of the path; nil where the path has no scores around it.
  func interpolatedScores(at regularization: Regularization) -> ScoredData? {
    let known = Array(path.prefix(scores.count))
    guard let interpolation = ScoreInterpolation(at: regularization, along: known) else { return nil }
    var found = ScoredData(regularization: regularization, train: nil, test: nil, unsettledCount: 0)
    for split in Split.allCases {
      let table = scores.compactMap { $0[split] }
      guard !table.isEmpty else { continue }
      guard table.count == known.count else { return nil }
      let (scores, unsettledCount) = interpolation.scores(from: table)
      found[split] = scores
      found.unsettledCount? += unsettledCount
    }
    return found
  }
}
