/// A framed box in the middle of what is already drawn, which is dimmed around it.
public struct Overlay: Hashable, Sendable {
  public var title: String
  /// What is wanted inside the frame; less where the canvas is smaller.
  public var contentSize: Size
  public var dimsBackground: Bool

  public init(title: String, contentSize: Size, dimsBackground: Bool = true) {
    self.title = title
    self.contentSize = contentSize
    self.dimsBackground = dimsBackground
  }

  /// The box with its frame on a canvas of this size.
  public func frame(in size: Size) -> Rect {
    Rect(size: size).centered(Size(width: contentSize.width + 4, height: contentSize.height + 2))
  }

  /// Draws the box and calls `content` with a canvas that is its inside.
  ///
  /// - Returns: The box with its frame, for clicks.
  @discardableResult
  public func draw(
    on canvas: inout Canvas, appearance: Appearance, content: (inout Canvas) -> Void
  ) -> Rect {
    let theme = appearance.theme
    if dimsBackground {
      canvas.restyle(canvas.bounds) { style in
        var dimmed = theme.muted
        dimmed.attributes.formUnion(style.attributes.intersection(.reverse))
        return dimmed
      }
    }
    let frame = frame(in: canvas.size)
    canvas.fill(frame)
    let inside = canvas.box(
      frame, title: title, style: theme.accent, titleStyle: theme.title, glyphs: appearance.glyphs)
    canvas.draw(in: inside.inset(left: 1, right: 1), content)
    return frame
  }
}
