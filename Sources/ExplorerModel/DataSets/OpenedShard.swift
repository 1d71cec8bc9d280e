import FeatureFiles

/// One file's contribution to a split, checked and ready to be joined with others.
struct OpenedShard {
  let file: FeatureFile
  var path: String { file.path }
  let features: NamedArray
  private(set) var labels: [Int]?
  /// The file of the labels, where they are not the file's own.
  private(set) var labelsPath: String?
  let ids: [String]?
  let classNames: [String]?
  private(set) var images: NamedArray?
  let columns: [String: [String]]
  private(set) var report: FileReport

  var count: Int { features.rowCount }
  var dimension: Int { features.rowLength }

  /// Reads all but features and images.
  ///
  /// - Parameters:
  ///   - hasOwnLabels: false where the labels stand elsewhere: see ``take(_:from:)``.
  ///   - ownLabels: its labels where they have been read; nil to read them.
  /// - Throws: ``DataSetError`` without a word on what would fit instead, or `FeatureFileError`.
  init(
    _ file: FeatureFile, split: Split, keys: ArrayKeys, hasOwnLabels: Bool = true, ownLabels: [Int]? = nil
  ) throws {
    var keys = keys
    if !hasOwnLabels { keys.labels = nil }
    var roles = try ArrayRoles(file, keys: keys)
    if !hasOwnLabels { roles.labels = nil }
    let path = file.path
    guard let features = roles.features else {
      throw DataSetError.noFeatures(path: path, arrays: file.arrays.map(\.name))
    }
    guard features.shape.count >= 2, features.rowLength > 0, features.elementType.isNumeric else {
      throw DataSetError.unusableFeatures(
        path: path, name: features.name, shape: features.shape, elementType: features.elementType.rawValue)
    }
    // What takes the most memory is asked for before anything else is decompressed.
    try features.checkMemory()
    self.file = file
    self.features = features
    let count = features.rowCount
    func check(_ name: String, _ found: Int) throws {
      guard found == count else {
        throw DataSetError.countMismatch(path: path, name: name, count: found, sampleCount: count)
      }
    }
    if let array = roles.labels {
      labels = try array.labels(of: count, path: path, known: ownLabels)
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
      arrays: file.arrays.map { ArrayReport($0, role: roles.role(of: $0.name)) }, labelCounts: [])
    countLabels()
  }

  /// Takes labels that stand in another file.
  mutating func take(_ labels: [Int], from path: String) {
    self.labels = labels
    labelsPath = path
    report.labelsPath = path
    countLabels()
  }

  /// Counts all samples as out-of-distribution, whatever their labels.
  mutating func markOutOfDistribution() {
    labels = labels?.map { min($0, -1) } ?? [Int](repeating: -1, count: count)
    countLabels()
  }

  /// Looks for arrays that would be labels if they were named.
  mutating func noteFittingLabels() {
    report.fitting = FittingArrays.find(in: file, features: features)
  }

  /// Notes what a pass over the features found.
  mutating func take(_ scan: FeatureScan) {
    guard let array = report.arrays.firstIndex(where: { $0.role == .features }) else { return }
    report.arrays[array].take(scan)
  }

  private mutating func countLabels() {
    report.labelCounts = ExplorerModel.labelCounts(labels ?? [], classNames: classNames ?? [])
  }

  private static func text(of array: NamedArray) throws -> [String] {
    array.elementType == .string ? try array.strings() : try array.integers().map(String.init)
  }
}

extension ArrayReport {
  /// Notes what a pass over the array found.
  mutating func take(_ scan: FeatureScan) {
    range = scan.range
    guard ElementType(rawValue: elementType)?.isFloatingPoint != false else { return }
    nonFiniteCount = scan.nonFiniteValueCount
    nanCount = scan.nanCount
    nonFiniteRows = Array(scan.nonFiniteRows.prefix(5))
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
