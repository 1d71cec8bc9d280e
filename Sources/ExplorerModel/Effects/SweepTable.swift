import OODDetection

/// What the scores of samples along a path of P values of λ take: 40 bytes for each sample and λ.
struct SweepTable {
  /// A quarter of what memory permits; nil for no limit.
  private let limit: Int?
  private let pathCount: Int
  private let data: DataSet

  init(_ data: DataSet, pathCount: Int, memory: MemoryBudget?) {
    self.data = data
    self.pathCount = pathCount
    limit = memory.map { $0.bytes / 4 }
  }

  private static let bytesPerScore = 40

  private func bytes(_ splits: [Split]) -> Int {
    Self.bytesPerScore * pathCount * splits.reduce(0) { $0 + (data[$1]?.count ?? 0) }
  }

  /// To be left free for them.
  var reservedBytes: Int { min(bytes(Split.allCases), limit ?? .max) }

  /// Whether all scores of `splits` can be kept, so that turning λ to one of the path costs no arithmetic.
  func holds(_ splits: [Split]) -> Bool { bytes(splits) <= limit ?? .max }

  /// How many λ at a time leave room for the scores of one split.
  func lambdaCount(for split: Split) -> Int {
    guard let limit else { return pathCount }
    return max(1, limit / max(1, Self.bytesPerScore * (data[split]?.count ?? 0)))
  }
}
