public import OODData
import OODDetection

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

extension SettingComparison {
  /// Compares two rankings of the same samples. Returns `nil` if they rank different numbers of samples.
  /// O(N log `moveCount`).
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
    let largest = TopK.indices(ofLargest: moveCount, in: zip(before, after).map { Double(abs($0 - $1)) })
      .filter { before[$0] != after[$0] }
    let count = Double(before.count)
    self.init(
      limit: limit, commonCount: common,
      entered: entered.sorted { after[$0] < after[$1] }.map(move),
      left: left.sorted { before[$0] < before[$1] }.map(move),
      largestMoves: largest.map(move),
      rankCorrelation: count > 1 ? 1 - 6 * squares / (count * (count * count - 1)) : 1)
  }
}
