import FeatureFiles
import LinearAlgebra
import OODDetection

/// The features of several files as one matrix, read on demand.
struct ShardedRows: FeatureRows {
  private let arrays: [NamedArray]
  /// `starts[s]` is the first row of array s among all rows. The last entry is the total row count.
  private let starts: [Int]
  /// The kept rows, or nil for all rows.
  private let kept: [Int]?
  let dimension: Int

  init(_ arrays: [NamedArray], kept: [Int]? = nil) {
    self.arrays = arrays
    self.kept = kept
    starts = arrays.reduce(into: [0]) { $0.append($0.last! + $1.rowCount) }
    dimension = arrays.first?.rowLength ?? 0
  }

  var count: Int { kept?.count ?? starts.last! }

  /// The epsilon of the least precise element type among the files.
  var storedEpsilon: Double { arrays.map(\.elementType.epsilon).max() ?? 0 }

  func matrix(at indices: [Int]) throws -> Matrix {
    var elements: [Double] = []
    elements.reserveCapacity(indices.count * dimension)
    var start = indices.startIndex
    while start < indices.endIndex {
      let shard = shard(of: row(indices[start]))
      let rows = starts[shard]..<starts[shard + 1]
      var local: [Int] = []
      // Read consecutive rows of one file together.
      while start < indices.endIndex, rows.contains(row(indices[start])) {
        local.append(row(indices[start]) - rows.lowerBound)
        start += 1
      }
      let values = try arrays[shard].doubles(rows: local)
      if local.count == indices.count {
        return Matrix(rowCount: indices.count, columnCount: dimension, elements: values)
      }
      elements.append(contentsOf: values)
    }
    return Matrix(rowCount: indices.count, columnCount: dimension, elements: elements)
  }

  func releaseMemory() { for array in arrays { array.releaseMemory() } }

  private func row(_ index: Int) -> Int { kept?[index] ?? index }

  /// The array that holds a row: the last one that starts at or before it. O(log shards).
  private func shard(of row: Int) -> Int {
    var low = 0
    var high = arrays.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle] <= row { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
