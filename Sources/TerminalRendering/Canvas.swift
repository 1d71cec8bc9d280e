/// A grid of cells to draw on. Drawing outside the canvas is clipped.
///
/// Inside ``draw(in:_:)`` the canvas is a window onto a part of itself: coordinates start at the corner of
/// the part, and `size` is the size of the part.
public struct Canvas: Sendable, Equatable {
  /// The size of the part being drawn on, in cells.
  public private(set) var size: Size
  /// Every cell of the whole canvas, row by row from the top.
  public private(set) var cells: [Cell]
  /// The pictures that the terminal itself is to draw; see ``PlacedImage``.
  public internal(set) var images: [PlacedImage] = []
  /// Whether non-ASCII characters are drawn; if `false`, they are drawn as `?`.
  public let allowsUnicode: Bool
  private let stride: Int
  private var origin = Point.zero
  private var clip: Rect

  public init(size: Size, unicode: Bool = true) {
    self.size = size
    stride = size.width
    allowsUnicode = unicode
    clip = Rect(size: size)
    cells = Array(repeating: .blank, count: size.width * size.height)
  }

  /// The rectangle of the part being drawn on: at (0, 0), of `size`.
  public var bounds: Rect { Rect(size: size) }

  /// The cell at a position. Outside the canvas, reading returns a blank cell and writing does nothing.
  public subscript(x: Int, y: Int) -> Cell {
    get {
      guard let index = index(x, y) else { return .blank }
      return cells[index]
    }
    set { put(newValue.text, width: max(1, newValue.width), style: newValue.style, x: x, y: y) }
  }

  /// Draws on a part of the canvas, clipped to it. `body` sees coordinates from (0, 0) to the part's size.
  @discardableResult
  public mutating func draw<Result>(
    in rect: Rect, _ body: (inout Canvas) throws -> Result
  ) rethrows -> Result {
    let outer = (origin: origin, size: size, clip: clip)
    defer { (origin, size, clip) = outer }
    let corner = Point(x: outer.origin.x + rect.x, y: outer.origin.y + rect.y)
    clip = outer.clip.intersection(Rect(origin: corner, size: rect.size))
    origin = corner
    size = rect.size
    return try body(&self)
  }

  /// A rectangle of the part being drawn on in coordinates of the whole canvas; `nil` unless all of it is visible.
  func visiblePlace(of rect: Rect) -> Rect? {
    let place = Rect(origin: Point(x: origin.x + rect.x, y: origin.y + rect.y), size: rect.size)
    return clip.intersection(place) == place ? place : nil
  }

  private func index(_ x: Int, _ y: Int) -> Int? {
    guard x >= -origin.x, y >= -origin.y, x < size.width, y < size.height else { return nil }
    let place = Point(x: x + origin.x, y: y + origin.y)
    return clip.contains(place) ? place.y * stride + place.x : nil
  }

  /// Draws one cluster. A wide character that is clipped at an edge becomes a space.
  mutating func put(_ cluster: Character, width: Int, style: Style, x: Int, y: Int) {
    if !allowsUnicode, !cluster.isASCII {
      for cell in 0..<width { put("?", width: 1, style: style, x: x + cell, y: y) }
      return
    }
    guard width == 2 else {
      if let index = index(x, y) { replace(index, with: Cell(cluster: cluster, width: 1, style: style)) }
      return
    }
    switch (index(x, y), index(x + 1, y)) {
    case (let first?, let second?):
      replace(first, with: .blank(style))
      replace(second, with: .blank(style))
      cells[first] = Cell(cluster: cluster, width: 2, style: style)
      cells[second] = .continuation(style)
    case (let half?, nil), (nil, let half?): replace(half, with: .blank(style))
    case (nil, nil): break
    }
  }

  /// Replaces the other half of an overwritten wide character by a space.
  private mutating func replace(_ index: Int, with cell: Cell) {
    if cells[index].width == 2, index + 1 < cells.count, cells[index + 1].width == 0 {
      cells[index + 1] = .blank(cells[index + 1].style)
    }
    if cells[index].width == 0, index > 0 { cells[index - 1] = .blank(cells[index - 1].style) }
    cells[index] = cell
  }

  /// Changes the style of cells that are already drawn.
  public mutating func restyle(_ rect: Rect, _ change: (Style) -> Style) {
    let visible = rect.intersection(bounds)
    for y in visible.y..<visible.maxY {
      for x in visible.x..<visible.maxX {
        if let index = index(x, y) { cells[index].style = change(cells[index].style) }
      }
    }
  }

  /// Replaces the default colors of the terminal by the text and the ground of a theme.
  public mutating func replaceDefaultColors(by ground: Style) {
    restyle(bounds) { style in
      Style(
        foreground: style.foreground == .terminalDefault ? ground.foreground : style.foreground,
        background: style.background == .terminalDefault ? ground.background : style.background,
        attributes: style.attributes)
    }
  }
}

/// One character cell. A wide character occupies a cell of width 2, followed by a continuation of width 0.
public struct Cell: Hashable, Sendable {
  /// One spacing character with its combining marks; a space in a continuation.
  public let text: Character
  /// 0 for the second half of a wide character, else 1 or 2.
  public let width: Int
  public var style: Style

  /// Creates a cell with the first drawable cluster of `character`. A cell cannot hold control characters.
  public init(_ character: Character, style: Style = .plain) {
    var drawn: (Character, Int) = (" ", 1)
    DisplayText.forEachCluster(of: String(character)) { cluster, width in
      drawn = (cluster, width)
      return false
    }
    self.init(cluster: drawn.0, width: drawn.1, style: style)
  }

  init(cluster: Character, width: Int, style: Style) {
    text = cluster
    self.width = width
    self.style = style
  }

  /// An empty cell.
  public static let blank = Cell(cluster: " ", width: 1, style: .plain)

  static func blank(_ style: Style) -> Cell { Cell(cluster: " ", width: 1, style: style) }
  static func continuation(_ style: Style) -> Cell { Cell(cluster: " ", width: 0, style: style) }
}
