import FeatureFiles
import OODDetection

extension DataSplit {
  /// Shards in their order as one split; nil where there are none.
  ///
  /// - Parameter kept: the rows to keep, counted over all shards; nil for all.
  /// - Throws: ``DataSetError/missingLabels(path:)`` where only some have labels.
  init?(joining shards: [OpenedShard], kept: [Int]? = nil) throws {
    guard !shards.isEmpty else { return nil }
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
    self.init(
      rows: ShardedRows(shards.map(\.features), kept: kept), labels: joined(shards.map(\.labels)),
      ids: joined(shards.map(\.ids)), images: ImageStack(joining: shards, kept: kept), columns: columns,
      originalIndices: kept, shards: zip(shards, starts).map { Shard(path: $0.path, start: $1) })
  }
}

extension ImageStack {
  /// The pictures of shards, where all of them have pictures of one size.
  fileprivate init?(joining shards: [OpenedShard], kept: [Int]?) {
    let arrays = shards.compactMap(\.images)
    guard arrays.count == shards.count, let shape = arrays.first?.shape.dropFirst(),
      arrays.allSatisfy({ $0.shape.dropFirst() == shape }),
      [1, 3].contains(shape.count == 3 ? shape.last! : 1)
    else { return nil }
    let starts = arrays.reduce(into: [0]) { $0.append($0.last! + $1.rowCount) }
    let extents = Array(shape)
    self.init(
      count: kept?.count ?? starts.last!, height: extents[0], width: extents[1],
      channelCount: extents.count == 3 ? extents[2] : 1
    ) { index in
      let row = kept?[index] ?? index
      let shard = starts.lastIndex { $0 <= row }!
      return try arrays[shard].bytes(rows: [row - starts[shard]])
    }
  }
}
