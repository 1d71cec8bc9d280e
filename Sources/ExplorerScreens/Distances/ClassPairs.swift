import ExplorerModel
import LinearAlgebra
import OODDetection

/// Two classes and the distance between their means.
struct ClassPair: Equatable {
  var first: Int
  var second: Int
  var distance: Double

  /// The closest pairs, nearest first. O(K² log limit).
  static func closest(_ separations: Matrix, limit: Int) -> [ClassPair] {
    let pairs = (0..<separations.rowCount).flatMap { first in
      (0..<first).map { ClassPair(first: $0, second: first, distance: separations[$0, first]) }
    }
    return TopK.indices(ofLargest: limit, in: pairs.map { -$0.distance }).map { pairs[$0] }
  }

  /// Whether the pair consists of these two classes, in either order.
  func joins(_ one: Int, _ other: Int) -> Bool {
    (first == one && second == other) || (first == other && second == one)
  }
}
