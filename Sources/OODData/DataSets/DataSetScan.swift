import FeatureFiles
import OODDetection
import Synchronization

/// Opened files whose feature values have not been checked yet.
struct UnscannedShards: Sendable {
  var train: [OpenedShard]
  var test: [OpenedShard]
  /// Whether to exclude samples with NaN or infinite features instead of throwing an error.
  var skipsNonFinite: Bool
}

/// A single pass over all features before any computation. Locates rows with NaN or infinite values and
/// excludes them on request. Also computes value ranges and verifies checksums.
struct DataSetScan {
  var threadCount = DetectorPipeline.defaultThreadCount
  /// Those that each scan a part of the pieces.
  var ranks = Ranks.single
  let progress: ProgressHandler

  /// Scans the data set and returns it ready for use. O(N·D) time and about 1 MB of memory per thread. Up to
  /// `threadCount` child tasks scan pieces of the files; the result does not depend on their number.
  ///
  /// - Throws: ``DataSetError/nonFinite(path:rowCount:firstRows:)`` if there are such rows and they may not
  ///   be excluded; an error if a file cannot be read; `CancellationError`. If several files fail, the error
  ///   of the first one.
  func run(_ data: DataSet) async throws -> DataSet {
    guard let unscanned = data.unscanned else { return data }
    let scans = try await scans(unscanned.train + unscanned.test)
    var scanned = data
    scanned.unscanned = nil
    scanned.files = []
    func join(_ shards: [OpenedShard], _ scans: ArraySlice<FeatureScan>) throws -> DataSplit? {
      var shards = shards
      var excluded = ExcludedRows()
      for (index, scan) in scans.enumerated() {
        let shard = shards[index]
        shards[index].take(scan)
        let unusable = scan.unusableRows
        excluded.add(unusable, of: shard.count)
        scanned.files.append(shards[index].report)
        if scan.mayHoldInexactIntegers,
          let first = try readingFiles({ try shard.features.firstInexactInteger() })
        {
          scanned.remarks.append(
            .inexactIntegers(path: shard.path, row: first.row, column: first.column, text: first.text))
        }
        guard !unusable.isEmpty else { continue }
        guard unscanned.skipsNonFinite else { throw shard.unusableSamples(scan) }
        scanned.remarks.append(.excludedSamples(path: shard.path, count: unusable.count))
      }
      return try DataSplit(joining: shards, kept: excluded.kept)
    }
    scanned.train = try join(unscanned.train, scans.prefix(unscanned.train.count))
    scanned.test = try join(unscanned.test, scans.dropFirst(unscanned.train.count))
    scanned.nameLabels()
    return scanned
  }

  private struct Piece {
    var shardIndex: Int
    var rows: Range<Int>
    /// The number of values in the piece.
    var count: Double
  }

  /// The scan result of each shard.
  private func scans(_ shards: [OpenedShard]) async throws -> [FeatureScan] {
    let pieces = shards.enumerated().flatMap { index, shard in
      FeatureScan.pieces(of: shard.features).map {
        Piece(shardIndex: index, rows: $0, count: Double($0.count * shard.features.rowLength))
      }
    }
    let own = ownPieces(pieces.map(\.count))
    let meter = PieceMeter(counts: own.map { pieces[$0].count }, progress)
    let found = try await ranks.together {
      var found: [FeatureScan] = []
      // A result instead of an error, so that the error of the first piece is thrown, not the earliest one.
      try await forEachInOrder(own.count, threadCount: threadCount) { place in
        let piece = pieces[own[place]]
        return Result {
          try readingFiles {
            try FeatureScan(shards[piece.shardIndex].features, piece: piece.rows) { fraction in
              meter.report(fraction, of: place)
            }
          }
        }
      } consume: { _, result in
        try Task.checkCancellation()
        found.append(try result.get())
      }
      return found
    }
    var scans: [FeatureScan] = []
    for (piece, scan) in zip(pieces, try await FeatureScan.joined(found, over: ranks)) {
      if piece.shardIndex < scans.count {
        scans[piece.shardIndex].append(scan)
      } else {
        scans.append(scan)
      }
    }
    return scans
  }

  /// The pieces that this rank scans: consecutive ones, with about as many values as those of other ranks.
  private func ownPieces(_ counts: [Double]) -> [Int] {
    let total = counts.reduce(0, +)
    var before = 0.0
    return counts.indices.filter { index in
      let middle = before + counts[index] / 2
      before += counts[index]
      let rank = total > 0 ? Int(middle / total * Double(ranks.count)) : 0
      return min(rank, ranks.count - 1) == ranks.rank
    }
  }
}

/// Combines the progress of all pieces. Reports are serialized and never decrease.
private final class PieceMeter: Sendable {
  private let counts: [Double]
  private let fractions: Mutex<[Double]>
  private let progress: ProgressHandler

  init(counts: [Double], _ progress: @escaping ProgressHandler) {
    self.counts = counts
    self.progress = progress
    fractions = Mutex([Double](repeating: 0, count: counts.count))
  }

  func report(_ fraction: Double, of piece: Int) {
    fractions.withLock {
      $0[piece] = max($0[piece], fraction)
      let completed = zip($0, counts).reduce(0) { $0 + $1.0 * $1.1 }
      progress(WorkProgress(completed: completed, planned: max(1, counts.reduce(0, +))))
    }
  }
}

extension OpenedShard {
  /// The error for unusable features, with their location.
  fileprivate func unusableSamples(_ scan: FeatureScan) -> DataSetError {
    guard scan.nonFiniteRows.isEmpty, let first = scan.firstTooLarge else {
      let cells = scan.firstNonFinite.compactMap { cell(row: $0.row, column: $0.column) }
      return .nonFinite(
        path: path, rowCount: scan.nonFiniteRows.count, firstRows: Array(scan.nonFiniteRows.prefix(5)),
        cells: cells)
    }
    return .tooLarge(
      path: path, rowCount: scan.tooLargeRows.count, row: first.row, column: first.column, value: first.value,
      cell: cell(row: first.row, column: first.column))
  }

  /// The location of a feature in a table. Nil for other files.
  private func cell(row: Int, column: Int) -> String? {
    guard let table = file.table, let line = table.line(ofRow: row) else { return nil }
    guard let name = features.columnNames?[column], let place = table.column(named: name) else {
      return "line \(line), column \(column + 1) of the features"
    }
    return "line \(line), column \(place + 1) (\(name))"
  }
}

/// The rows excluded across consecutive shards.
private struct ExcludedRows {
  private var rows: Set<Int> = []
  private var count = 0

  mutating func add(_ found: [Int], of shardCount: Int) {
    rows.formUnion(found.lazy.map { [count] in $0 + count })
    count += shardCount
  }

  /// The remaining rows. Nil if no row was excluded.
  var kept: [Int]? { rows.isEmpty ? nil : (0..<count).filter { !rows.contains($0) } }
}
