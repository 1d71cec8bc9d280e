import FeatureFiles
import Foundation
import OODDetection

/// Opens files and joins them to a data set, reading all but features and images.
struct DataSetAssembly {
  let request: DataRequest
  let progress: ProgressHandler

  private var notices: [String] = []

  init(_ request: DataRequest, progress: @escaping ProgressHandler = { _ in }) {
    self.request = request
    self.progress = progress
  }

  /// - Throws: ``DataSetError`` or `FeatureFileError`, always naming the file; `CancellationError`.
  mutating func assemble() throws -> DataSet {
    guard
      !(request.train + request.test + request.outOfDistribution).isEmpty || request.model != nil
    else {
      throw DataSetError.noFiles
    }
    let keys = SplitKeys(request)
    var opener = ShardOpener()
    let train = try opener.open(request.train, split: .train, keys: keys.train)
    let test =
      try opener.open(request.test, split: .test, keys: keys.test)
      + opener.open(
        request.outOfDistribution, split: .test, keys: keys.outOfDistribution, isOutOfDistribution: true)
    notices += opener.notices
    try checkDimensions(train + test)
    let total = (train + test).reduce(0) { $0 + $1.features.elementCount }
    var scanned = 0
    var data = DataSet()
    data.train = try join(train, &data, total: total, scanned: &scanned)
    data.test = try join(test, &data, total: total, scanned: &scanned)
    data.classNames = (train + test).lazy.compactMap(\.classNames).first ?? []
    for file in data.files.indices {
      data.files[file].labelCounts = data.files[file].labelCounts.map {
        LabelCount(label: $0.label, name: data.name(ofLabel: $0.label), count: $0.count)
      }
    }
    data.notices = notices
    return data
  }

  private func checkDimensions(_ shards: [Shard]) throws {
    guard let first = shards.first else { return }
    for shard in shards where shard.dimension != first.dimension {
      throw DataSetError.dimensionMismatch(
        path: shard.path, dimension: shard.dimension, otherPath: first.path, otherDimension: first.dimension)
    }
  }

  /// Scans shards for values that are no numbers and joins them in order.
  private mutating func join(
    _ shards: [Shard], _ data: inout DataSet, total: Int, scanned: inout Int
  ) throws -> DataSplit? {
    guard !shards.isEmpty else { return nil }
    var kept: [Int] = []
    var start = 0
    var skippedCount = 0
    for var shard in shards {
      var done = scanned
      let scan = try FeatureScan(shard.features) { rows in
        done += rows * shard.dimension
        progress(WorkProgress(completed: Double(done), planned: Double(max(1, total))))
      }
      scanned = done
      shard.take(scan)
      if !scan.nonFiniteRows.isEmpty {
        guard request.skipsNonFinite else {
          throw DataSetError.nonFinite(
            path: shard.path, rowCount: scan.nonFiniteRows.count,
            firstRows: Array(scan.nonFiniteRows.prefix(5)))
        }
        notices.append(
          "\(shard.path): left out \(scan.nonFiniteRows.count) samples with NaN or infinite features.")
      }
      let bad = Set(scan.nonFiniteRows)
      skippedCount += bad.count
      kept += (0..<shard.count).lazy.filter { !bad.contains($0) }.map { $0 + start }
      start += shard.count
      data.files.append(shard.report)
    }
    return try split(of: shards, kept: skippedCount == 0 ? nil : kept)
  }

  private func split(of shards: [Shard], kept: [Int]?) throws -> DataSplit {
    func joined<Value>(_ values: [[Value]?]) -> [Value]? {
      guard values.allSatisfy({ $0 != nil }) else { return nil }
      let all = values.flatMap { $0 ?? [] }
      return kept.map { $0.map { all[$0] } } ?? all
    }
    if shards.contains(where: { $0.labels != nil }),
      let unlabelled = shards.first(where: { $0.labels == nil })
    {
      throw DataSetError.missingLabels(path: unlabelled.path)
    }
    let names = Set(shards.flatMap(\.columns.keys))
    var columns: [String: [String]] = [:]
    for name in names { columns[name] = joined(shards.map { $0.columns[name] }) }
    let starts = shards.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    return DataSplit(
      rows: ShardedRows(shards.map(\.features), kept: kept), labels: joined(shards.map(\.labels)),
      ids: joined(shards.map(\.ids)), images: images(of: shards, kept: kept), columns: columns,
      originalIndices: kept, shards: zip(shards, starts).map { DataSplit.Shard(path: $0.path, start: $1) })
  }

  private func images(of shards: [Shard], kept: [Int]?) -> ImageStack? {
    let arrays = shards.compactMap(\.images)
    guard arrays.count == shards.count, let shape = arrays.first?.shape.dropFirst(),
      arrays.allSatisfy({ $0.shape.dropFirst() == shape }),
      [1, 3].contains(shape.count == 3 ? shape.last! : 1)
    else { return nil }
    let starts = arrays.reduce(into: [0]) { $0.append($0.last! + $1.rowCount) }
    let extents = Array(shape)
    return ImageStack(
      count: kept?.count ?? starts.last!, height: extents[0], width: extents[1],
      channelCount: extents.count == 3 ? extents[2] : 1
    ) { index in
      let row = kept?[index] ?? index
      let shard = starts.lastIndex { $0 <= row }!
      return try arrays[shard].bytes(rows: [row - starts[shard]])
    }
  }
}
