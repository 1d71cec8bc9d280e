import SystemSupport

/// Tensors in several safetensors files, with an index that says which file has which: `model-00001-of-00004.safetensors`
/// and so on, and `model.safetensors.index.json`, as Hugging Face's libraries write and read large models.
public enum SafetensorsShards {
  /// The end of the name of an index.
  public static let indexEnding = ".safetensors.index.json"

  /// The metadata that says, in each file and in the index, what was saved together.
  private static let saveKey = "save"

  /// Writes arrays to as many files as they need, at least one: `path` itself if one suffices.
  ///
  /// No file gets its name before all of them are complete, and the index comes last. The files of a former save under
  /// this name are removed. Arrays are not divided: one that is larger than the limit has a file of its own.
  ///
  /// - Parameters:
  ///   - save: Differs between saves, so that files of two saves are never taken for one.
  ///   - path: The name of the model, which ends in `.safetensors`.
  ///   - maximumByteCount: The limit for the tensors of a file, ≥ 1.
  public static func write(
    _ arrays: [OutputArray], metadata: [String: String], save: String, to path: String, maximumByteCount: Int
  ) throws(FeatureFileError) {
    let former = formerFiles(of: path)
    let shards = divided(arrays, maximumByteCount: maximumByteCount)
    guard shards.count > 1, path.hasSuffix(ending) else {
      try SafetensorsWriter.write(arrays, metadata: metadata, to: path)
      return remove(former, besides: path)
    }
    let names = shards.indices.map { shardName(of: path, index: $0, count: shards.count) }
    var metadata = metadata
    metadata[saveKey] = save
    try write(shards[...], names[...], metadata, besides: path)
    try AtomicFile.write(to: indexPath(of: path)) { writer in
      try writer.write(index(shards, names: names, save: save).text + "\n")
    }
    let kept = Set(names)
    let obsolete = former.filter { !kept.contains($0) && $0 != name(of: indexPath(of: path)) }
    remove(obsolete + [name(of: path)], besides: path)
  }

  private static let ending = ".safetensors"

  /// The place of the index of a model.
  public static func indexPath(of path: String) -> String { path + ".index.json" }

  /// Completes the content of each file before any gets its name.
  private static func write(
    _ shards: ArraySlice<[OutputArray]>, _ names: ArraySlice<String>, _ metadata: [String: String],
    besides path: String
  ) throws(FeatureFileError) {
    guard let shard = shards.first, let name = names.first else { return }
    try SafetensorsWriter.write(shard, metadata: metadata, to: folder(of: path) + name) {
      () throws(FeatureFileError) in
      try write(shards.dropFirst(), names.dropFirst(), metadata, besides: path)
    }
  }

  private static func divided(_ arrays: [OutputArray], maximumByteCount: Int) -> [[OutputArray]] {
    // All files of a save are open at a time.
    let total = arrays.reduce(0) { $0 + SafetensorsWriter.byteCount(of: $1) }
    let limit = max(maximumByteCount, total / largestShardCount + 1)
    var shards: [[OutputArray]] = [[]]
    var size = 0
    for array in arrays {
      let byteCount = SafetensorsWriter.byteCount(of: array)
      if size > 0, size + byteCount > limit {
        shards.append([])
        size = 0
      }
      shards[shards.count - 1].append(array)
      size += byteCount
    }
    return shards
  }

  private static let largestShardCount = 200

  private static func index(_ shards: [[OutputArray]], names: [String], save: String) -> JSONValue {
    var weights: [JSONValue.Entry] = []
    for (shard, name) in zip(shards, names) {
      for array in shard where SafetensorsWriter.byteCount(of: array) > 0 {
        weights.append(JSONValue.Entry(key: array.name, value: .string(name)))
      }
    }
    let total = shards.joined().reduce(0) { $0 + SafetensorsWriter.byteCount(of: $1) }
    return .object([
      JSONValue.Entry(
        key: "metadata",
        value: .object([
          JSONValue.Entry(key: "total_size", value: .integer(total)),
          JSONValue.Entry(key: saveKey, value: .string(save)),
        ])),
      JSONValue.Entry(key: "weight_map", value: .object(weights)),
    ])
  }

  // MARK: Names

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  private static func name(of path: String) -> String { String(path.dropFirst(folder(of: path).count)) }

  private static func shardName(of path: String, index: Int, count: Int) -> String {
    func digits(_ number: Int) -> String {
      String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
    }
    return "\(name(of: path).dropLast(ending.count))-\(digits(index + 1))-of-\(digits(count))\(ending)"
  }

  /// The files of a former save with its index. Empty unless the index is from this program and names the files as it
  /// would.
  private static func formerFiles(of path: String) -> [String] {
    guard let (map, save) = try? weights(inIndexAt: indexPath(of: path)), save != nil else { return [] }
    let names = Set(map.map(\.name))
    let own = (0..<names.count).map { shardName(of: path, index: $0, count: names.count) }
    return own.filter(names.contains) + [name(of: indexPath(of: path))]
  }

  /// What cannot be removed stays.
  private static func remove(_ names: [String], besides path: String) {
    for file in names { _ = FileName.withBytes(of: folder(of: path) + file) { unlink($0) } }
  }
}

// MARK: Reading

extension SafetensorsShards {
  /// Opens the files that an index names as one file with all of their arrays. They must lie beside the index.
  ///
  /// - Throws: `malformedHeader` for an index that names other things, or files of different saves.
  public static func open(indexAt path: String) throws(FeatureFileError) -> FeatureFile {
    let (map, save) = try weights(inIndexAt: path)
    var files: [String: FeatureFile] = [:]
    var arrays: [NamedArray] = []
    var byteCount = 0
    for (array, name) in map {
      if files[name] == nil {
        let file = try FeatureFile.open(folder(of: path) + name)
        if let save, file.metadata[saveKey] != save {
          throw .malformedHeader(
            path: path, place: "weight_map", problem: "\(name) is of another save; save the model again")
        }
        files[name] = file
        byteCount += file.byteCount
        // Text is in the metadata, which the index does not list.
        arrays += file.arrays.filter { $0.elementType == .string }
      }
      guard let found = files[name]?[array] else {
        throw .malformedHeader(path: path, place: "weight_map", problem: "\(name) has no ‘\(array)’")
      }
      arrays.append(found)
    }
    return try FeatureFile(
      path: path, format: .safetensors, byteCount: byteCount, arrays: arrays,
      metadata: map.first.flatMap { files[$0.name]?.metadata } ?? [:])
  }

  /// The arrays of an index with their files, in order, and what was saved together.
  private static func weights(
    inIndexAt path: String
  ) throws(FeatureFileError) -> (map: [(array: String, name: String)], save: String?) {
    let bytes = try ByteRegion(mappingFileAt: path)
    func malformed(_ problem: String) -> FeatureFileError {
      .malformedHeader(path: path, place: "the index", problem: problem)
    }
    guard bytes.count <= SafetensorsReader.headerByteCountLimit else {
      throw malformed("it has \(bytes.count) bytes, too many for an index")
    }
    let value: JSONValue
    do {
      value = try JSONValue(parsing: bytes.prefix(bytes.count))
    } catch {
      throw malformed("\(error.problem) at byte \(error.offset)")
    }
    guard case .object(let entries) = value,
      case .object(let weights)? = entries.first(where: { $0.key == "weight_map" })?.value
    else { throw malformed("it has no ‘weight_map’") }
    var save: String?
    if case .object(let metadata)? = entries.first(where: { $0.key == "metadata" })?.value,
      case .string(let found)? = metadata.first(where: { $0.key == saveKey })?.value
    {
      save = found
    }
    var map: [(array: String, name: String)] = []
    for weight in weights {
      // A name, never a path: an index must not lead elsewhere.
      guard case .string(let name) = weight.value, name.hasSuffix(ending), !name.contains("/"),
        FileName.isPossible(name)
      else {
        throw malformed("‘\(weight.key)’ is not in a \(ending) file beside it")
      }
      map.append((weight.key, name))
    }
    return (map, save)
  }
}
