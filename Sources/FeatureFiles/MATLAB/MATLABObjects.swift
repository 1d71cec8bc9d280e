/// The values of string and categorical arrays in MATLAB 7.3 files.
///
/// Such a file refers to an object by its number. The values of all objects are in shared arrays, and the first of
/// these assigns them: it contains names, and tables of 32-bit integers for classes and objects. MATLAB does not
/// document this format; an object with unexpected data is not readable.
struct MATLABObjects {
  private let parts: [Int: NamedArray]
  private let words: [Int]
  private let names: [String]
  /// The start of each table and the end of the last one, in words.
  private let bounds: [Int]

  private static let mark = 0xDD00_0000
  /// The version, the number of names and eight offsets.
  private static let headerWordCount = 10
  /// The number of parts before the values of objects.
  private static let firstPart = 2

  private enum Table: Int { case classes, savedValues, objects, values }

  /// The parts by index; nil if the first one is not valid.
  init?(parts: [Int: NamedArray]) {
    guard let first = parts[0], first.elementType == .uint8, first.elementCount < 1 << 24,
      let bytes = try? first.bytes(rows: Array(0..<first.rowCount)), bytes.count >= 4 * Self.headerWordCount
    else { return nil }
    self.parts = parts
    let words = MATScanner.words(bytes, isBigEndian: false)
    let offsets = Array(words[2..<7])
    guard (2...4).contains(words[0]), offsets[0] >= 4 * Self.headerWordCount, offsets == offsets.sorted(),
      offsets[4] <= bytes.count, offsets.allSatisfy({ $0.isMultiple(of: 4) })
    else { return nil }
    self.words = words
    bounds = offsets.map { $0 / 4 }
    names = bytes[4 * Self.headerWordCount..<offsets[0]].split(separator: 0).map(EscapedText.decode)
  }

  /// The array of a string or categorical object, as text.
  ///
  /// - Parameter reference: The object's representation in the file: a marker, the number of extents, the extents, the
  ///   numbers of objects, and the number of the class.
  func array(named name: String, class className: String, reference: [Int], path: String) -> NamedArray? {
    guard reference.count >= 4, reference[0] == Self.mark, (1...32).contains(reference[1]),
      reference.count == 2 + reference[1] + 2, reference[2..<2 + reference[1]].allSatisfy({ $0 == 1 }),
      let values = values(of: reference[2 + reference[1]], class: className)
    else { return nil }
    switch className {
    case "string": return values["any"].flatMap { Self.strings($0, named: name, path: path) }
    case "categorical":
      guard let codes = values["codes"], let categories = values["categoryNames"],
        codes.elementType.isNumeric, categories.elementType == .string
      else { return nil }
      return NamedArray(
        name: name, shape: codes.shape, elementType: .string, path: path,
        storage: .deferredStrings(CategoricalText(codes: codes, categories: categories)))
    default: return nil
    }
  }

  /// The parts with the values of an object, by property name.
  private func values(of object: Int, class className: String) -> [String: NamedArray]? {
    guard let entry = row(object, of: .objects, width: 6), let type = row(entry[0], of: .classes, width: 4),
      names.indices.contains(type[1] - 1), names[type[1] - 1] == className
    else { return nil }
    let (table, number) = entry[3] > 0 ? (Table.savedValues, entry[3]) : (.values, entry[4])
    let range = range(of: table)
    var place = range.lowerBound
    var index = 0
    // Each entry has a count and three words per value, padded to even length.
    while place < range.upperBound {
      let count = words[place]
      guard count <= (range.upperBound - place - 1) / 3 else { return nil }
      if index == number { return values(at: place + 1, count: count) }
      index += 1
      place += (1 + 3 * count + 1) / 2 * 2
    }
    return nil
  }

  private func values(at place: Int, count: Int) -> [String: NamedArray] {
    var values: [String: NamedArray] = [:]
    for start in stride(from: place, to: place + 3 * count, by: 3) {
      // Types other than 1 are stored in the word itself.
      guard words[start + 1] == 1, names.indices.contains(words[start] - 1) else { continue }
      values[names[words[start] - 1]] = parts[words[start + 2] + Self.firstPart]
    }
    return values
  }

  private func range(of table: Table) -> Range<Int> { bounds[table.rawValue]..<bounds[table.rawValue + 1] }

  /// The first entry of a table is unused.
  private func row(_ number: Int, of table: Table, width: Int) -> [Int]? {
    let range = range(of: table)
    guard number > 0, number < range.count / width else { return nil }
    let start = range.lowerBound + number * width
    return Array(words[start..<start + width])
  }

  /// Decodes 64-bit integers: a version, the number of extents, the extents, the lengths of all texts, and the texts
  /// in UTF-16.
  private static func strings(_ array: NamedArray, named name: String, path: String) -> NamedArray? {
    guard array.elementType == .uint64, case .binary(let source, let layout) = array.storage,
      !layout.isBigEndian, let bytes = try? source.region()
    else { return nil }
    func word(_ index: Int) -> Int? {
      bytes.slice(at: 8 * index, count: 8).flatMap { part in
        Int(exactly: part.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
      }
    }
    guard word(0) == 1, let rank = word(1), (2...32).contains(rank) else { return nil }
    var extents: [Int] = []
    for index in 0..<rank { extents.append(word(2 + index) ?? -1) }
    guard
      let shape = try? ArrayShape(extents, elementByteCount: 8, place: name, path: path),
      shape.byteCount <= bytes.count
    else { return nil }
    var start = 8 * (2 + rank + shape.elementCount)
    var texts: [String] = []
    for index in 0..<shape.elementCount {
      // The length of a missing text is not valid.
      guard let length = word(2 + rank + index) else {
        texts.append("<missing>")
        continue
      }
      let (byteCount, overflow) = length.multipliedReportingOverflow(by: 2)
      guard !overflow, let text = bytes.slice(at: start, count: byteCount) else { return nil }
      texts.append(MATLABText.text(utf16: text.prefix(byteCount)))
      start += byteCount
    }
    let squeezed = MATLABText.squeezed(extents)
    guard squeezed.count <= 1 else { return nil }
    return NamedArray(
      name: name, shape: squeezed, elementType: .string, path: path, storage: .strings(texts))
  }
}

/// The names of categories, which are numbered from 1; 0 is undefined.
private struct CategoricalText: TextSource {
  let codes: NamedArray
  let categories: NamedArray

  func strings() throws(FeatureFileError) -> [String] {
    let names = ["<undefined>"] + (try categories.strings())
    return try codes.integers().map { code in names.indices.contains(code) ? names[code] : names[0] }
  }
}
