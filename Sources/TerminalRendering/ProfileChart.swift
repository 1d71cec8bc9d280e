/// One value per dimension, scaled to the width. If dimensions share a dot column, the value farthest from
/// zero is shown.
public struct ProfileChart: Sendable {
  public var values: [Double]
  public var style: Style
  /// The value of the full height; `nil` for the largest magnitude.
  public var scale: Double?
  /// The dimension to highlight, if any.
  public var highlightedIndex: Int?

  public init(
    _ values: [Double], style: Style, scale: Double? = nil, highlightedIndex: Int? = nil
  ) {
    self.values = values
    self.style = style
    self.scale = scale
    self.highlightedIndex = highlightedIndex
  }

  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    guard !rect.isEmpty else { return }
    let largest = values.lazy.filter(\.isFinite).map(\.magnitude).max() ?? 0
    let full = scale.map(\.magnitude) ?? largest
    guard full > 0, full.isFinite else {
      if values.isEmpty { canvas.writeNoData(in: rect, appearance: appearance) }
      return
    }
    canvas.draw(in: rect) { canvas in
      if appearance.capabilities.unicode {
        drawDots(full: full, into: &canvas, appearance: appearance)
      } else {
        drawMarks(full: full, into: &canvas, appearance: appearance)
      }
    }
  }

  private var isSigned: Bool { values.contains { $0 < 0 } }

  /// The buckets of `count` columns: their values and the one farthest from zero.
  private func buckets(_ count: Int) -> [(indices: Range<Int>, value: Double)] {
    (0..<count).map { column in
      let start = column * values.count / count
      let end = max(start + 1, (column + 1) * values.count / count)
      let indices = start..<min(end, values.count)
      let extreme = values[indices].lazy.filter(\.isFinite).max { $0.magnitude < $1.magnitude }
      return (indices, extreme ?? 0)
    }
  }

  private func style(_ indices: Range<Int>, _ appearance: Appearance) -> Style {
    highlightedIndex.map(indices.contains) == true ? appearance.theme.threshold : style
  }

  private func drawDots(full: Double, into canvas: inout Canvas, appearance: Appearance) {
    var dots = DotGrid(size: canvas.size, braille: true)
    let zero = isSigned ? dots.height / 2 : dots.height
    let reach = Double(isSigned ? dots.height / 2 : dots.height)
    let buckets = buckets(dots.width)
    // Few values make wide bars, so a gap separates neighbors.
    let hasGaps = values.count * 3 <= dots.width
    var highlighted: (column: Int, style: Style)?
    for (column, bucket) in buckets.enumerated() where bucket.value != 0 {
      if hasGaps, column + 1 < buckets.count, buckets[column + 1].indices != bucket.indices { continue }
      let length = max(1, Int((min(bucket.value.magnitude / full, 1) * reach).rounded()))
      let style = style(bucket.indices, appearance)
      let rows = bucket.value > 0 ? (zero - length, zero - 1) : (zero, zero + length - 1)
      if style != self.style { highlighted = (column, style) }
      dots.vertical(column, from: rows.0, to: rows.1, style: style, mark: "|")
    }
    dots.draw(into: &canvas, at: .zero)
    if let highlighted {
      canvas.restyle(Rect(x: highlighted.column / 2, y: 0, width: 1, height: canvas.size.height)) { _ in
        highlighted.style
      }
    }
  }

  /// Draws the bars. In a single row, negative values have their own marks; in more rows, they extend below
  /// the middle.
  private func drawMarks(full: Double, into canvas: inout Canvas, appearance: Appearance) {
    let height = canvas.size.height
    let up = appearance.glyphs.verticalSteps
    let isSplit = isSigned && height >= 2
    let zero = isSplit ? height / 2 : height
    for (column, bucket) in buckets(canvas.size.width).enumerated() where bucket.value != 0 {
      let style = style(bucket.indices, appearance)
      let part = min(bucket.value.magnitude / full, 1)
      if bucket.value < 0, isSplit {
        let length = max(1, Int((part * Double(height - zero)).rounded()))
        for row in 0..<length { canvas[column, zero + row] = Cell("|", style: style) }
        continue
      }
      let steps: [Character] = bucket.value < 0 ? [" ", "-", "=", "#"] : up
      let top = steps.count - 1
      let level = max(1, Int((part * Double(zero * top)).rounded()))
      for row in 0..<zero {
        let step = min(max(0, level - row * top), top)
        if step > 0 { canvas[column, zero - 1 - row] = Cell(steps[step], style: style) }
      }
    }
  }
}
