import FeatureFiles
import OODDetection

/// Files that are open, of whose features nobody knows yet whether they are numbers.
struct UnscannedShards: Sendable {
  var train: [OpenedShard]
  var test: [OpenedShard]
  /// Leave out samples with NaN or infinite features instead of refusing them.
  var skipsNonFinite: Bool
}

/// The one pass over all features before anything is computed of them: rows with NaN or infinite values are counted,
/// located, and left out if that was asked for; ranges are found, and checksums compared.
struct DataSetScan {
  let progress: ProgressHandler

  /// The data set as it can be used. O(N·D); holds about a megabyte at a time.
  ///
  /// - Throws: ``DataSetError/nonFinite(path:rowCount:firstRows:)`` where such rows are not to be left out; what is
  ///   wrong with the files; `CancellationError`.
  func run(_ data: DataSet) throws -> DataSet {
    guard let unscanned = data.unscanned else { return data }
    let shards = unscanned.train + unscanned.test
    let total = Double(max(1, shards.reduce(0) { $0 + $1.features.elementCount }))
    var done = 0.0
    var scanned = data
    scanned.unscanned = nil
    scanned.files = []
    func scan(_ shards: [OpenedShard]) throws -> DataSplit? {
      var shards = shards
      var left = LeftOutRows()
      for index in shards.indices {
        let shard = shards[index]
        let count = Double(shard.features.elementCount)
        let scan = try readingFiles {
          try FeatureScan(shard.features) { fraction in
            progress(WorkProgress(completed: done + fraction * count, planned: total))
          }
        }
        done += count
        shards[index].take(scan)
        left.add(scan.nonFiniteRows, of: shard.count)
        scanned.files.append(shards[index].report)
        guard !scan.nonFiniteRows.isEmpty else { continue }
        guard unscanned.skipsNonFinite else {
          throw DataSetError.nonFinite(
            path: shard.path, rowCount: scan.nonFiniteRows.count,
            firstRows: Array(scan.nonFiniteRows.prefix(5)))
        }
        scanned.notices.append(
          "\(shard.path): left out \(scan.nonFiniteRows.count) samples with NaN or infinite features.")
      }
      return try DataSplit(joining: shards, kept: left.kept)
    }
    scanned.train = try scan(unscanned.train)
    scanned.test = try scan(unscanned.test)
    scanned.nameLabels()
    return scanned
  }
}

/// Rows of shards in a row that are left out.
private struct LeftOutRows {
  private var rows: Set<Int> = []
  private var count = 0

  mutating func add(_ found: [Int], of shardCount: Int) {
    rows.formUnion(found.lazy.map { [count] in $0 + count })
    count += shardCount
  }

  /// The others; nil where these are all.
  var kept: [Int]? { rows.isEmpty ? nil : (0..<count).filter { !rows.contains($0) } }
}
