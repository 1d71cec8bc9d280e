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
