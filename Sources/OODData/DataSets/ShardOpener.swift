import FeatureFiles

/// Opens the files of a split, one shard per file.
///
/// A file named by the user must be usable. Files of a folder or pattern that hold no features are left out,
/// and a remark counts them. A damaged file is always an error.
struct ShardOpener {
  let opening: OpeningProgress
  /// The dimension D of other files. It resolves one-dimensional features without labels.
  var dimension: Int?
  /// The names of the feature columns in the first file that has any.
  var columnNames: [String]?
  private(set) var remarks: [DataSetRemark] = []

  /// Opens the files of OOD samples.
  ///
  /// - Throws: as ``open(_:split:keys:isOutOfDistribution:)``.
  mutating func open(_ sources: [OODSource], keys: SplitKeys.Part) throws -> [OpenedShard] {
    var shards: [OpenedShard] = []
    for source in sources {
      shards += try open([source.path], split: .test, keys: keys, isOutOfDistribution: true).map {
        var shard = $0
        shard.oodSet = source.set(ofFile: shard.path)
        shard.isOODSetNamed = source.isNamed
        return shard
      }
    }
    return shards
  }

  /// - Throws: ``DataSetError`` or `FeatureFileError`, which always name the file; `CancellationError`.
  mutating func open(
    _ paths: [String], split: Split, keys: SplitKeys.Part, isOutOfDistribution: Bool = false
  ) throws -> [OpenedShard] {
    var shards: [OpenedShard] = []
    for path in paths {
      let found = try PathExpansion.expand(path)
      shards += try open(
        found, named: path, split: split, keys: keys, needsLabels: !isOutOfDistribution)
    }
    // Out-of-distribution samples need no labels of their own.
    if let path = keys.labelsPath { try distribute(labelsAt: path, over: &shards) }
    for index in shards.indices {
      if isOutOfDistribution { shards[index].markOutOfDistribution() }
      if split == .train, shards[index].labels == nil { shards[index].noteFittingLabels() }
    }
    return shards
  }

  private mutating func open(
    _ found: PathExpansion.Files, named path: String, split: Split, keys: SplitKeys.Part, needsLabels: Bool
  ) throws -> [OpenedShard] {
    var shards: [OpenedShard] = []
    var leftOut = found.others
    var firstReason: Statement?
    for file in found.data {
      try Task.checkCancellation()
      do {
        shards.append(
          try readingFiles { try shard(file, split: split, keys: keys, needsLabels: needsLabels) })
        columnNames = columnNames ?? shards.last?.features.columnNames
      } catch  where !found.isNamed && Self.isWithoutFeatures(error) {
        leftOut.append(file)
        firstReason = firstReason ?? Statement(error)
      }
    }
    if shards.isEmpty, let firstReason {
      throw DataSetError.noFeatureFiles(path: path, fileCount: leftOut.count, reason: firstReason)
    }
    if !leftOut.isEmpty {
      remarks.append(
        .leftOutFiles(folder: path, files: leftOut, count: leftOut.count + shards.count))
    }
    return shards
  }

  /// For example "features/: left out 2 of 9 files, which hold no features: notes.txt, weights.pt".
  static func notice(leftOut: [String], of path: String, count: Int) -> String {
    let names = leftOut.prefix(3).map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    let more = leftOut.count > names.count ? ", …" : ""
    return "\(path): left out \(leftOut.count) of \(count) files, which "
      + "\(leftOut.count == 1 ? "holds" : "hold") no features: \(names.joined(separator: ", "))\(more)"
  }

  /// Whether an error means that an intact file holds no features, rather than that it is damaged or
  /// inconsistent.
  static func isWithoutFeatures(_ error: any Error) -> Bool {
    switch error {
    case DataSetError.noFeatures, DataSetError.noNumericColumn, DataSetError.unusableFeatures,
      DataSetError.noSuchKey:
      true
    case FeatureFileError.unsupportedFormat, FeatureFileError.unsupportedElementType,
      FeatureFileError.unknownFormat:
      true
    default: false
    }
  }

  private func shard(
    _ path: String, split: Split, keys: SplitKeys.Part, needsLabels: Bool
  ) throws -> OpenedShard {
    let file = try opening.open(path)
    let neighbor =
      keys.labelsPath == nil && keys.keys.labels == nil ? try NeighborLabels(of: file, opening) : nil
    let hasOwnLabels = keys.labelsPath == nil && neighbor == nil
    let hint = ArrayRoles.Hint(
      dimension: keys.labelsPath == nil ? dimension : nil,
      sampleCount: try neighbor?.array.elementCount ?? labelCount(keys), columnNames: columnNames)
    do {
      var shard = try OpenedShard(
        file, split: split, keys: keys.keys, hasOwnLabels: hasOwnLabels, needsLabels: needsLabels, hint: hint)
      shard.isMatchedByPosition = keys.hasOwnFeatures
      if let neighbor { try shard.take(neighbor) }
      return shard
    } catch let error as DataSetError {
      throw error.advising(on: file, for: keys.options)
    } catch FeatureFileError.noSuchArray(let path, let name, let available) {
      throw DataSetError.noSuchKey(
        path: path, key: name, available: available,
        fitting: ArrayCandidates.find(in: file, for: keys.options))
    }
  }

  /// The number of labels in the label file. If it is 1, a feature vector is one sample.
  private func labelCount(_ keys: SplitKeys.Part) throws -> Int? {
    try keys.labelsPath.map { path in
      try readingFiles { try Self.labelArray(at: path, opening).array.elementCount }
    }
  }

  /// Distributes the labels of one file over all shards in order.
  private func distribute(labelsAt path: String, over shards: inout [OpenedShard]) throws {
    let (labels, ids) = try readingFiles {
      let (array, ids) = try Self.labelArray(at: path, opening)
      let names = try ids.map(OpenedShard.text)
      if shards.count == 1 {
        return (
          try OpenedShard.labels(array, path: path, of: shards[0].features, at: shards[0].path), names
        )
      }
      return (try array.labels(of: shards.reduce(0) { $0 + $1.count }, path: path), names)
    }
    var start = 0
    for index in shards.indices {
      let range = start..<start + shards[index].count
      if let ids, ids.count == labels.count { shards[index].take(ids: Array(ids[range])) }
      switch labels {
      case .numbers(let values): shards[index].take(.numbers(Array(values[range])), from: path)
      case .names(let values): shards[index].take(.names(Array(values[range])), from: path)
      }
      start = range.upperBound
    }
  }

  /// Distributes the names of OOD sets in one file over all shards in order. The file may leave out the files that
  /// hold OOD samples only.
  func distribute(oodSetsAt path: String, over shards: inout [OpenedShard]) throws {
    let (name, texts) = try readingFiles {
      let array = try Self.labelArray(at: path, opening, names: ArrayRoles.oodSetNames).array
      return (array.name, try OpenedShard.text(of: array))
    }
    let total = shards.reduce(0) { $0 + $1.count }
    let mixed = shards.filter { $0.oodSet == nil }.reduce(0) { $0 + $1.count }
    guard texts.count == total || texts.count == mixed else {
      throw DataSetError.countMismatch(path: path, name: name, count: texts.count, sampleCount: total)
    }
    var start = 0
    for index in shards.indices where start < texts.count {
      shards[index].take(oodSetNames: Array(texts[start..<start + shards[index].count]))
      start += shards[index].count
    }
  }

  /// The array of a file for one value per sample, the one with a conventional name or else the only one, and the ids
  /// that a list of `path label` lines has beside it.
  static func labelArray(
    at path: String, _ opening: OpeningProgress, names: [String] = ArrayRoles.labelNames
  ) throws -> (array: NamedArray, ids: NamedArray?) {
    let file = try opening.open(path)
    let ids = ArrayRoles.idNames.lazy.compactMap { file[$0] }.first { $0.elementType == .string }
    if let named = names.lazy.compactMap({ file[$0] }).first { return (named, ids) }
    guard file.arrays.count == 1 else {
      throw DataSetError.noSuchKey(path: path, key: names[0], available: file.arrays.map(\.name))
    }
    return (file.arrays[0], nil)
  }
}

/// The labels in a file beside one that holds an array alone, such as `train_labels.npy` for `train.npy` or `y.npy` for
/// `X.npy`.
struct NeighborLabels {
  let path: String
  let array: NamedArray
  let ids: NamedArray?
  /// Whether the name of the file leaves no doubt that it holds the labels.
  let isCertain: Bool

  /// Nil if there is no such file, or if the features are not alone in theirs.
  ///
  /// - Throws: The errors of opening a file whose name leaves no doubt.
  init?(of file: FeatureFile, _ opening: OpeningProgress) throws {
    guard file.table == nil, file.arrays.count == 1, file.unreadable.isEmpty,
      file.arrays[0].elementType.isNumeric
    else { return nil }
    let candidates = PathExpansion.labelFiles(of: file.path).filter {
      FileStatus(of: $0.path).map { $0.kind != .folder } ?? false
    }
    var first: NeighborLabels?
    for candidate in candidates {
      guard let labels = try NeighborLabels(at: candidate, opening) else { continue }
      // A file of class names may be called `labels.txt`, too.
      if labels.isCertain || labels.array.rowCount == file.arrays[0].asMatrix.rowCount {
        self = labels
        return
      }
      first = first ?? labels
    }
    guard let first else { return nil }
    self = first
  }

  private init?(at file: (path: String, isCertain: Bool), _ opening: OpeningProgress) throws {
    do {
      (array, ids) = try ShardOpener.labelArray(at: file.path, opening)
    } catch  where !file.isCertain && !Task.isCancelled {
      return nil
    }
    (path, isCertain) = file
  }

  /// Why the labels are not those of the features; nil if they are, or if the name leaves no doubt.
  func reasonNotToFit(_ features: NamedArray?, at featuresPath: String) -> String? {
    guard !isCertain, let features else { return nil }
    do {
      _ = try labels(of: features, at: featuresPath)
      return nil
    } catch {
      return Statement(error).text
    }
  }

  /// The labels of the features at `featuresPath`.
  func labels(of features: NamedArray, at featuresPath: String) throws -> SampleLabels {
    try OpenedShard.labels(array, path: path, of: features, at: featuresPath)
  }
}

extension DataSetError {
  /// The same error with suggested arrays, unless it concerns the labels in another file, which would stay what they
  /// are.
  func advising(on file: FeatureFile, for part: OptionPart) -> DataSetError {
    func find() -> [ArrayCandidates] { ArrayCandidates.find(in: file, for: part) }
    switch self {
    case .unusableLabels(let path, _, _, _, _) where path != file.path: return self
    case .countMismatch(let path, _, _, _, _) where path != file.path: return self
    case .noFeatures(let path, let arrays, _):
      return .noFeatures(path: path, arrays: arrays, fitting: find())
    case .unusableFeatures(let path, let name, let shape, let elementType, _):
      return .unusableFeatures(
        path: path, name: name, shape: shape, elementType: elementType, fitting: find())
    case .unusableLabels(let path, let name, let shape, let elementType, _):
      return .unusableLabels(path: path, name: name, shape: shape, elementType: elementType, fitting: find())
    case .countMismatch(let path, let name, let count, let sampleCount, _):
      return .countMismatch(path: path, name: name, count: count, sampleCount: sampleCount, fitting: find())
    default:
      return self
    }
  }
}
