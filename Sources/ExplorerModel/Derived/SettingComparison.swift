public import OODDetection

/// A setting kept as "A", with the ranking it gave.
public struct PinnedSetting: Sendable, Equatable {
  public var regularization: Regularization
  public var score: ScoreKind
  public var metrics: OODMetrics?
  /// Nil where it was pinned before spectra were there.
  public var worstConditionNumber: Double?
  /// rank[i] of sample i of the evaluated split, from 1 by descending score.
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

/// What moved between the pinned setting and the current one.
public struct SettingComparison: Sendable, Equatable {
  /// A sample's rank before and after; 1 is the strongest outlier.
  public struct Move: Sendable, Equatable {
    public var reference: SampleReference
    public var name: String
    public var pinnedRank: Int
    public var currentRank: Int
  }

  /// k of the top k compared.
  public var limit: Int
  public var commonCount: Int
  /// In the top k now, not under the pinned setting; strongest first.
  public var entered: [Move]
  /// In the pinned top k, no longer now; strongest before first.
  public var left: [Move]
  /// The largest changes of rank, largest first.
  public var largestMoves: [Move]
  /// Spearman's rank correlation of all samples, −1 to 1.
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
  /// Compares two rankings of the same samples; nil where they rank different numbers of samples.
  init?(
    pinned: [Int32], current: [Int32], limit: Int, moveCount: Int = 8, split: Split,
    name: (Int) -> String
  ) {
    guard pinned.count == current.count, !pinned.isEmpty else { return nil }
    let limit = min(limit, pinned.count)
    func move(_ index: Int) -> Move {
      Move(
        reference: SampleReference(split: split, index: index), name: name(index),
        pinnedRank: Int(pinned[index]), currentRank: Int(current[index]))
    }
    var common = 0
    var entered: [Int] = []
    var left: [Int] = []
    var squares = 0.0
    for index in pinned.indices {
      let (before, after) = (Int(pinned[index]) <= limit, Int(current[index]) <= limit)
      if before && after { common += 1 }
      if after && !before { entered.append(index) }
      if before && !after { left.append(index) }
      let difference = Double(pinned[index]) - Double(current[index])
      squares += difference * difference
    }
    let largest = pinned.indices
      .filter { pinned[$0] != current[$0] }
      .sorted { abs(pinned[$0] - current[$0]) > abs(pinned[$1] - current[$1]) }
      .prefix(moveCount)
    let count = Double(pinned.count)
    self.init(
      limit: limit, commonCount: common,
      entered: entered.sorted { current[$0] < current[$1] }.map(move),
      left: left.sorted { pinned[$0] < pinned[$1] }.map(move),
      largestMoves: largest.map(move),
      rankCorrelation: count > 1 ? 1 - 6 * squares / (count * (count * count - 1)) : 1)
  }
}
