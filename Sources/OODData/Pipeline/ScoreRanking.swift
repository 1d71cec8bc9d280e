/// The samples of a split in the order of their scores.
///
/// Sorted scores of any part of the samples, ranks and the strongest outliers follow from it without sorting.
public struct ScoreRanking: Sendable, Equatable {
  /// The indices of the samples by descending score, (N,). Equal scores are in input order.
  public let order: [Int32]

  /// Sorts the samples by radix. O(N).
  ///
  /// - Parameter scores: The score of each sample, (N,). A NaN counts as the highest score, infinity.
  public init(_ scores: [Double]) {
    var keys = scores.map(Self.key)
    var order = scores.indices.map { Int32($0) }
    var (nextKeys, nextOrder) = (keys, order)
    for shift in stride(from: UInt64(0), to: UInt64(UInt64.bitWidth), by: 8) {
      var places = [Int](repeating: 0, count: 256)
      for key in keys { places[Int(key >> shift & 0xFF)] += 1 }
      // Scores that agree in these bits keep their order.
      if places.contains(keys.count) { continue }
      var start = 0
      for bucket in places.indices { (places[bucket], start) = (start, start + places[bucket]) }
      for (key, index) in zip(keys, order) {
        let bucket = Int(key >> shift & 0xFF)
        nextKeys[places[bucket]] = key
        nextOrder[places[bucket]] = index
        places[bucket] += 1
      }
      swap(&keys, &nextKeys)
      swap(&order, &nextOrder)
    }
    self.order = order
  }

  /// An unsigned integer that decreases as the score increases. Both zeros have the same.
  private static func key(_ score: Double) -> UInt64 {
    let bits = (score.isNaN ? .infinity : score + 0).bitPattern
    return bits >> 63 == 0 ? ~(bits | 1 << 63) : bits
  }

  /// The chosen samples by descending score, as indices. O(N).
  public func order(where isChosen: (Int) -> Bool) -> [Int32] { order.filter { isChosen(Int($0)) } }

  /// The rank of each sample, (N,); 1 is the highest score. O(N).
  public var ranks: [Int32] {
    var ranks = [Int32](repeating: 0, count: order.count)
    for (place, index) in order.enumerated() { ranks[Int(index)] = Int32(place + 1) }
    return ranks
  }
}
