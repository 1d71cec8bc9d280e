import FeatureFiles

/// One label per sample, as a file holds them.
enum SampleLabels {
  case numbers([Int])
  /// Names of classes, without spaces around them.
  case names([String])

  var count: Int {
    switch self {
    case .numbers(let values): values.count
    case .names(let values): values.count
    }
  }

  /// How many different ones there are.
  var distinctCount: Int {
    switch self {
    case .numbers(let values): Set(values).count
    case .names(let values): Set(values).count
    }
  }
}

extension NamedArray {
  /// The labels of so many samples: one whole number each, one name of a class each, or one row each that is 1 at its
  /// class and 0 elsewhere. Text that is whole numbers counts as these.
  ///
  /// - Parameter path: the file they are in, for messages.
  /// - Throws: ``DataSetError`` without a word on what would fit instead, or `FeatureFileError`.
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

  /// The same of however many there are.
  func labels(path: String) throws -> SampleLabels {
    guard elementType == .string else {
      let numbers = try integers()
      // Beyond 2⁵³ two of them may have become one.
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

  /// The place of the 1 in each row; nil where any row is not all zeros but for a 1. O(N·K), a block at a time.
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
  /// What is wrong with an array as labels whatever numbers are in it, but for one that may be 1 in one place of each
  /// row; nil where nothing is.
  static func unusableLabels(_ array: NamedArray, path: String, sampleCount: Int?) -> DataSetError? {
    let hasRows = array.rowLength > 1 && (sampleCount == nil || array.rowCount == sampleCount)
    guard hasRows else { return nil }
    return .unusableLabels(
      path: path, name: array.name, shape: array.shape, elementType: array.elementType.rawValue)
  }
}

/// Names of classes in the order of their labels.
struct LabelNames {
  let names: [String]
  private let labels: [String: Int]

  init(_ names: [String]) {
    self.names = names
    labels = Dictionary(zip(names, 0...), uniquingKeysWith: { first, _ in first })
  }

  /// Those of all samples, sorted by code points as NumPy sorts them.
  init(of shards: [OpenedShard]) {
    var found = Set<String>()
    for shard in shards {
      if case .names(let names)? = shard.fileLabels { found.formUnion(names) }
    }
    self.init(Self.sorted(found))
  }

  /// Those that are known, or else those of all samples, sorted.
  init(sorting names: [String], known: [String]?) { self.init(known ?? Self.sorted(Set(names))) }

  private static func sorted(_ names: Set<String>) -> [String] {
    names.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) { $0.value < $1.value } }
  }

  func covers(_ names: [String]) -> Bool { names.allSatisfy { labels[$0] != nil } }

  /// Nil for a name that is none of them.
  func label(_ name: String) -> Int? { labels[name] }
}
