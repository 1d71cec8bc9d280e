/// The scale of an axis.
public enum AxisScale: Hashable, Sendable {
  case linear
  /// Logarithmic. Zero and negative values have no position.
  case log
  /// By log(1 + distance from the lower end / unit): linear near that end, logarithmic far from it.
  case logAboveLowerEnd(unit: Double)
}

/// One axis of a chart.
public struct Axis: Sendable {
  public var scale: AxisScale
  /// The shown range; `nil` for the range of the data.
  public var range: ClosedRange<Double>?
  public var showsLabels: Bool
  /// Formats a tick; `nil` for the fewest digits that distinguish the ticks.
  public var label: (@Sendable (Double) -> String)?

  public init(
    _ scale: AxisScale = .linear, range: ClosedRange<Double>? = nil, showsLabels: Bool = true,
    label: (@Sendable (Double) -> String)? = nil
  ) {
    self.scale = scale
    self.range = range
    self.showsLabels = showsLabels
    self.label = label
  }
}

/// A line across a chart at one value, such as a threshold.
public struct ChartMarker: Hashable, Sendable {
  public var value: Double
  public var label: String
  public var style: Style

  public init(_ value: Double, label: String = "", style: Style) {
    self.value = value
    self.label = label
    self.style = style
  }
}
