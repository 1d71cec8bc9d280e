/// Labelled bars, one a row: label, bar, value. Negative bars go to the left of a common zero.
public struct BarList: Sendable {
  public struct Item: Hashable, Sendable {
    public var label: String
    public var value: Double
    public var valueText: String
    /// Of the bar; nil for the theme's positive or negative one.
    public var style: Style?

    public init(_ label: String, value: Double, valueText: String, style: Style? = nil) {
      self.label = label
      self.value = value
      self.valueText = valueText
      self.style = style
    }
  }

  public var items: [Item]
  /// The value of a full bar; nil for the largest magnitude.
  public var scale: Double?
  /// At most; nil for what the labels need, up to a third of the width.
  public var labelWidth: Int?
  /// Highlighted, if any.
  public var selectedIndex: Int?

  public init(
    _ items: [Item], scale: Double? = nil, labelWidth: Int? = nil, selectedIndex: Int? = nil
  ) {
    self.items = items
    self.scale = scale
    self.labelWidth = labelWidth
    self.selectedIndex = selectedIndex
  }

  /// Draws as many as there are rows.
  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {}
}
