/// Rewrites tables in other notations to the one that the parsers read: UTF-8, single separators, decimal points and no
/// thousands separators.
///
/// Lines stay where they are, so that messages name the lines of the file. The copy is never longer than the text, or
/// 1.5 times as long for UTF-16, and counts as decompressed data.
enum TableNotation {
  private static let remedy = "save it as UTF-8 with commas and decimal points"

  // MARK: UTF-16

  /// The text as UTF-8 if it is UTF-16; nil otherwise.
  ///
  /// Text without a byte order mark is recognized by its zeros: every other byte of Latin letters and digits.
  /// - Throws: `malformedHeader` for half a character at the end.
  static func decodingUTF16(_ region: ByteRegion, stage: ReadStage) throws(FeatureFileError) -> ByteRegion? {
    guard let (isBigEndian, start) = utf16(region.prefix(4096)) else { return nil }
    guard region.count % 2 == 0 else {
      throw .malformedHeader(
        path: stage.path, place: "the UTF-16 text", problem: "it ends with half a character")
    }
    return try copy(of: region, capacity: region.count / 2 * 3, stage: stage) { bytes, output in
      var iterator = CodeUnits(bytes: bytes, position: start, isBigEndian: isBigEndian)
      var decoder = UTF16()
      while true {
        switch decoder.decode(&iterator) {
        case .scalarValue(let scalar):
          for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { output.append(byte) }
        case .error: for byte in UTF8.encodedReplacementCharacter { output.append(byte) }
        case .emptyInput: return
        }
      }
    }
  }

  /// Whether text is UTF-16.
  static func isUTF16(_ start: [UInt8]) -> Bool { utf16(start) != nil }

  private static func utf16(_ start: [UInt8]) -> (isBigEndian: Bool, start: Int)? {
    if start.starts(with: [0xFF, 0xFE]) { return (false, 2) }
    if start.starts(with: [0xFE, 0xFF]) { return (true, 2) }
    let zeros = [0, 1].map { parity in start.indices.count { $0 % 2 == parity && start[$0] == 0 } }
    let half = start.count / 2
    guard half > 0 else { return nil }
    if zeros[1] * 10 >= half * 9, zeros[0] * 10 <= half { return (false, 0) }
    if zeros[0] * 10 >= half * 9, zeros[1] * 10 <= half { return (true, 0) }
    return nil
  }

  private struct CodeUnits: IteratorProtocol {
    let bytes: UnsafeRawBufferPointer
    var position: Int
    let isBigEndian: Bool

    mutating func next() -> UInt16? {
      guard position + 1 < bytes.count else { return nil }
      defer { position += 2 }
      let (first, second) = (UInt16(bytes[position]), UInt16(bytes[position + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
  }

  // MARK: Windows-1252

  /// The characters of the bytes 0x80 to 0x9F; 0 for the five bytes that have no character.
  private static let windows1252: [UInt16] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017D, 0,
    0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,
    0x017E,
    0x0178,
  ]

  /// The text as UTF-8 if it is Windows-1252; nil otherwise. A file with a multibyte UTF-8
  /// character is damaged UTF-8, and one with control characters is not text.
  static func decodingWindows1252(
    _ region: ByteRegion, stage: ReadStage
  ) throws(FeatureFileError) -> ByteRegion? {
    func scalar(_ byte: UInt8) -> UInt16 {
      (0x80...0x9F).contains(byte) ? windows1252[Int(byte) - 0x80] : UInt16(byte)
    }
    let extra: Int? = try region.withBytes { (bytes) throws(FeatureFileError) in
      var extra = 0
      for (place, byte) in bytes.enumerated() {
        if byte < 0x20, !(0x09...0x0D).contains(byte) || byte == 0x7F { return nil }
        guard byte >= 0x80 else { continue }
        let code = scalar(byte)
        guard code != 0 else { return nil }
        // 0xC2 to 0xF4 begin a character in UTF-8, which 0x80 to 0xBF continue.
        if (0xC2...0xF4).contains(byte), place + 1 < bytes.count, (0x80...0xBF).contains(bytes[place + 1]) {
          return nil
        }
        extra += code > 0x7FF ? 2 : 1
      }
      return extra
    }
    guard let extra, extra > 0 else { return nil }
    return try copy(of: region, capacity: region.count + extra, stage: stage) { bytes, output in
      for byte in bytes {
        if byte < 0x80 {
          output.append(byte)
        } else if let scalar = Unicode.Scalar(scalar(byte)) {
          for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { output.append(unit) }
        }
      }
    }
  }

  // MARK: Rows without content

  /// The end of a table without the rows of separators alone that spreadsheets leave below the data.
  static func endOfContent(_ bytes: UnsafeRawBufferPointer, _ dialect: TableDialect) -> Int {
    let separator = dialect.separator
    guard [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")].contains(separator) else {
      return bytes.count
    }
    var end = bytes.count
    while end > dialect.start {
      let content = bytes[dialect.start..<end]
      guard let last = content.lastIndex(where: { $0 != separator }), last + 1 < end else { return end }
      guard bytes[last] == 0x0A || bytes[last] == 0x0D else { return end }
      end = content[...last].lastIndex { $0 != 0x0A && $0 != 0x0D }.map { $0 + 1 } ?? dialect.start
    }
    return end
  }

  // MARK: Spaces

  /// The lines of a list of paths and labels with a tab instead of the spaces before the label.
  static func tabbedBeforeLabels(
    _ region: ByteRegion, stage: ReadStage
  ) throws(FeatureFileError) -> ByteRegion {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    return try copy(of: region, capacity: region.count, stage: stage) { bytes, output in
      var start = 0
      while start < bytes.count {
        let end = bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
        var line = bytes[start..<end].drop(while: isSpace)
        while let last = line.last, isSpace(last) { line.removeLast() }
        if let space = line.lastIndex(where: isSpace) {
          var path = line[..<space]
          while let last = path.last, isSpace(last) { path.removeLast() }
          output.append(path)
          output.append(UInt8(ascii: "\t"))
          output.append(line[(space + 1)...])
        } else {
          output.append(line)
        }
        if end < bytes.count { output.append(bytes[end]) }
        start = end + 1
      }
    }
  }

  /// The text with a tab instead of each run of spaces and tabs outside quotes, and without those around lines.
  static func tabbed(_ region: ByteRegion, stage: ReadStage) throws(FeatureFileError) -> ByteRegion {
    let (space, tab, quote) = (UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\""))
    return try copy(of: region, capacity: region.count, stage: stage) { bytes, output in
      var isInQuotes = false
      var isStart = true
      var isCellStart = true
      var position = 0
      while position < bytes.count {
        let byte = bytes[position]
        if isStart, !isInQuotes {
          // The names of columns after a comment marker are a line of their own.
          let mark = TableScanner.commentMarkLength(at: position, in: bytes)
          for _ in 0..<mark {
            output.append(bytes[position])
            position += 1
          }
          while position < bytes.count, bytes[position] == space || bytes[position] == tab { position += 1 }
          (isStart, isCellStart) = (false, true)
          continue
        }
        // A quote inside a cell is an ordinary character.
        if byte == quote, isInQuotes || isCellStart { isInQuotes.toggle() }
        if !isInQuotes, byte == space || byte == tab {
          while position < bytes.count, bytes[position] == space || bytes[position] == tab { position += 1 }
          let isEnd = position == bytes.count || bytes[position] == 0x0A || bytes[position] == 0x0D
          if !isEnd { output.append(tab) }
          isCellStart = true
          continue
        }
        output.append(byte)
        (isStart, isCellStart) = (byte == 0x0A || byte == 0x0D, false)
        position += 1
      }
    }
  }

  // MARK: Decimal commas and thousands separators

  /// What the cells of a column tell about its notation.
  private struct Notation {
    /// A comma that can only be decimal: `0,5`, `1,2345`, `1.234,5`.
    var hasClearComma = false
    var hasComma = false
    /// A point that can only be decimal: `0.5`, `1.2`.
    var hasPoint = false
    /// The first line with points that may separate thousands: `1.234`.
    var groupedLine: Int?
    /// Spaces or apostrophes that separate thousands: `1 234`.
    var hasSpaces = false

    /// Whether commas are decimal. Between cells that commas separate, a comma may also separate thousands.
    func usesCommas(_ separator: UInt8) -> Bool {
      hasComma && !hasPoint && (hasClearComma || separator != UInt8(ascii: ","))
    }
  }

  /// The text with points instead of decimal commas, and without the points, spaces and apostrophes that separate
  /// thousands, in every column that uses them; nil if no column does.
  ///
  /// - Throws: `malformedCell` for a column where points may be either.
  static func pointed(
    _ region: ByteRegion, rows: TableRows, stage: ReadStage
  ) throws(FeatureFileError) -> ByteRegion? {
    var columns = [Notation](repeating: Notation(), count: rows.columnCount)
    try region.withBytes { (bytes) throws(FeatureFileError) in
      try rows.forEachCell(in: bytes, stage: stage.rest.part(0, to: 0.3)) { cell, column, line in
        note(bytes[cell.range], line: line, in: &columns[column])
      }
    }
    let separator = rows.scanner.separator
    let usesCommas = columns.map { $0.usesCommas(separator) }
    let isRewritten = zip(columns, usesCommas).map { $0.hasSpaces || $1 }
    guard isRewritten.contains(true) else { return nil }
    if usesCommas.contains(true),
      let column = columns.firstIndex(where: { !$0.hasComma && !$0.hasPoint && $0.groupedLine != nil })
    {
      throw .malformedCell(
        path: stage.path, line: columns[column].groupedLine ?? 0, column: column + 1,
        problem:
          "beside decimal commas, the point may be decimal or separate thousands; write numbers in one notation"
      )
    }
    return try copy(of: region, capacity: region.count, stage: stage) {
      (bytes, output) throws(FeatureFileError) in
      var copied = 0
      try rows.forEachCell(in: bytes, stage: stage.rest.part(0, to: 0.3)) { cell, column, _ in
        guard isRewritten[column] else { return }
        let plain = columns[column].hasSpaces ? withoutSpaces(bytes[cell.range]) : nil
        guard plain != nil || usesCommas[column] && kind(of: bytes[cell.range]) != nil else { return }
        output.append(bytes[copied..<cell.range.lowerBound])
        for byte in plain ?? Array(bytes[cell.range]) where !usesCommas[column] || byte != UInt8(ascii: ".") {
          output.append(usesCommas[column] && byte == UInt8(ascii: ",") ? UInt8(ascii: ".") : byte)
        }
        copied = cell.range.upperBound
      }
      output.append(bytes[copied...])
    }
  }

  private enum Kind {
    case comma(isClear: Bool), grouped, point
  }

  /// A number without the spaces and apostrophes that separate thousands; nil for any other cell.
  private static func withoutSpaces(_ cell: Slice<UnsafeRawBufferPointer>) -> [UInt8]? {
    // The separators are a space, an apostrophe, or begin with these bytes in UTF-8.
    guard cell.count <= 64, cell.contains(where: { [0x20, 0x27, 0xC2, 0xE2].contains($0) }),
      let text = String(validating: cell, as: UTF8.self)
    else { return nil }
    return TableText.withoutThousandsSeparators(text.trimmingSpaces).map { Array($0.utf8) }
  }

  private static func note(_ cell: Slice<UnsafeRawBufferPointer>, line: Int, in column: inout Notation) {
    if let plain = withoutSpaces(cell) {
      column.hasSpaces = true
      if plain.contains(UInt8(ascii: ",")) { (column.hasComma, column.hasClearComma) = (true, true) }
      if plain.contains(UInt8(ascii: ".")) { column.hasPoint = true }
      return
    }
    switch kind(of: cell) {
    case .comma(let isClear):
      column.hasComma = true
      if isClear { column.hasClearComma = true }
    case .grouped: column.groupedLine = column.groupedLine ?? line
    case .point: column.hasPoint = true
    case nil: break
    }
  }

  /// The notation of a number with a comma or a point; nil for any other cell.
  private static func kind(of cell: Slice<UnsafeRawBufferPointer>) -> Kind? {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    var rest = cell.drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
    guard rest.count <= 64, rest.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ".") })
    else {
      return nil
    }
    // The exponent.
    if let mark = rest.lastIndex(where: { $0 | 0x20 == UInt8(ascii: "e") }) {
      var power = rest[rest.index(after: mark)...]
      if let sign = power.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        power.removeFirst()
      }
      guard !power.isEmpty, power.allSatisfy(isDigit) else { return nil }
      rest = rest[..<mark]
    }
    let parts = rest.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = parts.first else { return nil }
    let groups = whole.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard groups.allSatisfy({ $0.allSatisfy(isDigit) }) else { return nil }
    let isGrouped =
      groups.count > 1 && (1...3).contains(groups[0].count) && groups[0].first != 0x30
      && groups.dropFirst().allSatisfy { $0.count == 3 }
    guard parts.count == 2 else {
      guard rest.contains(where: isDigit) else { return nil }
      return isGrouped ? .grouped : groups.count == 2 ? .point : nil
    }
    guard groups.count == 1 || isGrouped, parts[1].allSatisfy(isDigit), whole.count + parts[1].count > 0
    else { return nil }
    let mayBeThousands =
      groups.count == 1 && (1...3).contains(whole.count) && whole.first != 0x30 && parts[1].count == 3
    return .comma(isClear: !mayBeThousands)
  }

  // MARK: Copies

  /// Where a copy is written.
  private struct Output {
    let memory: UnsafeMutableRawBufferPointer
    var count = 0

    @inline(__always)
    mutating func append(_ byte: UInt8) {
      guard count < memory.count else { return }
      memory[count] = byte
      count += 1
    }

    mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) {
      let part = bytes.prefix(memory.count - count)
      UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyBytes(from: part)
      count += part.count
    }
  }

  /// What `write` makes of a region, in at most `capacity` bytes. Line breaks, which end every table, fill the rest.
  private static func copy(
    of region: ByteRegion, capacity: Int, stage: ReadStage,
    _ write: (UnsafeRawBufferPointer, inout Output) throws(FeatureFileError) -> Void
  ) throws(FeatureFileError) -> ByteRegion {
    let copy = try ByteRegion(
      count: capacity, in: stage.memory, place: "the text", path: stage.path, remedy: remedy
    ) { (memory) throws(FeatureFileError) in
      try region.withBytes { (bytes) throws(FeatureFileError) in
        var output = Output(memory: memory)
        try write(bytes, &output)
        UnsafeMutableRawBufferPointer(rebasing: memory[output.count...]).initializeMemory(
          as: UInt8.self, repeating: 0x0A)
      }
    }
    try region.requireUnchanged()
    return copy
  }
}
