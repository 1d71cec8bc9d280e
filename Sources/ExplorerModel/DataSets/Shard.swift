import FeatureFiles

/// One file's contribution to a split, checked and ready to be joined with others.
struct Shard {
  var path: String
  var features: NamedArray
  var labels: [Int]?
  var ids: [String]?
  var classNames: [String]?
  var images: NamedArray?
  var columns: [String: [String]]
  var report: FileReport

  var count: Int { features.rowCount }
  var dimension: Int { features.rowLength }

  /// Opens a file and reads all but its features and images.
  ///
  /// - Parameter labelsPath: a file of labels to use instead of the file's own.
  /// - Parameter isOutOfDistribution: whether all samples count as out-of-distribution, labels or none.
  init(
    path: String, split: Split, keys: ArrayKeys, labelsPath: String?, isOutOfDistribution: Bool = false
  ) throws {
    let file = try FeatureFile.open(path)
    var keys = keys
    if labelsPath != nil { keys.labels = nil }
    let roles = try ArrayRoles(file, keys: keys)
    guard let features = roles.features else {
      throw DataSetError.noFeatures(path: path, arrays: file.arrays.map(\.name))
    }
    guard features.shape.count >= 2, features.rowLength > 0, features.elementType.isNumeric else {
      throw DataSetError.unusableFeatures(
        path: path, name: features.name, shape: features.shape, elementType: features.elementType.rawValue)
    }
    self.path = path
    self.features = features
    let count = features.rowCount
    func check(_ name: String, _ found: Int, in path: String = path) throws {
      guard found == count else {
        throw DataSetError.countMismatch(path: path, name: name, count: found, sampleCount: count)
      }
    }
    if let labelsPath {
      let array = try Self.labelArray(at: labelsPath)
      try check(array.name, array.elementCount, in: labelsPath)
      labels = try array.integers()
    } else if let array = roles.labels {
      try check(array.name, array.elementCount)
      labels = try array.integers()
    }
    if isOutOfDistribution {
      labels = labels?.map { min($0, -1) } ?? [Int](repeating: -1, count: count)
    }
    ids = try roles.ids.map(Self.text)
    if let ids { try check(roles.ids?.name ?? "ids", ids.count) }
    classNames = try roles.classNames.map(Self.text)
    columns = try Dictionary(
      uniqueKeysWithValues: roles.columns.map { ($0.name, try Self.text(of: $0)) })
    if let array = roles.images, (3...4).contains(array.shape.count), array.elementType == .uint8 {
      try check(array.name, array.rowCount)
      images = array
    }
    report = FileReport(
      path: path, format: file.format.displayName, byteCount: file.byteCount, split: split,
      arrays: file.arrays.map {
        ArrayReport(
          name: $0.name, shape: $0.shape, elementType: $0.elementType.rawValue, role: roles.role(of: $0.name))
      },
      labelCounts: labelCounts(labels ?? [], classNames: classNames ?? []))
  }

  /// The array of a file of labels: the one named so, else its only one.
  private static func labelArray(at path: String) throws -> NamedArray {
    let file = try FeatureFile.open(path)
    if let named = ArrayRoles.labelNames.lazy.compactMap({ file[$0] }).first { return named }
    guard file.arrays.count == 1 else {
      throw DataSetError.noSuchKey(path: path, key: "labels", available: file.arrays.map(\.name))
    }
    return file.arrays[0]
  }

  private static func text(of array: NamedArray) throws -> [String] {
    array.elementType == .string ? try array.strings() : try array.integers().map(String.init)
  }

}

/// How often each label occurs, in ascending order of label.
func labelCounts(_ labels: [Int], classNames: [String]) -> [LabelCount] {
  var counts: [Int: Int] = [:]
  for label in labels { counts[label, default: 0] += 1 }
  let names = DataSet(classNames: classNames)
  return counts.sorted { $0.key < $1.key }.map {
    LabelCount(label: $0.key, name: names.name(ofLabel: $0.key), count: $0.value)
  }
}
