/// Histograms of several groups, overlaid above the axis or mirrored below it, both at one scale. Each group has its own
/// form, so that overlapping groups are distinguishable even without colors.
public struct HistogramChart: Sendable {
  public enum Form: Hashable, Sendable {
    /// Solid from the axis to the height.
    case filled
    /// A line along the height.
    case outline
    /// A dashed line along the height.
    case dashed
    /// A dotted line along the height.
    case dotted
  }

  public struct Series: Hashable, Sendable {
    public var name: String
    /// One count per bin; weights are allowed.
    public var counts: [Double]
    public var style: Style
    public var form: Form
    /// Whether the heights extend downwards.
    public var isBelow: Bool

    public init(_ name: String, counts: [Double], style: Style, form: Form, isBelow: Bool = false) {
      self.name = name
      self.counts = counts
      self.style = style
      self.form = form
      self.isBelow = isBelow
    }
  }

  /// The bin edges in ascending order, one more than there are bins.
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
