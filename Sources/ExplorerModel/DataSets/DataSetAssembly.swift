import FeatureFiles
import OODDetection

/// Opens files and joins them to a data set, reading all but features and images: headers, labels, ids.
///
/// What is in the features is for ``DataSetScan`` to find.
struct DataSetAssembly {
  let request: DataRequest
  let opening: OpeningProgress

  /// - Parameter opening: how files are opened; by one thread per core if nil.
  init(_ request: DataRequest, opening: OpeningProgress? = nil) {
    self.request = request
    self.opening = opening ?? OpeningProgress(of: request)
  }

  /// - Throws: ``DataSetError`` or `FeatureFileError`, always naming the file; `CancellationError`.
  func assemble() throws -> DataSet {
    guard
      !(request.train + request.test + request.outOfDistribution).isEmpty || request.model != nil
    else {
      throw DataSetError.noFiles
    }
    let keys = SplitKeys(request)
    var opener = ShardOpener(opening: opening)
    let train = try opener.open(request.train, split: .train, keys: keys.train)
    let test =
      try opener.open(request.test, split: .test, keys: keys.test)
      + opener.open(
        request.outOfDistribution, split: .test, keys: keys.outOfDistribution, isOutOfDistribution: true)
    for shards in [train, test] {
      if let first = shards.first, shards.allSatisfy({ $0.count == 0 }) {
        throw DataSetError.noSamples(path: first.path, shape: first.features.shape)
      }
    }
    try checkDimensions(train + test)
    var data = DataSet(
      train: try DataSplit(joining: train), test: try DataSplit(joining: test),
      classNames: (train + test).lazy.compactMap(\.classNames).first ?? [],
      files: (train + test).map(\.report), notices: opener.notices)
    data.nameLabels()
    if !(train + test).isEmpty {
      data.unscanned = UnscannedShards(train: train, test: test, skipsNonFinite: request.skipsNonFinite)
    }
    return data
  }

  private func checkDimensions(_ shards: [OpenedShard]) throws {
    guard let first = shards.first else { return }
    for shard in shards where shard.dimension != first.dimension {
      throw DataSetError.dimensionMismatch(
        path: shard.path, dimension: shard.dimension, otherPath: first.path, otherDimension: first.dimension)
    }
  }
}
