/// Finds the cells of a table one by one (RFC 4180, with any kind of line break).
///
/// A quote that is not a cell's first character is an ordinary character. The bytes are passed to each call
/// and not kept.
struct TableScanner {
  struct Cell {
    /// Its content, without quotes around it.
    var range: Range<Int>
    /// Whether two quotes in it stand for one.
    var hasEscapes = false
    var isQuoted = false
    /// Whether it is the last of its line.
    var endsLine = false
  }

  let separator: UInt8
  let path: String
  private(set) var position: Int
  /// Where the next cell is, counted from 1.
  private(set) var line = 1
  private(set) var column = 1

  /// - Parameter line: the number of the line that begins at `position`.
  init(separator: UInt8, path: String, position: Int, line: Int = 1) {
    self.separator = separator
    self.path = path
    self.position = position
    self.line = line
  }

  /// What programs put before lines of comment.
  private static let commentMarks: [[UInt8]] = [Array("#".utf8), Array("%".utf8), Array("//".utf8)]

  /// The length of the mark of comments that stands at `position`; 0 where there is none.
  static func commentMarkLength(at position: Int, in bytes: UnsafeRawBufferPointer) -> Int {
    let rest = UnsafeRawBufferPointer(rebasing: bytes[min(position, bytes.count)...])
    return commentMarks.first { rest.starts(with: $0) }?.count ?? 0
  }

  /// Steps over a line of comment: one that begins like such and has not as many cells as the others.
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

  /// Goes to the line after the one whose line break stands at `end`.
  mutating func skipLine(endingAt end: Int, in bytes: UnsafeRawBufferPointer) {
    position = end
    var cell = Cell(range: end..<end)
    finish(&cell, in: bytes)
  }

  /// The next cell. After the last one of the file `position` is the number of bytes; it must not be called
  /// then.
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
        path: path, line: startLine, column: startColumn, problem: "a quote is opened and never closed")
    }
    cell.range = start..<position
    position += 1
    if position < bytes.count {
      let byte = bytes[position]
      guard byte == separator || byte == 0x0A || byte == 0x0D else {
        throw .malformedCell(
          path: path, line: line, column: startColumn,
          problem: "text after a closing quote; write quotes inside of a cell twice")
      }
    }
    finish(&cell, in: bytes)
    return cell
  }

  /// Steps over what ends a cell.
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

  /// The content of a cell as text; `nil` if it is not UTF-8.
  static func text(of cell: Cell, in bytes: UnsafeRawBufferPointer) -> String? {
    guard cell.hasEscapes else { return String(validating: bytes[cell.range], as: UTF8.self) }
    var content: [UInt8] = []
    content.reserveCapacity(cell.range.count)
    var position = cell.range.lowerBound
    while position < cell.range.upperBound {
      content.append(bytes[position])
      // Only doubled quotes are inside of a quoted cell.
      position += bytes[position] == UInt8(ascii: "\"") ? 2 : 1
    }
    return String(validating: content, as: UTF8.self)
  }
}
