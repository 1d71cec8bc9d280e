/// A matrix as colours, or as shades where there are none.
public struct HeatMap: Sendable {
  public enum Ramp: Hashable, Sendable {
    /// From the least to the greatest.
    case sequential
    /// To both sides of zero.
    case diverging
  }

  public var rowCount: Int
  public var columnCount: Int
  public var ramp: Ramp
  /// By the logarithm of the magnitude.
  public var isLogarithmic: Bool
  /// What the ends of the ramp stand for; nil for what the values span.
  public var range: ClosedRange<Double>?
  public var rowLabels: [String]
  public var columnLabels: [String]
  public var cursor: (row: Int, column: Int)?
  /// What the ends of the ramp stand for, in the last row.
  public var showsScale: Bool
  public var value: @Sendable (_ row: Int, _ column: Int) -> Double

  /// Values on demand.
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
