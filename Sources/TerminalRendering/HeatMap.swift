/// A matrix as colors, or as shades on a terminal without colors. It fills its rectangle, and its neutral end is the
/// background of the terminal.
public struct HeatMap: Sendable {
  public enum Ramp: Hashable, Sendable {
    /// From the lowest value, the background, to the highest.
    case sequential
    /// From the highest value, the background, to the lowest.
    case descending
    /// In both directions from zero.
    case diverging
  }

  public var rowCount: Int
  public var columnCount: Int
  public var ramp: Ramp
  /// Whether colors follow the logarithm of the magnitude.
  public var isLogarithmic: Bool
  /// The values at the ends of the ramp; `nil` for the range of the values.
  public var range: ClosedRange<Double>?
  public var rowLabels: [String]
  public var columnLabels: [String]
  public var cursor: (row: Int, column: Int)?
  /// Whether the last row shows the values at the ends of the ramp.
  public var showsScale: Bool
  public var value: @Sendable (_ row: Int, _ column: Int) -> Double

  /// Creates a heat map that requests its values on demand.
  public init(
    rowCount: Int, columnCount: Int, ramp: Ramp = .sequential, isLogarithmic: Bool = false,
    range: ClosedRange<Double>? = nil, rowLabels: [String] = [], columnLabels: [String] = [],
    cursor: (row: Int, column: Int)? = nil, showsScale: Bool = true,
    value: @escaping @Sendable (Int, Int) -> Double
  ) {
    self.rowCount = max(0, rowCount)
    self.columnCount = max(0, columnCount)
    self.ramp = ramp
    self.isLogarithmic = isLogarithmic
    self.range = range
    self.rowLabels = rowLabels
    self.columnLabels = columnLabels
    self.cursor = cursor
    self.showsScale = showsScale
    self.value = value
  }
}
