/// A small picture, scaled to fit with its aspect ratio preserved. Cells are assumed to be twice as high as
/// wide.
public struct ImageView: Hashable, Sendable {
  public var width: Int
  public var height: Int
  /// 1 for gray, 3 for RGB, 4 for RGBA, whose alpha is ignored.
  public var channelCount: Int
  /// The pixels row by row from the top, with interleaved channels. Missing pixels are drawn black.
  public var pixels: [UInt8]

  public init(width: Int, height: Int, channelCount: Int = 1, pixels: [UInt8]) {
    self.width = max(0, width)
    self.height = max(0, height)
    self.channelCount = max(1, channelCount)
    self.pixels = pixels
  }

  /// The size in cells that fits in a space of this size; at least one cell if the space is not empty.
  public func fittedSize(in size: Size) -> Size {
    guard width > 0, height > 0, !size.isEmpty else { return .zero }
    let fit = min(Double(size.width) / Double(width), Double(size.height) * 2 / Double(height))
    // If possible, all pixels have the same size, so that a small picture stays sharp.
    let scale = fit >= 1 ? fit.rounded(.down) : fit
    let columns = min(max(1, Int((Double(width) * scale).rounded())), size.width)
    let rows = min(max(1, Int((Double(height) * scale / 2).rounded(.up))), size.height)
    return Size(width: columns, height: rows)
  }

  /// Draws from the top left corner of `rect`.
  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    let fitted = fittedSize(in: rect.size)
    guard !fitted.isEmpty else { return }
    if appearance.capabilities.drawsImages, canvas.place(self, in: Rect(origin: rect.origin, size: fitted)) {
      return
    }
    let depth = appearance.capabilities.colorDepth
    let usesHalves = appearance.capabilities.unicode && depth >= .indexed256
    // Half cells from top to bottom. The last one can lie below an odd number of pixels.
    let fit = Double(fitted.width) / Double(width)
    let lines = min(fitted.height * 2, max(1, Int((Double(height) * fit).rounded())))
    canvas.draw(in: Rect(origin: rect.origin, size: fitted)) { canvas in
      for row in 0..<fitted.height {
        for column in 0..<fitted.width {
          let upper = average(column, row * 2, of: (fitted.width, lines))
          let lower = row * 2 + 1 < lines ? average(column, row * 2 + 1, of: (fitted.width, lines)) : nil
          if usesHalves {
            let style = Style(
              foreground: color(upper, depth), background: lower.map { color($0, depth) } ?? .terminalDefault)
            canvas[column, row] = Cell("▀", style: style)
          } else {
            let light = lower.map { ($0.luminance + upper.luminance) / 2 } ?? upper.luminance
            let shades = appearance.glyphs.shades
            let shade = Int((light * Double(shades.count - 1)).rounded())
            canvas[column, row] = Cell(shades[min(max(0, shade), shades.count - 1)])
          }
        }
      }
    }
  }

  /// Maps grays to the 24 grays of the terminal and its black and white.
  private func color(_ color: RGB, _ depth: ColorDepth) -> Color {
    if depth == .trueColor { return .rgb(color.red, color.green, color.blue) }
    guard channelCount < 3 else { return .indexed(XtermPalette.nearestIndex(color)) }
    let level = Int((Double(color.red) * 25 / 255).rounded())
    return switch level {
    case ...0: .indexed(16)
    case 25...: .indexed(231)
    default: .indexed(UInt8(231 + level))
    }
  }

  /// The picture in RGB with a size that suits some pixels on the screen: every pixel enlarged by a whole factor, so that
  /// a small picture stays sharp, or the means of parts of a large one.
  public func resampled(toFit pixels: Size) -> (size: Size, rgb: [UInt8]) {
    guard width > 0, height > 0, !pixels.isEmpty else { return (.zero, []) }
    let fit = min(Double(pixels.width) / Double(width), Double(pixels.height) / Double(height))
    let scale = fit >= 1 ? fit.rounded(.down) : fit
    let size = Size(
      width: max(1, Int((Double(width) * scale).rounded())),
      height: max(1, Int((Double(height) * scale).rounded())))
    var rgb: [UInt8] = []
    rgb.reserveCapacity(size.width * size.height * 3)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let color = average(x, y, of: (size.width, size.height))
        rgb += [color.red, color.green, color.blue]
      }
    }
    return (size, rgb)
  }

  /// The mean of the pixels in one part of an equal `grid`.
  private func average(_ x: Int, _ y: Int, of grid: (width: Int, height: Int)) -> RGB {
    let left = min(x * width / grid.width, width - 1)
    let top = min(y * height / grid.height, height - 1)
    let right = min(max(left + 1, (x + 1) * width / grid.width), width)
    let bottom = min(max(top + 1, (y + 1) * height / grid.height), height)
    // Large pictures are sampled: a few hundred pixels are enough for one cell.
    let stepX = max(1, (right - left) / 16)
    let stepY = max(1, (bottom - top) / 16)
    var sums = (0, 0, 0)
    var count = 0
    for row in stride(from: top, to: bottom, by: stepY) {
      for column in stride(from: left, to: right, by: stepX) {
        let color = pixel(column, row)
        sums = (sums.0 + Int(color.red), sums.1 + Int(color.green), sums.2 + Int(color.blue))
        count += 1
      }
    }
    return RGB(UInt8(sums.0 / count), UInt8(sums.1 / count), UInt8(sums.2 / count))
  }

  private func pixel(_ x: Int, _ y: Int) -> RGB {
    let start = (y * width + x) * channelCount
    func channel(_ index: Int) -> UInt8 { start + index < pixels.count ? pixels[start + index] : 0 }
    return channelCount < 3
      ? RGB(channel(0), channel(0), channel(0)) : RGB(channel(0), channel(1), channel(2))
  }
}
