import OODData
import OODDetection

extension ExplorerState {
  /// What moved since the pin; without one, and where it is to be seen, what the proposed λ would move.
  mutating func refreshSettingComparison() {
    settingComparison = nil
    proposalComparison = nil
    guard let (values, _) = evaluatedSamples(scoreKind) else { return }
    if let pin = tuning.pin {
      settingComparison = comparison(from: pin.ranks, to: descendingRanks(of: values))
    } else if screen == .tuning, scoresAreCurrent, let proposed = ranksAtProposal() {
      proposalComparison = comparison(from: descendingRanks(of: values), to: proposed)
    }
  }

  private func comparison(from before: [Int32], to after: [Int32]) -> SettingComparison? {
    let split = evaluatedSplit
    return SettingComparison(from: before, to: after, limit: 100, split: split) {
      data?[split]?.name(of: $0) ?? "#\($0)"
    }
  }

  /// Nil where there is no proposal, where it is the current λ, or where its scores are not kept.
  private mutating func ranksAtProposal() -> [Int32]? {
    guard let sweep, let proposed = sweep.proposed, proposed != regularization else { return nil }
    if let known = proposedRanks, known.regularization == proposed, known.score == scoreKind {
      return known.ranks
    }
    guard let index = sweep.index(of: proposed), sweep.scores.indices.contains(index),
      let values = sweep.scores[index][evaluatedSplit]?.values(scoreKind)
    else { return nil }
    let ranks = descendingRanks(of: values)
    proposedRanks = ProposedRanks(regularization: proposed, score: scoreKind, ranks: ranks)
    return ranks
  }
}
