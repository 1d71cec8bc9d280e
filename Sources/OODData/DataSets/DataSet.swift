import FeatureFiles
public import OODDetection

/// The part of the data that a sample belongs to.
public enum Split: String, CaseIterable, Sendable, Hashable {
  case train, test
}

/// One sample: its split and its zero-based index within the split.
public struct SampleReference: Hashable, Sendable {
  public var split: Split
  public var index: Int

  public init(split: Split, index: Int) {
    self.split = split
    self.index = index
  }
}

/// The samples of one split, read from one file or from several shards in order.
public struct DataSplit: Sendable {
  public var rows: any FeatureRows
  /// The label of each sample, of shape (N,). A label below 0 means out-of-distribution. Nil if the files
  /// hold no labels.
  public var labels: [Int]?
  public var ids: [String]?
  /// The OOD set of each sample. Nil if the files hold no OOD samples.
  public var oodSets: OODSets?
  public var images: ImageStack?
  /// The logits of each sample, (N, C), read on demand. Nil unless every file holds logits of the same classes.
  public var logits: (any FeatureRows)?
  /// Further text columns with one entry per sample, such as `source_labels`.
  public var columns: [String: [String]]
  /// The original index of each kept sample, counted over all shards. Nil if no sample was excluded.
  public var originalIndices: [Int]?
  /// The files in order, each with the original index of its first sample.
  public var shards: [Shard]

  public struct Shard: Sendable, Equatable {
    public var path: String
    public var start: Int
  }

  public init(
    rows: any FeatureRows, labels: [Int]? = nil, ids: [String]? = nil, images: ImageStack? = nil,
    logits: (any FeatureRows)? = nil, columns: [String: [String]] = [:], originalIndices: [Int]? = nil,
    shards: [Shard] = []
  ) {
    self.rows = rows
    self.labels = labels
    self.ids = ids
    self.images = images
    self.logits = logits
    self.columns = columns
    self.originalIndices = originalIndices
    self.shards = shards
    if let labels { oodSets = OODSets(labels: labels) }
  }

  public var count: Int { rows.count }

  public var outOfDistributionCount: Int { labels?.count { $0 < 0 } ?? 0 }

  /// The file that a sample came from and its zero-based row there. Nil for samples created in memory.
  public func origin(of index: Int) -> (path: String, row: Int)? {
    let original = originalIndices?[index] ?? index
    return shards.last { $0.start <= original }.map { ($0.path, original - $0.start) }
  }

  /// The id of a sample, or `#` and its original index if the files hold no ids.
  public func name(of index: Int) -> String {
    if let ids, index < ids.count { return ids[index] }
    return "#\(originalIndices?[index] ?? index)"
  }
}

/// An opened data set: its splits, class names, file reports and remarks.
public struct DataSet: Sendable {
  public var train: DataSplit?
  public var test: DataSplit?
  /// Class names by label: `classNames[label]`. May be shorter than the number of classes.
  public var classNames: [String]
  /// The last layer of the network that the features are from, if a training file holds it.
  public var head: ClassifierHead?
  public var files: [FileReport]
  /// Remarks from assembly: excluded samples, unused columns, labels that match no class.
  public var remarks: [DataSetRemark]
  /// The shards that ``DataSetScan`` has yet to check. Nil once all features are known to be usable.
  var unscanned: UnscannedShards?

  /// Whether every feature in the splits is known to be usable. Computations require a scanned data set.
  public var isScanned: Bool { unscanned == nil }

  public init(
    train: DataSplit? = nil, test: DataSplit? = nil, classNames: [String] = [], files: [FileReport] = [],
    remarks: [DataSetRemark] = []
  ) {
    self.train = train
    self.test = test
    self.classNames = classNames
    self.files = files
    self.remarks = remarks
  }

  public subscript(split: Split) -> DataSplit? {
    switch split {
    case .train: train
    case .test: test
    }
  }

  /// Updates the label names in the file reports to those of the whole data set.
  mutating func nameLabels() {
    for file in files.indices {
      files[file].labelCounts = files[file].labelCounts.map {
        LabelCount(label: $0.label, name: name(ofLabel: $0.label), count: $0.count)
      }
    }
  }

  /// Names of the feature columns: those of the saved model, else of the first table with column names.
  /// Training tables precede tables to score. Nil if there are no names.
  public var featureNames: [String]?

  /// The feature dimension D. Nil if no split is loaded.
  public var dimension: Int? { train?.rows.dimension ?? test?.rows.dimension }

  /// The name of a label: "OOD" below 0, else the class name, else the number.
  public func name(ofLabel label: Int) -> String {
    if label < 0 { return "OOD" }
    return classNames.indices.contains(label) ? classNames[label] : String(label)
  }
}

extension DataSet {
  /// The error for training samples without labels, with suggested arrays.
  var missingTrainingLabels: DataSetError {
    let train = files.filter { $0.split == .train }
    return .noTrainingLabels(
      paths: train.map(\.path), fitting: train.lazy.map(\.fitting).first { !$0.isEmpty } ?? [])
  }
}

extension DataSplit {
  /// Joins shards in order into one split. Nil if there are no shards.
  ///
  /// - Parameter kept: The rows to keep, counted over all shards; nil keeps all.
  /// - Throws: ``DataSetError/missingLabels(path:)`` if only some shards have labels.
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
      ids: joined(shards.map(\.ids)), images: ImageStack(joining: shards, kept: kept),
      logits: ShardedRows(logitsOf: shards, kept: kept), columns: columns,
      originalIndices: kept, shards: zip(shards, starts).map { Shard(path: $0.path, start: $1) })
    if let labels { oodSets = OODSets(joining: shards, labels: labels, kept: kept) }
  }
}

extension ShardedRows {
  /// Joins the logits of all shards. Nil unless every shard has logits of the same number of classes.
  fileprivate init?(logitsOf shards: [OpenedShard], kept: [Int]?) {
    let arrays = shards.compactMap(\.logits)
    guard arrays.count == shards.count, Set(arrays.map(\.rowLength)).count == 1 else { return nil }
    self.init(arrays, kept: kept)
  }
}

extension ImageStack {
  /// Joins the images of all shards. Nil unless every shard has images of the same size.
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

/// Images of the samples, of shape (N, height, width, channels) with 1 or 3 channels of 8 bits, read on
/// demand.
public struct ImageStack: Sendable {
  public let height: Int
  public let width: Int
  public let channelCount: Int
  public let count: Int
  private let read: @Sendable (Int) throws -> [UInt8]

  /// - Parameter read: Returns the pixels of one sample in row-major order, with channels interleaved.
  public init(
    count: Int, height: Int, width: Int, channelCount: Int, read: @escaping @Sendable (Int) throws -> [UInt8]
  ) {
    self.count = count
    self.height = height
    self.width = width
    self.channelCount = channelCount
    self.read = read
  }

  public func picture(at index: Int) throws -> Picture {
    Picture(height: height, width: width, channelCount: channelCount, pixels: try read(index))
  }
}

/// One image, stored as `pixels[(y * width + x) * channelCount + channel]`.
public struct Picture: Sendable, Equatable {
  public let height: Int
  public let width: Int
  public let channelCount: Int
  public let pixels: [UInt8]
}
