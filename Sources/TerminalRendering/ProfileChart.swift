/// A value per dimension, however many, in the width there is: of the dimensions that share a dot column the
/// one farthest from zero shows.
public struct ProfileChart: Sendable {
  public var values: [Double]
  public var style: Style
  /// What the full height stands for; nil for the largest magnitude.
  public var scale: Double?
  /// A dimension to point out.
  public var highlightedIndex: Int?

  public init(
    _ values: [Double], style: Style, scale: Double? = nil, highlightedIndex: Int? = nil
  ) {
    self.values = values
    self.style = style
    self.scale = scale
    self.highlightedIndex = highlightedIndex
  }

  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {}
}
