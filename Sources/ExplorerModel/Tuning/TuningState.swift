public import OODData
public import OODDetection

public struct TuningState: Sendable, Equatable {
  /// The setting "A" to compare with.
  public var pin: PinnedSetting?
}

/// A setting pinned as "A", with its ranking.
public struct PinnedSetting: Sendable, Equatable {
  public var regularization: Regularization
  public var score: ScoreKind
  public var metrics: OODMetrics?
  /// `nil` if the setting was pinned before the spectra were computed.
  public var worstConditionNumber: Double?
  /// The rank of each sample of the evaluated split, from 1 by descending score.
  public var ranks: [Int32]

  public init(
    regularization: Regularization, score: ScoreKind, metrics: OODMetrics?, worstConditionNumber: Double?,
    ranks: [Int32]
  ) {
    self.regularization = regularization
    self.score = score
    self.metrics = metrics
    self.worstConditionNumber = worstConditionNumber
    self.ranks = ranks
  }
}

/// The ranking at the proposed λ.
struct ProposedRanks: Sendable, Equatable {
  var regularization: Regularization
  var score: ScoreKind
  var ranks: [Int32]
}

/// The rank changes from one setting to another: pinned to current, or current to proposed.
public struct SettingComparison: Sendable, Equatable {
  /// A sample's rank before and after; 1 is the strongest outlier.
  public struct Move: Sendable, Equatable {
    public var reference: SampleReference
    public var name: String
    public var rankBefore: Int
    public var rankAfter: Int
  }

  /// The k of the compared top k.
  public var limit: Int
  public var commonCount: Int
  /// The samples that entered the top k, strongest first.
  public var entered: [Move]
  /// The samples that left the top k, in their order before.
  public var left: [Move]
  /// The largest rank changes, largest first.
  public var largestMoves: [Move]
  /// Spearman's rank correlation over all samples, from −1 to 1.
  public var rankCorrelation: Double
}

/// Ranks from 1 by descending score; equal scores in input order. O(N log N).
func descendingRanks(of scores: [Double]) -> [Int32] {
  let order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
  var ranks = [Int32](repeating: 0, count: scores.count)
  for (place, index) in order.enumerated() { ranks[index] = Int32(place + 1) }
  return ranks
}

extension SettingComparison {
  /// Compares two rankings of the same samples. Returns `nil` if they rank different numbers of samples.
  init?(
    from before: [Int32], to after: [Int32], limit: Int, moveCount: Int = 8, split: Split,
    name: (Int) -> String
  ) {
    guard before.count == after.count, !before.isEmpty else { return nil }
    let limit = min(limit, before.count)
    func move(_ index: Int) -> Move {
      Move(
        reference: SampleReference(split: split, index: index), name: name(index),
        rankBefore: Int(before[index]), rankAfter: Int(after[index]))
    }
    var common = 0
    var entered: [Int] = []
    var left: [Int] = []
    var squares = 0.0
    for index in before.indices {
      let (wasOnTop, isOnTop) = (Int(before[index]) <= limit, Int(after[index]) <= limit)
      if wasOnTop && isOnTop { common += 1 }
      if isOnTop && !wasOnTop { entered.append(index) }
      if wasOnTop && !isOnTop { left.append(index) }
      let difference = Double(before[index]) - Double(after[index])
      squares += difference * difference
    }
    let largest = before.indices
      .filter { before[$0] != after[$0] }
      .sorted { abs(before[$0] - after[$0]) > abs(before[$1] - after[$1]) }
      .prefix(moveCount)
    let count = Double(before.count)
    self.init(
      limit: limit, commonCount: common,
      entered: entered.sorted { after[$0] < after[$1] }.map(move),
      left: left.sorted { before[$0] < before[$1] }.map(move),
      largestMoves: largest.map(move),
      rankCorrelation: count > 1 ? 1 - 6 * squares / (count * (count * count - 1)) : 1)
  }
}

extension ExplorerState {
  /// Updates the rank changes since the pin; without a pin, on the tuning screen, those that the proposed λ
  /// would cause.
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

  /// The ranks at the proposed λ. `nil` if there is no proposal, if it is the current λ, or if its scores are
  /// not kept.
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
