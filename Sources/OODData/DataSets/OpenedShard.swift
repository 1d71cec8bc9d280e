import FeatureFiles
import LinearAlgebra
import OODDetection

/// One file of a split, validated and ready to be joined with others.
struct OpenedShard {
  let file: FeatureFile
  var path: String { file.path }
  private(set) var features: NamedArray
  /// The numeric labels. Nil if there are no labels, or if they are class names without numbers yet; see
  /// ``fileLabels``.
  private(set) var labels: [Int]?
  /// The labels as stored in the file.
  private(set) var fileLabels: SampleLabels?
  /// The label file, if the labels come from another file.
  private(set) var labelsPath: String?
  private(set) var ids: [String]?
  private(set) var classNames: [String]?
  private(set) var images: NamedArray?
  /// The logits, (N, C).
  private(set) var logits: NamedArray?
  /// The last layer of the network, read from a training file.
  private(set) var head: ClassifierHead?
  private(set) var columns: [String: [String]] = [:]
  /// The name of each sample's OOD set, if the user or a conventional array names them.
  private(set) var oodSetNames: [String]?
  /// Whether the user chose ``oodSetNames``, or their array is called `ood_sets`. One called `source` or `dataset` may
  /// hold something else.
  private(set) var areOODSetNamesCertain = false
  /// The OOD set of the whole file, if it holds OOD samples only.
  var oodSet: OODSet?
  /// Whether the user named ``oodSet``, which then takes precedence over ``oodSetNames``.
  var isOODSetNamed = false
  private(set) var report: FileReport
  private(set) var remarks: [DataSetRemark] = []
  /// Whether the user chose the labels.
  private let hasChosenLabels: Bool
  /// Whether columns are matched to other files by position instead of by name, because the user chose them.
  var isMatchedByPosition = false

  var count: Int { features.rowCount }
  var dimension: Int { features.rowLength }

  /// Reads everything except features and images.
  ///
  /// - Parameters:
  ///   - hasOwnLabels: Whether the file holds its labels; if false, set them with ``take(_:from:)``.
  ///   - hint: Context that resolves one-dimensional features.
  /// - Throws: ``DataSetError`` without suggested arrays, or `FeatureFileError`.
  init(
    _ file: FeatureFile, split: Split, keys: ArrayKeys, hasOwnLabels: Bool = true,
    needsLabels: Bool = true, hint: ArrayRoles.Hint = ArrayRoles.Hint()
  ) throws {
    var keys = keys
    if !hasOwnLabels { keys.labels = nil }
    hasChosenLabels = keys.labels != nil
    var roles = try ArrayRoles(file, keys: keys, split: split, hint: hint)
    if !hasOwnLabels { roles.labels = nil }
    let path = file.path
    if let reason = roles.unreadableFeatures { throw DataSetError.unreadableArray(reason: reason) }
    guard let features = roles.features else {
      if let reason = roles.file.reasonForNoFeatures { throw DataSetError.noNumericColumn(reason: reason) }
      throw DataSetError.noFeatures(path: path, arrays: roles.file.arrays.map(\.name))
    }
    guard features.shape.count >= 2, features.rowLength > 0, features.elementType.isNumeric else {
      throw DataSetError.unusableFeatures(
        path: path, name: features.name, shape: features.shape, elementType: features.elementType.rawValue)
    }
    // Check the largest allocation before anything else is decompressed.
    try features.checkMemory()
    if hasOwnLabels, needsLabels, let reason = roles.unreadableLabels {
      throw DataSetError.unreadableArray(reason: reason)
    }
    self.file = roles.file
    self.features = features
    report = FileReport(
      path: path, format: file.format.displayName, byteCount: file.byteCount, split: split,
      arrays: roles.file.arrays.map { ArrayReport($0, role: roles.role(of: $0.name)) }, labelCounts: [])
    if features.shape != roles.file[features.name]?.shape,
      let place = report.arrays.firstIndex(where: { $0.role == .features })
    {
      report.arrays[place].shape = features.shape
    }
    if let array = roles.labels { try readLabels(array, needsLabels: needsLabels) }
    try readOptional(roles, keys)
    logits = roles.logits
    if split == .train, let (weight, bias) = roles.head { try readHead(weight, bias) }
    noteColumns()
    noteUnused(roles)
    if let count = roles.joinedClassCount { remarks.append(.joinedClasses(path: path, classCount: count)) }
    countLabels()
  }

  /// - Parameter needsLabels: Whether unusable labels are an error; if false, they are ignored.
  private mutating func readLabels(_ array: NamedArray, needsLabels: Bool) throws {
    do {
      let labels = try locatingLabels { try Self.labels(array, path: path, of: features, at: path) }
      if array.rowLength > 1, array.rowCount == count, count > 1 {
        remarks.append(.oneHotLabels(path: path, name: array.name, classCount: array.rowLength))
      }
      take(labels)
    } catch let error where !needsLabels {
      if case FeatureFileError.cancelled = error { throw error }
    }
  }

  /// Runs `body`, with labels of a table that cannot be used named by line and column.
  private func locatingLabels<Result>(_ body: () throws -> Result) throws -> Result {
    func cell(_ row: Int) -> String? {
      guard let table = file.table, let column = file.labelColumn, let line = table.line(ofRow: row) else {
        return nil
      }
      let name = table.columns[column].isNamed ? " (\(table.columns[column].name))" : ""
      return "line \(line), column \(column + 1)\(name)"
    }
    do {
      return try body()
    } catch FeatureFileError.notAnInteger(let path, let array, let row, let value) {
      guard let cell = cell(row) else {
        throw FeatureFileError.notAnInteger(path: path, array: array, row: row, value: value)
      }
      throw value.isNaN
        ? DataSetError.missingLabel(path: path, name: array, row: row, cell: cell)
        : .fractionalLabel(path: path, cell: cell, value: value)
    } catch DataSetError.missingLabel(let path, let name, let row, nil) {
      throw DataSetError.missingLabel(path: path, name: name, row: row, cell: cell(row))
    } catch DataSetError.mixedLabels(let path, let name, let row, let text, nil) {
      throw DataSetError.mixedLabels(path: path, name: name, row: row, text: text, cell: cell(row))
    }
  }

  /// Reads ids, class names, further columns and images. Unreadable arrays that the user did not name are
  /// left out with a remark.
  private mutating func readOptional(_ roles: ArrayRoles, _ keys: ArrayKeys) throws {
    func check(_ name: String, _ found: Int) throws {
      guard found == count else {
        throw DataSetError.countMismatch(path: path, name: name, count: found, sampleCount: count)
      }
    }
    for (name, reason) in roles.unreadable.sorted(by: { $0.key < $1.key }) {
      // A file that refers to other files for its values is an error.
      if case .valuesInOtherFiles = reason { throw reason }
      remarks.append(.leftOutArray(path: path, name: name, reason: "\(reason)"))
    }
    func optional(_ array: NamedArray?) throws -> [String]? {
      guard let array else { return nil }
      do {
        return try Self.text(of: array)
      } catch FeatureFileError.cancelled {
        throw CancellationError()
      } catch let reason as FeatureFileError where Self.concernsValues(reason) {
        remarks.append(.leftOutArray(path: path, name: array.name, reason: "\(reason)"))
        return nil
      }
    }
    if keys.ids != nil, let array = roles.ids {
      ids = try Self.text(of: array)
    } else {
      ids = try optional(roles.ids)
    }
    if let ids { try check(roles.ids?.name ?? "ids", ids.count) }
    classNames = try optional(roles.classNames)
    for column in roles.columns {
      if let values = try optional(column) { columns[column.name] = values }
    }
    if let array = roles.oodSets {
      let isChosen = array.name == keys.oodSets
      oodSetNames = try isChosen ? Self.text(of: array) : optional(array)
      areOODSetNamesCertain = isChosen || NestedName(array.name).last.lowercased().hasPrefix("ood_set")
      if let oodSetNames { try check(array.name, oodSetNames.count) }
    }
    if let array = roles.images, (3...4).contains(array.shape.count), array.elementType == .uint8 {
      try check(array.name, array.rowCount)
      images = array
    }
  }

  /// Reads the last layer. A layer with NaN or infinite numbers is left out with a remark.
  private mutating func readHead(_ weight: NamedArray, _ bias: NamedArray) throws {
    let matrix = Matrix(
      rowCount: weight.rowCount, columnCount: weight.rowLength, elements: try weight.doubles())
    let offsets = try bias.doubles()
    guard matrix.nonFiniteRows().isEmpty, offsets.allSatisfy(\.isFinite) else {
      remarks.append(
        .leftOutArray(path: path, name: weight.name, reason: "the last layer has NaN or infinite numbers"))
      return
    }
    head = try ClassifierHead(weight: matrix, bias: offsets, storedEpsilon: weight.elementType.epsilon)
  }

  /// Whether an error concerns the values of one array rather than the file.
  private static func concernsValues(_ reason: FeatureFileError) -> Bool {
    switch reason {
    case .invalidText, .notAnInteger, .wrongElementType, .unsupportedElementType: true
    default: false
    }
  }

  /// Sets labels from a file beside this one. If its name leaves doubt and its labels do not fit, a remark says so.
  ///
  /// - Throws: The errors of labels that do not fit.
  mutating func take(_ neighbor: NeighborLabels) throws {
    do {
      take(try neighbor.labels(of: features, at: path), from: neighbor.path)
      if let array = neighbor.ids, array.elementCount == count { take(ids: try Self.text(of: array)) }
    } catch  where !neighbor.isCertain && !Task.isCancelled {
      remarks.append(.unfitNeighbor(path: path, labelsPath: neighbor.path, reason: Statement(error).text))
    }
  }

  /// Sets ids that come from another file, unless the file has its own.
  mutating func take(ids others: [String]) { ids = ids ?? others }

  /// Sets labels that come from another file.
  mutating func take(_ labels: SampleLabels, from path: String) {
    take(labels)
    labelsPath = path
    report.labelsPath = path
    countLabels()
  }

  private mutating func take(_ labels: SampleLabels) {
    fileLabels = labels
    if case .numbers(let numbers) = labels { self.labels = numbers } else { self.labels = nil }
  }

  /// Converts class-name labels to numbers.
  ///
  /// - Parameter unknown: The label for names that are not in `names`.
  /// - Returns: The number of samples for each unknown name.
  mutating func numberLabels(by names: LabelNames, unknown: Int) -> [String: Int] {
    guard case .names(let texts)? = fileLabels else { return [:] }
    var unknownCounts: [String: Int] = [:]
    labels = texts.map { text in
      if let label = names.label(text) { return label }
      unknownCounts[text, default: 0] += 1
      return unknown
    }
    countLabels()
    return unknownCounts
  }

  /// Takes the names of OOD sets from a file of names.
  mutating func take(oodSetNames names: [String]) {
    oodSetNames = names
    areOODSetNamesCertain = true
  }

  /// The OOD set that the array of names gives each sample, (N,); nil for an empty name. Nil without such an array, or
  /// if it tells OOD samples apart instead of telling their sets, as paths do.
  func oodSetsByName() -> [OODSet?]? {
    guard let names = oodSetNames else { return nil }
    if !areOODSetNamesCertain {
      let outside = zip(names, labels ?? []).filter { $0.1 < 0 }.map { $0.0 }
      let (count, distinctCount) = (outside.count, Set(outside).count)
      guard distinctCount == 1 || 2 * distinctCount <= count else { return nil }
    }
    let sets = Dictionary(Set(names).map { ($0, OODSet($0)) }, uniquingKeysWith: { first, _ in first })
    return names.map { sets[$0].flatMap { $0.name.isEmpty ? nil : $0 } }
  }

  /// Marks all samples as out-of-distribution, regardless of their labels.
  mutating func markOutOfDistribution() {
    labels = labels?.map { min($0, -1) } ?? [Int](repeating: -1, count: count)
    fileLabels = labels.map(SampleLabels.numbers)
    countLabels()
  }

  /// Records arrays that could serve as labels.
  mutating func noteFittingLabels() {
    report.fitting = ArrayCandidates.find(in: file, features: features)
  }

  /// Records the results of a scan of the features.
  mutating func take(_ scan: FeatureScan) {
    guard let array = report.arrays.firstIndex(where: { $0.role == .features }) else { return }
    report.arrays[array].take(scan)
  }

  private mutating func countLabels() {
    report.labelCounts = OODData.labelCounts(labels ?? [], classNames: classNames ?? [])
  }

  static func text(of array: NamedArray) throws -> [String] {
    array.elementType == .string ? try array.strings() : try array.integers().map(String.init)
  }

  // MARK: Mismatched label counts

  /// The labels of the features at `featuresPath`.
  ///
  /// - Throws: ``DataSetError/samplesInColumns(path:name:shape:otherName:otherPath:)`` if the number of
  ///   labels equals the number of columns.
  static func labels(
    _ array: NamedArray, path: String, of features: NamedArray, at featuresPath: String
  ) throws -> SampleLabels {
    do {
      return try array.labels(of: features.rowCount, path: path)
    } catch DataSetError.countMismatch(_, let name, let found, _, _) {
      throw countMismatch(path: path, name: name, found: found, features: features, at: featuresPath)
    }
  }

  static func countMismatch(
    path: String, name: String, found: Int, features: NamedArray, at featuresPath: String
  ) -> DataSetError {
    guard features.shape.count == 2, found == features.rowLength, found > 1 else {
      return .countMismatch(path: path, name: name, count: found, sampleCount: features.rowCount)
    }
    return .samplesInColumns(
      path: featuresPath, name: features.name, shape: features.shape, otherName: name,
      otherPath: path == featuresPath ? nil : path)
  }

  /// Names what is neither used nor named by another remark, except for single values such as the number of epochs. A
  /// text column of a table may have been meant as a feature; an array of text or integers is shown beside samples.
  private mutating func noteUnused(_ roles: ArrayRoles) {
    let named = Set(file.columnRemarks.map(\.column) + Array(roles.unreadable.keys))
    let arrays = file.arrays.filter {
      let role = roles.role(of: $0.name)
      return (role == .unused || role == .column && file.table != nil) && !$0.shape.isEmpty
        && $0.aliasOf == nil
        && !(file.table?.isRowNumbers($0.name) ?? false)
    }
    let names = arrays.map(\.name) + file.unreadable.keys.sorted()
    let unused = names.filter { !named.contains($0) }
    if file.table?.isWindows1252 == true { remarks.append(.windows1252(path: path)) }
    if !unused.isEmpty { remarks.append(.unusedArrays(path: path, names: unused)) }
    for array in file.arrays where array.areObjects && !unused.contains(array.name) {
      remarks.append(.objects(path: path, name: array.name, elementType: array.elementType))
    }
  }

  // MARK: Table columns

  private mutating func noteColumns() {
    for remark in file.columnRemarks {
      remarks.append(.columns(paths: [path], names: [remark.column], reason: remark.reason))
    }
    guard let table = file.table, let names = features.columnNames, let labels = fileLabels else { return }
    let isFeature = Set(names)
    for (index, column) in table.columns.enumerated() where isFeature.contains(column.name) {
      let mirrors =
        switch labels {
        case .numbers(let values): table.mirrors(values, column: index)
        case .names(let values): table.mirrors(values, column: index)
        }
      if mirrors {
        remarks.append(.columns(paths: [path], names: [column.name], reason: .mirrorsLabels))
      }
    }
  }

  /// Reorders the features to match the columns of another file by name, if both have column names.
  ///
  /// - Parameter reference: The file that defines the order, for messages.
  /// - Throws: ``DataSetError/missingColumns(path:missing:new:reference:)``.
  mutating func matchColumns(to names: [String], of reference: String) throws {
    guard let table = file.table, let own = features.columnNames else {
      if dimension == names.count {
        remarks.append(.matchedByPosition(path: path, reference: reference))
      }
      return
    }
    // The other file decides which columns are features.
    remarks.removeAll { if case .columns = $0 { true } else { false } }
    guard own != names else { return }
    let places = Dictionary(
      zip(table.columns.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
    let wanted = Set(names)
    let new = own.filter { !wanted.contains($0) }
    let found = names.map { name in
      places[name].flatMap { table.columns[$0].isNamed && table.columns[$0].content != .text ? $0 : nil }
    }
    let missing = zip(names, found).filter { $0.1 == nil }.map(\.0)
    guard missing.isEmpty else {
      let text = missing.first { places[$0].map { table.columns[$0].content == .text } == true }
      throw DataSetError.missingColumns(
        path: path, missing: missing, new: new, reference: reference, text: text)
    }
    features = table.array(ofColumns: found.compactMap(\.self), named: features.name)
    if let place = report.arrays.firstIndex(where: { $0.role == .features }) {
      report.arrays[place].shape = features.shape
    }
    if !new.isEmpty { remarks.append(.unusedColumns(path: path, names: new, reference: reference)) }
    // A column that is a feature elsewhere is not a label here, unless the user chose it.
    if let label = file.labelColumn, !hasChosenLabels, labelsPath == nil, found.contains(label) {
      labels = nil
      fileLabels = nil
      remarks.append(.labelColumnIsFeature(path: path, name: table.columns[label].name, reference: reference))
      for place in report.arrays.indices where report.arrays[place].role == .labels {
        report.arrays[place].role = .unused
      }
      countLabels()
    }
  }
}

extension ArrayReport {
  /// Records the results of a scan of the array.
  mutating func take(_ scan: FeatureScan) {
    range = scan.range
    guard ElementType(rawValue: elementType)?.isFloatingPoint != false else { return }
    nonFiniteCount = scan.nonFiniteValueCount
    nanCount = scan.nanCount
    nonFiniteRows = Array(scan.nonFiniteRows.prefix(5))
  }
}

/// The number of samples per label, in ascending order of label.
func labelCounts(_ labels: [Int], classNames: [String]) -> [LabelCount] {
  var counts: [Int: Int] = [:]
  if let least = labels.min(), let most = labels.max(), least > -(1 << 16), most < 1 << 16 {
    // Hashing every label takes longer than reading its features.
    var byLabel = [Int](repeating: 0, count: most - least + 1)
    for label in labels { byLabel[label - least] += 1 }
    for (place, count) in byLabel.enumerated() where count > 0 { counts[least + place] = count }
  } else {
    for label in labels { counts[label, default: 0] += 1 }
  }
  let names = DataSet(classNames: classNames)
  return counts.sorted { $0.key < $1.key }.map {
    LabelCount(label: $0.key, name: names.name(ofLabel: $0.key), count: $0.value)
  }
}
