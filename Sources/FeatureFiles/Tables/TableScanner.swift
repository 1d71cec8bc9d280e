/// Scans the cells of a table (RFC 4180, with any kind of line break).
///
/// A quote that is not the first character of a cell is an ordinary character. The bytes are passed to each call and
/// not stored.
struct TableScanner {
  struct Cell {
    /// The content, without surrounding quotes.
    var range: Range<Int>
    /// Whether it contains doubled quotes.
    var hasEscapes = false
    var isQuoted = false
    /// Whether it is the last cell of its line.
    var endsLine = false
  }

  /// The problem with a cell that is not text.
  static let invalidText = "the text is not valid UTF-8; save the file as UTF-8"

  let separator: UInt8
  let path: String
  private(set) var position: Int
  /// The line and column of the next cell, counted from 1.
  private(set) var line = 1
  private(set) var column = 1

  /// - Parameter line: the number of the line that begins at `position`.
  init(separator: UInt8, path: String, position: Int, line: Int = 1) {
    self.separator = separator
    self.path = path
    self.position = position
    self.line = line
  }

  /// The markers of comment lines.
  private static let commentMarks: [[UInt8]] = [Array("#".utf8), Array("%".utf8), Array("//".utf8)]

  /// The length of the comment marker at `position`; 0 if there is none.
  static func commentMarkLength(at position: Int, in bytes: UnsafeRawBufferPointer) -> Int {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[min(position, bytes.count)...])
    return commentMarks.first { rest.starts(with: $0) }?.count ?? 0
  }

  /// Skips a comment line: one that begins with a marker and has a different number of cells than the others.
  ///
  /// - Returns: whether there was one.
  mutating func skipComment(columnCount: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
    guard column == 1, Self.commentMarkLength(at: position, in: bytes) > 0 else { return false }
    var end = position
    var count = 1
    while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D {
      if bytes[end] == separator { count += 1 }
      end += 1
    }
    guard count != columnCount else { return false }
    skipLine(endingAt: end, in: bytes)
    return true
  }

  /// Skips to the line after the one that ends at `end`.
  mutating func skipLine(endingAt end: Int, in bytes: UnsafeRawBufferPointer) {
    position = end
    var cell = Cell(range: end..<end)
    finish(&cell, in: bytes)
  }

  /// The next cell. Must not be called after the last cell of the file, when `position` is the number of bytes.
  mutating func next(in bytes: UnsafeRawBufferPointer) throws(FeatureFileError) -> Cell {
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return try quotedCell(in: bytes) }
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == separator || byte == 0x0A || byte == 0x0D { break }
      position += 1
    }
    var cell = Cell(range: start..<position)
    finish(&cell, in: bytes)
    return cell
  }

  private mutating func quotedCell(in bytes: UnsafeRawBufferPointer) throws(FeatureFileError) -> Cell {
    let (startLine, startColumn) = (line, column)
    position += 1
    var cell = Cell(range: position..<position, isQuoted: true)
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        guard position + 1 < bytes.count, bytes[position + 1] == byte else { break }
        cell.hasEscapes = true
        position += 1
      } else if byte == 0x0A || (byte == 0x0D && !(position + 1 < bytes.count && bytes[position + 1] == 0x0A))
      {
        line += 1
      }
      position += 1
    }
    guard position < bytes.count else {
      throw .malformedCell(
        path: path, line: startLine, column: startColumn,
        problem: "the opening quote is never closed; close it or remove it")
    }
    cell.range = start..<position
    position += 1
    if position < bytes.count {
      let byte = bytes[position]
      guard byte == separator || byte == 0x0A || byte == 0x0D else {
        throw .malformedCell(
          path: path, line: line, column: startColumn,
          problem: "unexpected text after a closing quote; double the quotes inside a cell")
      }
    }
    finish(&cell, in: bytes)
    return cell
  }

  /// Skips the terminator of a cell.
  private mutating func finish(_ cell: inout Cell, in bytes: UnsafeRawBufferPointer) {
    guard position < bytes.count else {
      cell.endsLine = true
      return
    }
    let byte = bytes[position]
    position += 1
    if byte == separator {
      column += 1
      return
    }
    if byte == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
    cell.endsLine = true
    line += 1
    column = 1
  }

  /// The content of a cell as text; nil if it is not valid UTF-8.
  static func text(of cell: Cell, in bytes: UnsafeRawBufferPointer) -> String? {
    guard cell.hasEscapes else { return String(validating: bytes[cell.range], as: UTF8.self) }
    var content: [UInt8] = []
    content.reserveCapacity(cell.range.count)
    var position = cell.range.lowerBound
    while position < cell.range.upperBound {
      content.append(bytes[position])
      // All quotes inside a quoted cell are doubled.
      position += bytes[position] == UInt8(ascii: "\"") ? 2 : 1
    }
    return String(validating: content, as: UTF8.self)
  }
}
