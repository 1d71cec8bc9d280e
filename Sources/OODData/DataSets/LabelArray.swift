import FeatureFiles

/// One label per sample, as stored in a file.
enum SampleLabels {
  case numbers([Int])
  /// Class names without surrounding whitespace.
  case names([String])

  var count: Int {
    switch self {
    case .numbers(let values): values.count
    case .names(let values): values.count
    }
  }

  /// The number of distinct labels.
  var distinctCount: Int {
    switch self {
    case .numbers(let values): Set(values).count
    case .names(let values): Set(values).count
    }
  }
}

extension NamedArray {
  /// Reads the labels of `sampleCount` samples: one integer per sample, one class name per sample, or one-hot
  /// rows of shape (N, K). Text that consists of integers counts as integers.
  ///
  /// - Parameter path: The file that holds the labels, for error messages.
  /// - Throws: ``DataSetError`` without suggested arrays, or `FeatureFileError`.
  func labels(of sampleCount: Int, path: String) throws -> SampleLabels {
    if let reason = DataSetError.unusableLabels(self, path: path, sampleCount: sampleCount) {
      if let numbers = try oneHotLabels() { return .numbers(numbers) }
      throw reason
    }
    guard elementCount == sampleCount else {
      throw DataSetError.countMismatch(path: path, name: name, count: elementCount, sampleCount: sampleCount)
    }
    return try labels(path: path)
  }

  /// Reads the labels without checking their number.
  func labels(path: String) throws -> SampleLabels {
    guard elementType == .string else {
      let numbers = try integers()
      // Beyond 2⁵³, distinct integers may share one floating-point value.
      if elementType.isFloatingPoint, let row = numbers.firstIndex(where: { $0.magnitude > 1 << 53 }) {
        throw FeatureFileError.notAnInteger(path: path, array: name, row: row, value: Double(numbers[row]))
      }
      return .numbers(numbers)
    }
    let names = try strings().map { text in
      let rest = text.drop(while: \.isWhitespace)
      return String(rest.lastIndex { !$0.isWhitespace }.map { rest[...$0] } ?? "")
    }
    if let row = names.firstIndex(of: "") {
      throw DataSetError.missingLabel(path: path, name: name, row: row)
    }
    let numbers = names.map(Self.wholeNumber)
    let numberCount = numbers.count { $0 != nil }
    if numberCount == names.count { return .numbers(numbers.compactMap(\.self)) }
    if 4 * numberCount >= 3 * names.count, let row = numbers.firstIndex(of: nil) {
      throw DataSetError.mixedLabels(path: path, name: name, row: row, text: names[row])
    }
    return .names(names)
  }

  private static func wholeNumber(_ text: String) -> Int? {
    if let integer = Int(text) { return integer }
    guard text.contains("."), let number = Double(text), number.magnitude < 0x1p53 else { return nil }
    return Int(exactly: number)
  }

  /// The index of the 1 in each row. Nil unless every row is one-hot. O(N·K) time; reads one block at a time.
  private func oneHotLabels() throws -> [Int]? {
    guard shape.count == 2, elementType.isNumeric, rowLength > 1, rowCount > 0 else { return nil }
    var places: [Int] = []
    let blockCount = max(1, 131_072 / rowLength)
    for start in stride(from: 0, to: rowCount, by: blockCount) {
      let end = min(rowCount, start + blockCount)
      let values = try doubles(rows: Array(start..<end))
      for row in 0..<end - start {
        let cells = values[row * rowLength..<(row + 1) * rowLength]
        guard cells.allSatisfy({ $0 == 0 || $0 == 1 }), cells.count(where: { $0 == 1 }) == 1,
          let place = cells.firstIndex(of: 1)
        else { return nil }
        places.append(place - cells.startIndex)
      }
    }
    return places
  }
}

extension DataSetError {
  /// The error for an array with several values per sample. One-hot rows produce it too, because values are
  /// not read. Nil otherwise.
  static func unusableLabels(_ array: NamedArray, path: String, sampleCount: Int?) -> DataSetError? {
    let hasRows = array.rowLength > 1 && (sampleCount == nil || array.rowCount == sampleCount)
    guard hasRows else { return nil }
    return .unusableLabels(
      path: path, name: array.name, shape: array.shape, elementType: array.elementType.rawValue)
  }
}

/// Class names in the order of their labels.
struct LabelNames {
  let names: [String]
  private let labels: [String: Int]

  init(_ names: [String]) {
    self.names = names
    labels = Dictionary(zip(names, 0...), uniquingKeysWith: { first, _ in first })
  }

  /// The class names of all samples, sorted by code point as in NumPy.
  init(of shards: [OpenedShard]) {
    var found = Set<String>()
    for shard in shards {
      if case .names(let names)? = shard.fileLabels { found.formUnion(names) }
    }
    self.init(Self.sorted(found))
  }

  /// The known names if given, else the distinct `names` in sorted order.
  init(sorting names: [String], known: [String]?) { self.init(known ?? Self.sorted(Set(names))) }

  private static func sorted(_ names: Set<String>) -> [String] {
    names.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) { $0.value < $1.value } }
  }

  func covers(_ names: [String]) -> Bool { names.allSatisfy { labels[$0] != nil } }

  /// The label of a class name. Nil for an unknown name.
  func label(_ name: String) -> Int? { labels[name] }
}
