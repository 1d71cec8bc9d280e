/// Counts per bin of several groups over each other. Each group has a form of its own, so that they can be
/// told apart where they overlap, without colours too.
public struct HistogramChart: Sendable {
  public enum Form: Hashable, Sendable {
    /// Solid from the axis up.
    case filled
    /// A line along the top.
    case outline
    /// A dotted line along the top.
    case dotted
  }

  public struct Series: Hashable, Sendable {
    public var name: String
    /// One per bin; may be weights.
    public var counts: [Double]
    public var style: Style
    public var form: Form

    public init(_ name: String, counts: [Double], style: Style, form: Form) {
      self.name = name
      self.counts = counts
      self.style = style
      self.form = form
    }
  }

  /// Ascending, one more than there are bins.
  public var binEdges: [Double]
  public var series: [Series]
  public var xAxis: Axis
  public var hasLogarithmicCounts: Bool
  public var threshold: ChartMarker?
  public var showsLegend: Bool

  public init(
    binEdges: [Double], series: [Series], xAxis: Axis = Axis(), hasLogarithmicCounts: Bool = false,
    threshold: ChartMarker? = nil, showsLegend: Bool = true
  ) {
    self.binEdges = binEdges
    self.series = series
    self.xAxis = xAxis
    self.hasLogarithmicCounts = hasLogarithmicCounts
    self.threshold = threshold
    self.showsLegend = showsLegend
  }
}
