/// A framed box in the middle of a canvas, which is dimmed around it.
public struct Overlay: Hashable, Sendable {
  public var title: String
  /// The preferred size inside the frame. A smaller canvas reduces it.
  public var contentSize: Size
  public var dimsBackground: Bool

  public init(title: String, contentSize: Size, dimsBackground: Bool = true) {
    self.title = title
    self.contentSize = contentSize
    self.dimsBackground = dimsBackground
  }

  /// The rectangle of the box, including its frame, on a canvas of this size.
  public func frame(in size: Size) -> Rect {
    Rect(size: size).centered(Size(width: contentSize.width + 4, height: contentSize.height + 2))
  }

  /// Draws the box and calls `content` with the canvas inside the frame.
  ///
  /// - Returns: The rectangle of the box, including its frame, for clicks.
  @discardableResult
  public func draw(
    on canvas: inout Canvas, appearance: Appearance, content: (inout Canvas) -> Void
  ) -> Rect {
    let theme = appearance.theme
    if dimsBackground {
      canvas.restyle(canvas.bounds) { dimmed($0, theme) }
    }
    let frame = frame(in: canvas.size)
    canvas.fill(frame)
    let inside = canvas.box(
      frame, title: title, style: theme.accent, titleStyle: theme.title, glyphs: appearance.glyphs)
    canvas.draw(in: inside.inset(left: 1, right: 1), content)
    return frame
  }

  /// Mutes plain text, and fades all colors equally, because they can be part of a picture.
  private func dimmed(_ style: Style, _ theme: Theme) -> Style {
    if style.foreground == .terminalDefault, style.background == .terminalDefault {
      var muted = theme.muted
      muted.attributes.formUnion(style.attributes.intersection(.reverse))
      return muted
    }
    let foreground = style.foreground.faded(into: theme)
    let background = style.background.faded(into: theme)
    let isKnown = foreground != style.foreground || background != style.background
    return Style(
      foreground: foreground, background: background,
      attributes: style.attributes.intersection(.reverse).union(isKnown ? [] : .dim))
  }
}

extension Color {
  /// The color halfway to the background of a theme, if it is known.
  fileprivate func faded(into theme: Theme) -> Color {
    let color: RGB
    switch self {
    case .indexed(let index) where index >= 16: color = XtermPalette.rgb(index)
    case .rgb(let red, let green, let blue): color = RGB(red, green, blue)
    default: return self
    }
    let faded = RGB.mix(color, theme.background == .dark ? RGB(0, 0, 0) : RGB(255, 255, 255), 0.5)
    return Color.rgb(faded.red, faded.green, faded.blue).reduced(to: theme.colorDepth)
  }
}
