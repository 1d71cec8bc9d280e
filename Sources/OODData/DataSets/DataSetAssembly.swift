import FeatureFiles
import OODDetection

/// Opens files and joins them into a data set. Reads headers, labels and ids, but not features or images.
///
/// ``DataSetScan`` checks the feature values.
struct DataSetAssembly {
  let request: DataRequest
  let opening: OpeningProgress
  /// The saved model that scores the samples, if any.
  let model: ModelFile?

  /// - Parameters:
  ///   - opening: How to open files; nil uses one thread per core.
  ///   - model: The model that the request names, if its column and class names are needed.
  init(_ request: DataRequest, opening: OpeningProgress? = nil, model: ModelFile? = nil) {
    self.request = request
    self.model = model
    self.opening = opening ?? OpeningProgress(of: request)
  }

  /// - Throws: ``DataSetError`` or `FeatureFileError`, which always name the file; `CancellationError`.
  func assemble() throws -> DataSet {
    guard
      !(request.train + request.test + request.outOfDistribution).isEmpty || request.model != nil
    else {
      throw DataSetError.noFiles
    }
    let keys = SplitKeys(request)
    var opener = ShardOpener(opening: opening)
    opener.dimension = model?.detector.dimension
    opener.columnNames = model.flatMap { $0.featureNames.isEmpty ? nil : $0.featureNames }
    var train = try opener.open(request.train, split: .train, keys: keys.train)
    opener.dimension = train.first?.dimension ?? opener.dimension
    var test =
      try opener.open(request.test, split: .test, keys: keys.test)
      + opener.open(request.outOfDistributionSources, keys: keys.outOfDistribution)
    if let path = keys.oodSetsPath {
      try opener.distribute(oodSetsAt: path, over: &test)
    } else if let key = keys.test.keys.oodSets {
      try requireOODSets(named: key, in: test.isEmpty ? train : test)
    }
    for shards in [train, test] {
      if let first = shards.first, shards.allSatisfy({ $0.count == 0 }) {
        throw DataSetError.noSamples(path: first.path, shape: first.features.shape)
      }
    }
    let featureNames = try matchColumns(&train, &test)
    try checkDimensions(train + test)
    let (classNames, classRemarks) = try nameClasses(&train, &test)
    var data = DataSet(
      train: try DataSplit(joining: train), test: try DataSplit(joining: test), classNames: classNames,
      files: (train + test).map(\.report),
      remarks: opener.remarks + (train + test).flatMap(\.remarks).merged + classRemarks
        + testSplits(of: train) + validationSplits(of: train + test)
        + (train + test).filter { $0.count == 0 }.map { .noSamples(path: $0.path) }
        + repeatedFiles(train) + repeatedFiles(test))
    data.featureNames = featureNames
    data.head = train.lazy.compactMap(\.head).first
    data.nameLabels()
    if !(train + test).isEmpty {
      data.unscanned = UnscannedShards(train: train, test: test, skipsNonFinite: request.skipsNonFinite)
    }
    return data
  }

  /// - Throws: ``DataSetError/noSuchKey(path:key:available:fitting:)`` if no file has the array.
  private func requireOODSets(named key: String, in shards: [OpenedShard]) throws {
    guard let first = shards.first, !shards.contains(where: { $0.file[key] != nil }) else { return }
    throw DataSetError.noSuchKey(path: first.path, key: key, available: first.file.arrays.map(\.name))
  }

  /// Remarks on training files with samples to score, unless they are scored.
  private func testSplits(of train: [OpenedShard]) -> [DataSetRemark] {
    let scored = Set((try? PathExpansion.files(for: request.test)) ?? [])
    return train.filter { !scored.contains($0.path) }.compactMap { shard in
      shard.report.arrays.first { $0.role == .testFeatures }.map {
        .holdsTestSplit(path: shard.path, name: $0.name)
      }
    }
  }

  /// Remarks on files that hold the samples of an earlier file of the same split, under any path.
  private func repeatedFiles(_ shards: [OpenedShard]) -> [DataSetRemark] {
    var seen: [FileStatus.Identity: [String: String]] = [:]
    return shards.compactMap { shard in
      guard let identity = FileStatus(of: shard.path)?.identity else { return nil }
      if let other = seen[identity]?[shard.features.name] {
        return .repeatedFile(path: shard.path, otherPath: other)
      }
      seen[identity, default: [:]][shard.features.name] = shard.path
      return nil
    }
  }

  /// Remarks on files with validation samples, unless they are scored.
  private func validationSplits(of shards: [OpenedShard]) -> [DataSetRemark] {
    var seen: Set<String> = []
    let scored = Set(shards.map(\.features.name))
    return shards.compactMap { shard in
      guard let array = shard.report.arrays.first(where: { $0.role == .validationFeatures }),
        !scored.contains(array.name), seen.insert(shard.path).inserted
      else { return nil }
      return .holdsValidationSplit(path: shard.path, name: array.name)
    }
  }

  private func checkDimensions(_ shards: [OpenedShard]) throws {
    guard let first = shards.first else { return }
    for shard in shards where shard.dimension != first.dimension {
      throw DataSetError.dimensionMismatch(
        path: shard.path, dimension: shard.dimension, otherPath: first.path, otherDimension: first.dimension,
        sampleCount: shard.count)
    }
  }

  // MARK: Columns

  /// Reorders the columns of tables to match the model, or else the first file with column names.
  ///
  /// - Returns: The feature names, or nil if no file has column names.
  private func matchColumns(_ train: inout [OpenedShard], _ test: inout [OpenedShard]) throws -> [String]? {
    let first = (train + test).first { $0.features.columnNames != nil && !$0.isMatchedByPosition }
    let reference: (names: [String], path: String)? =
      model?.featureNames.isEmpty == false
      ? (model?.featureNames ?? [], request.model ?? "the model")
      : first.flatMap { shard in shard.features.columnNames.map { ($0, shard.path) } }
    func match(_ shards: inout [OpenedShard]) throws {
      for index in shards.indices {
        // The first file with names is the reference for the others.
        let isReference =
          shards[index].path == reference?.path && shards[index].features.columnNames == reference?.names
        if let reference, !isReference, !shards[index].isMatchedByPosition {
          try shards[index].matchColumns(to: reference.names, of: reference.path)
        }
        if isReference || reference == nil || shards[index].isMatchedByPosition
          || shards[index].features.columnNames == nil, let reason = shards[index].file.columnObstacle
        {
          throw DataSetError.unusableColumn(reason: reason)
        }
      }
    }
    try match(&train)
    try match(&test)
    return reference?.names
  }

  // MARK: Class names

  /// Converts class-name labels to numbers. The number is an index into `class_names` of a file or of the
  /// model, or else into the sorted names of all training samples.
  ///
  /// Unknown names in files to score count as out-of-distribution and produce a remark.
  /// - Throws: ``DataSetError/incomparableLabels(path:otherPath:)``.
  private func nameClasses(
    _ train: inout [OpenedShard], _ test: inout [OpenedShard]
  ) throws -> (names: [String], remarks: [DataSetRemark]) {
    let fitted = train.isEmpty ? test : train
    func given(_ shards: [OpenedShard]) -> (names: [String], path: String)? {
      shards.lazy.compactMap { shard in shard.classNames.map { ($0, shard.path) } }.first
    }
    var remarks: [DataSetRemark] = []
    let modelNames = model?.classNames ?? []
    // Labels are indices into these names.
    var names = train.isEmpty && !modelNames.isEmpty ? modelNames : given(fitted)?.names ?? []
    func isNamed(_ shard: OpenedShard) -> Bool { if case .names? = shard.fileLabels { true } else { false } }
    func isNumbered(_ shard: OpenedShard) -> Bool {
      if case .numbers(let labels)? = shard.fileLabels { labels.contains { $0 >= 0 } } else { false }
    }
    if let named = train.first(where: isNamed), let numbered = train.first(where: isNumbered) {
      throw DataSetError.incomparableLabels(path: named.path, otherPath: numbered.path)
    }
    if fitted.contains(where: isNamed), !train.isEmpty || model == nil {
      let found = LabelNames(of: fitted)
      let known = LabelNames(names)
      if let missing = found.names.first(where: { known.label($0) == nil }) {
        if let path = given(fitted)?.path { remarks.append(.unusedClassNames(path: path, missing: missing)) }
        names = found.names
      }
      if let named = fitted.first(where: isNamed) {
        remarks.append(
          .numberedClasses(
            path: named.path, names: names, areGiven: names != found.names || names == given(fitted)?.names))
      }
    } else if let named = test.first(where: isNamed), names.isEmpty {
      throw DataSetError.incomparableLabels(
        path: named.path, otherPath: train.first?.path ?? request.model ?? "the model")
    }
    let labelNames = LabelNames(names)
    // Where names of classes are numbers, too, the numbers in another file may be names or places in their order.
    if let named = train.first(where: isNamed),
      let numbered = test.first(where: { shard in
        guard case .numbers(let labels)? = shard.fileLabels else { return false }
        return Set(labels).contains { $0 >= 0 && (labelNames.label(String($0)) ?? $0) != $0 }
      })
    {
      throw DataSetError.incomparableLabels(path: named.path, otherPath: numbered.path)
    }
    func number(_ shards: inout [OpenedShard]) {
      for index in shards.indices {
        let unknown = shards[index].numberLabels(by: labelNames, unknown: -1)
        guard !unknown.isEmpty else { continue }
        remarks.append(
          .unknownClasses(
            path: shards[index].path, names: unknown.keys.sorted(),
            sampleCount: unknown.values.reduce(0, +)))
      }
    }
    number(&train)
    number(&test)
    return (names.isEmpty ? given(test)?.names ?? [] : names, remarks)
  }
}
