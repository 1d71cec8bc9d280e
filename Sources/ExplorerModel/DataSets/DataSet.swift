public import OODDetection

/// Which part of the data a sample belongs to.
public enum Split: String, CaseIterable, Sendable, Hashable {
  case train, test
}

/// One sample: its split and its place there, counted from 0.
public struct SampleReference: Hashable, Sendable {
  public var split: Split
  public var index: Int

  public init(split: Split, index: Int) {
    self.split = split
    self.index = index
  }
}

/// The samples of one split, from one file or several shards in order.
public struct DataSplit: Sendable {
  public var rows: any FeatureRows
  /// (N,); below 0 is out-of-distribution. Nil where the files hold none.
  public var labels: [Int]?
  public var ids: [String]?
  public var images: ImageStack?
  /// Further text columns with one entry per sample, such as `source_labels`.
  public var columns: [String: [String]]
  /// Where each sample came from, for samples left out and for shards: the original index of each kept sample,
  /// or nil where it is the sample's own.
  public var originalIndices: [Int]?
  /// The files in order, each with the original index of its first sample.
  public var shards: [Shard]

  public struct Shard: Sendable, Equatable {
    public var path: String
    public var start: Int
  }

  public init(
    rows: any FeatureRows, labels: [Int]? = nil, ids: [String]? = nil, images: ImageStack? = nil,
    columns: [String: [String]] = [:], originalIndices: [Int]? = nil, shards: [Shard] = []
  ) {
    self.rows = rows
    self.labels = labels
    self.ids = ids
    self.images = images
    self.columns = columns
    self.originalIndices = originalIndices
    self.shards = shards
  }

  public var count: Int { rows.count }

  public var outOfDistributionCount: Int { labels?.count { $0 < 0 } ?? 0 }

  /// The file a sample came from and its row there, from 0; nil for samples made in memory.
  public func origin(of index: Int) -> (path: String, row: Int)? {
    let original = originalIndices?[index] ?? index
    return shards.last { $0.start <= original }.map { ($0.path, original - $0.start) }
  }

  /// The sample's id, or its index where the files hold no ids.
  public func name(of index: Int) -> String {
    if let ids, index < ids.count { return ids[index] }
    return "#\(originalIndices?[index] ?? index)"
  }
}

/// Everything that was opened, assembled.
public struct DataSet: Sendable {
  public var train: DataSplit?
  public var test: DataSplit?
  /// `classNames[label]` names a class where it is long enough.
  public var classNames: [String]
  public var files: [FileReport]
  /// What was noticed in assembling: samples left out, columns not used, labels that belong to no class.
  public var remarks: [DataSetRemark]
  /// What ``DataSetScan`` is still to look at; nil where the features are known to be numbers.
  var unscanned: UnscannedShards?

  /// Whether every feature that is left in the splits is a number. Nothing is computed of a data set before.
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

  /// Gives labels in the files' reports the names that the whole data set has for them.
  mutating func nameLabels() {
    for file in files.indices {
      files[file].labelCounts = files[file].labelCounts.map {
        LabelCount(label: $0.label, name: name(ofLabel: $0.label), count: $0.count)
      }
    }
  }

  /// Names of the features' columns, where a table to fit to, or else to score, has them.
  public var featureNames: [String]?

  /// D, where any split is loaded.
  public var dimension: Int? { train?.rows.dimension ?? test?.rows.dimension }

  /// The name of a label: the data's own, "OOD" below 0, else the number.
  public func name(ofLabel label: Int) -> String {
    if label < 0 { return "OOD" }
    return classNames.indices.contains(label) ? classNames[label] : String(label)
  }
}

extension DataSet {
  /// What is wrong where the samples to be fitted to have no labels, with what would fit.
  var missingTrainingLabels: DataSetError {
    let train = files.filter { $0.split == .train }
    return .noTrainingLabels(
      paths: train.map(\.path), fitting: train.lazy.map(\.fitting).first { !$0.isEmpty } ?? [])
  }
}
