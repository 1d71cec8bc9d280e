/// Curves over a common axis, in braille dots or ASCII marks. Values that are not finite, or not positive on
/// a logarithmic axis, leave a gap.
public struct LineChart: Sendable {
  public enum Pattern: Hashable, Sendable { case solid, dashed, dotted }

  public struct Series: Hashable, Sendable {
    public var name: String
    public var xs: [Double]
    public var ys: [Double]
    public var style: Style
    public var pattern: Pattern

    /// Coordinates; extra values in the longer array are ignored.
    public init(
      _ name: String = "", xs: [Double], ys: [Double], style: Style, pattern: Pattern = .solid
    ) {
      self.name = name
      self.xs = xs
      self.ys = ys
      self.style = style
      self.pattern = pattern
    }

    /// Creates a series at x = 0, 1, 2…
    public init(_ name: String = "", ys: [Double], style: Style, pattern: Pattern = .solid) {
      self.init(name, xs: ys.indices.map(Double.init), ys: ys, style: style, pattern: pattern)
    }
  }

  public var series: [Series]
  public var xAxis: Axis
  public var yAxis: Axis
  public var verticalMarkers: [ChartMarker]
  public var horizontalMarkers: [ChartMarker]
  /// Whether to show the names of the series in the top right corner.
  public var showsLegend: Bool

  public init(
    _ series: [Series], xAxis: Axis = Axis(), yAxis: Axis = Axis(),
    verticalMarkers: [ChartMarker] = [], horizontalMarkers: [ChartMarker] = [],
    showsLegend: Bool = false
  ) {
    self.series = series
    self.xAxis = xAxis
    self.yAxis = yAxis
    self.verticalMarkers = verticalMarkers
    self.horizontalMarkers = horizontalMarkers
    self.showsLegend = showsLegend
  }
}
