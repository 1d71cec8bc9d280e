/// A table that requests only its visible rows.
public struct TableView: Sendable {
  public struct Column: Hashable, Sendable {
    public var title: String
    public var alignment: DisplayText.Alignment
    public var minimumWidth: Int
    public var idealWidth: Int
    /// If room is short, columns of the lowest priority are dropped first.
    public var priority: Int
    /// Whether the column takes surplus width.
    public var isFlexible: Bool
    /// Whether text that does not fit is cut in the middle, so that both ends of a name show. Numbers, which are
    /// aligned to the right, are not cut: their column becomes wider.
    public var keepsEnds: Bool

    public init(
      _ title: String, alignment: DisplayText.Alignment = .leading, minimumWidth: Int,
      idealWidth: Int? = nil, priority: Int = 0, isFlexible: Bool = false, keepsEnds: Bool = false
    ) {
      self.keepsEnds = keepsEnds
      self.title = title
      self.alignment = alignment
      self.minimumWidth = max(1, minimumWidth)
      self.idealWidth = max(self.minimumWidth, idealWidth ?? minimumWidth)
      self.priority = priority
      self.isFlexible = isFlexible
    }
  }

  public struct Sort: Hashable, Sendable {
    public var column: Int
    public var isAscending: Bool

    public init(column: Int, isAscending: Bool) {
      self.column = column
      self.isAscending = isAscending
    }
  }

  public var columns: [Column]
  public var rowCount: Int
  public var selectedRow: Int?
  /// The first visible row.
  public var offset: Int
  public var sort: Sort?
  /// Whether the table has keyboard focus.
  public var isActive: Bool
  public var showsHeader: Bool
  public var spacing: Int
  /// The text of a table without rows.
  public var emptyText: String
  /// Whether a row is marked; `nil` for a table without marks.
  public var isMarked: (@Sendable (_ row: Int) -> Bool)?
  /// Returns the cells of a row, one per column.
  public var cells: @Sendable (_ row: Int) -> [StyledText]

  public init(
    columns: [Column], rowCount: Int, selectedRow: Int? = nil, offset: Int = 0, sort: Sort? = nil,
    isActive: Bool = true, showsHeader: Bool = true, spacing: Int = 2, emptyText: String = "",
    isMarked: (@Sendable (Int) -> Bool)? = nil, cells: @escaping @Sendable (Int) -> [StyledText]
  ) {
    self.columns = columns
    self.rowCount = max(0, rowCount)
    self.selectedRow = selectedRow
    self.offset = offset
    self.sort = sort
    self.isActive = isActive
    self.showsHeader = showsHeader
    self.spacing = max(0, spacing)
    self.emptyText = emptyText
    self.isMarked = isMarked
    self.cells = cells
  }
}
