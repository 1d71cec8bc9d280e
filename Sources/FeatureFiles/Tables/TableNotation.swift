/// Rewrites tables in other notations to the one that the parsers read: UTF-8, single separators and decimal points.
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

  // MARK: Spaces

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

  // MARK: Decimal commas

  /// What the cells of a column tell about its notation.
  private struct Notation {
    /// A comma that can only be decimal: `0,5`, `1,2345`, `1.234,5`.
    var hasClearComma = false
    var hasComma = false
    /// A point that can only be decimal: `0.5`, `1.2`.
    var hasPoint = false
    /// The first line with points that may separate thousands: `1.234`.
    var groupedLine: Int?

    /// Whether commas are decimal. Between cells that commas separate, a comma may also separate thousands.
    func usesCommas(_ separator: UInt8) -> Bool {
      hasComma && !hasPoint && (hasClearComma || separator != UInt8(ascii: ","))
    }
  }

  /// The text with points instead of decimal commas, and without the points that separate thousands, in every column
  /// that uses them; nil if no column does.
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
    guard usesCommas.contains(true) else { return nil }
    if let column = columns.firstIndex(where: { !$0.hasComma && !$0.hasPoint && $0.groupedLine != nil }) {
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
        guard usesCommas[column], kind(of: bytes[cell.range]) != nil else { return }
        output.append(bytes[copied..<cell.range.lowerBound])
        for byte in bytes[cell.range] where byte != UInt8(ascii: ".") {
          output.append(byte == UInt8(ascii: ",") ? UInt8(ascii: ".") : byte)
        }
        copied = cell.range.upperBound
      }
      output.append(bytes[copied...])
    }
  }

  private enum Kind {
    case comma(isClear: Bool), grouped, point
  }

  private static func note(_ cell: Slice<UnsafeRawBufferPointer>, line: Int, in column: inout Notation) {
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
