/// A small picture, scaled to fit with its proportions kept; a cell is taken to be twice as high as wide.
public struct ImageView: Hashable, Sendable {
  public var width: Int
  public var height: Int
  /// 1 gray, 3 red-green-blue, 4 with an alpha that is ignored.
  public var channelCount: Int
  /// Row by row from the top, channels together; what is missing is drawn black.
  public var pixels: [UInt8]

  public init(width: Int, height: Int, channelCount: Int = 1, pixels: [UInt8]) {
    self.width = max(0, width)
    self.height = max(0, height)
    self.channelCount = max(1, channelCount)
    self.pixels = pixels
  }

  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {}
}
