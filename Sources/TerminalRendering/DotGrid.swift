/// A grid of dots finer than cells: 2×4 braille dots per cell, or one mark per cell in ASCII. Each cell has
/// the style of the last dot drawn into it.
struct DotGrid {
  let columns: Int
  let rows: Int
  let isBraille: Bool
  /// The number of dots across and down.
  let width: Int
  let height: Int
  private var masks: [UInt8]
  private var styles: [Style]
  private var marks: [Character]

  init(size: Size, braille: Bool) {
    columns = size.width
    rows = size.height
    isBraille = braille
    width = columns * (braille ? 2 : 1)
    height = rows * (braille ? 4 : 1)
    masks = Array(repeating: 0, count: columns * rows)
    styles = Array(repeating: .plain, count: columns * rows)
    marks = Array(repeating: " ", count: columns * rows)
  }

  /// The bit of each dot in a braille character, by row and column (Unicode chapter 21.1).
  private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

  mutating func set(_ x: Int, _ y: Int, style: Style, mark: Character) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let cell: Int
    if isBraille {
      cell = (y / 4) * columns + x / 2
      masks[cell] |= Self.bits[y % 4][x % 2]
    } else {
      cell = y * columns + x
      masks[cell] = 1
    }
    styles[cell] = style
    marks[cell] = mark
  }

  /// The dot at a place in cells from the top left corner; the nearest one for a place outside.
  func dot(x: Double, y: Double) -> (x: Int, y: Int) {
    (
      min(max(0, Int((x * (isBraille ? 2 : 1) + 1e-9).rounded(.down))), width - 1),
      min(max(0, Int((y * (isBraille ? 4 : 1) + 1e-9).rounded(.down))), height - 1)
    )
  }

  /// Draws all dots of a column between two rows, inclusive.
  mutating func vertical(
    _ x: Int, from first: Int, to last: Int, every step: Int = 1, style: Style, mark: Character
  ) {
    guard height > 0 else { return }
    let top = min(max(0, min(first, last)), height - 1)
    let bottom = min(max(0, max(first, last)), height - 1)
    for y in stride(from: top, through: bottom, by: step) { set(x, y, style: style, mark: mark) }
  }

  /// Draws a straight line (Bresenham). Skips the columns, or of a steep line the rows, for which `isDrawn` returns
  /// `false`.
  mutating func line(
    from start: (x: Int, y: Int), to end: (x: Int, y: Int), style: Style, mark: Character,
    isDrawn: (Int) -> Bool = { _ in true }
  ) {
    let width = abs(end.x - start.x)
    let height = abs(end.y - start.y)
    let stepX = start.x < end.x ? 1 : -1
    let stepY = start.y < end.y ? 1 : -1
    var (x, y) = start
    var error = width - height
    while true {
      if isDrawn(width >= height ? x : y) { set(x, y, style: style, mark: mark) }
      if x == end.x, y == end.y { return }
      let doubled = 2 * error
      if doubled > -height {
        error -= height
        x += stepX
      }
      if doubled < width {
        error += width
        y += stepY
      }
    }
  }

  /// The character and style of a cell; `nil` if it is empty.
  func cell(_ column: Int, _ row: Int) -> (character: Character, style: Style)? {
    let index = row * columns + column
    guard masks[index] != 0 else { return nil }
    let braille = Unicode.Scalar(0x2800 + UInt32(masks[index])).map(Character.init)
    return (isBraille ? braille ?? " " : marks[index], styles[index])
  }

  /// Draws the nonempty cells, with the top left corner at `point`.
  func draw(into canvas: inout Canvas, at point: Point) {
    for row in 0..<rows {
      for column in 0..<columns {
        guard let cell = cell(column, row) else { continue }
        canvas[point.x + column, point.y + row] = Cell(cell.character, style: cell.style)
      }
    }
  }
}
