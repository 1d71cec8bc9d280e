public import LinearAlgebra
import Synchronization

/// Two classes, by index, and the distance between their means.
public struct ClassPair: Equatable, Sendable {
  public var first: Int
  public var second: Int
  public var distance: Double

  public init(first: Int, second: Int, distance: Double) {
    self.first = first
    self.second = second
    self.distance = distance
  }

  /// Whether the pair consists of these two classes, in either order.
  public func joins(_ one: Int, _ other: Int) -> Bool {
    (first == one && second == other) || (first == other && second == one)
  }
}

/// What the screen shows of all pairs of classes at once. It is computed once, in O(K²), when it is first asked for: of
/// ten thousand classes there are fifty million pairs, too many for every frame.
public final class DistanceOverview: Sendable {
  private struct Values {
    var range: ClosedRange<Double>?
    var closestPairs: [ClassPair] = []
    var blockSize = 1
    var blocks = Matrix(rowCount: 0, columnCount: 0)
  }

  /// How many of the closest pairs are kept, and how many blocks a side of ``blocks`` has at most.
  public static let (pairCount, blockCount) = (256, 128)

  private let distances: Matrix
  private let known = Mutex<Values?>(nil)

  /// - Parameter distances: (K, K), symmetric.
  public init(_ distances: Matrix) { self.distances = distances }

  /// The smallest and the largest distance between different classes; `nil` of a single one.
  public var range: ClosedRange<Double>? { values.range }

  /// The closest pairs, nearest first.
  public var closestPairs: [ClassPair] { values.closestPairs }

  /// How many classes a row of ``blocks`` stands for.
  public var blockSize: Int { values.blockSize }

  /// The smallest distance between different classes of every two blocks; infinite where there are none.
  public var blocks: Matrix { values.blocks }

  private var values: Values {
    known.withLock { known in
      if let known { return known }
      let values = Self.values(of: distances)
      known = values
      return values
    }
  }

  private static func values(of distances: Matrix) -> Values {
    let count = distances.rowCount
    var values = Values()
    values.blockSize = max(1, (count + blockCount - 1) / blockCount)
    let side = (count + values.blockSize - 1) / values.blockSize
    var blocks = [Double](repeating: .infinity, count: side * side)
    var (low, high) = (Double.infinity, 0.0)
    var closest: [ClassPair] = []
    var bound = Double.infinity
    func keepClosest() {
      closest.sort { ($0.distance, $0.second, $0.first) < ($1.distance, $1.second, $1.first) }
      guard closest.count > pairCount else { return }
      closest.removeSubrange(pairCount...)
      bound = closest[pairCount - 1].distance
    }
    for row in 0..<count {
      let line = distances.row(row)
      let block = row / values.blockSize * side
      for column in 0..<row {
        let distance = line[line.startIndex + column]
        low = min(low, distance)
        high = max(high, distance)
        let place = block + column / values.blockSize
        if distance < blocks[place] { blocks[place] = distance }
        // Of equal pairs, earlier ones are kept.
        if distance < bound {
          closest.append(ClassPair(first: column, second: row, distance: distance))
          if closest.count == 4 * pairCount { keepClosest() }
        }
      }
    }
    keepClosest()
    values.closestPairs = closest
    if low <= high { values.range = low...high }
    for row in 0..<side {
      for column in 0..<row { blocks[column * side + row] = blocks[row * side + column] }
    }
    values.blocks = Matrix(rowCount: side, columnCount: side, elements: blocks)
    return values
  }
}
