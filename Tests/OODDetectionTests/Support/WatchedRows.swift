import LinearAlgebra
import OODDetection
import Synchronization

/// Rows that record which of them were read, and call a closure at the first read.
final class WatchedRows: FeatureRows {
  let count: Int
  let dimension: Int
  private let matrix: Matrix
  private let reads = Mutex<[[Int]]>([])
  private let onFirstRead: @Sendable () -> Void

  init(_ matrix: Matrix, onFirstRead: @escaping @Sendable () -> Void = {}) {
    self.matrix = matrix
    self.onFirstRead = onFirstRead
    count = matrix.rowCount
    dimension = matrix.columnCount
  }

  var readRows: Set<Int> { Set(reads.withLock { $0 }.joined()) }
  var readCount: Int { reads.withLock { $0.count } }
  /// The number of rows read, counting repeated reads.
  var readRowCount: Int { reads.withLock { $0.reduce(0) { $0 + $1.count } } }
  /// The largest number of rows read at once.
  var largestRead: Int { reads.withLock { $0.map(\.count).max() ?? 0 } }

  func matrix(at indices: [Int]) -> Matrix {
    let isFirst = reads.withLock {
      $0.append(indices)
      return $0.count == 1
    }
    if isFirst { onFirstRead() }
    return matrix.matrix(at: indices)
  }
}
