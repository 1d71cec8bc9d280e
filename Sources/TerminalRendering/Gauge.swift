/// A progress gauge: `spectra ▓▓▓▓▓▓░░ 27/36`.
public struct Gauge: Hashable, Sendable {
  public var label: String
  public var completed: Int
  /// The total, or zero if it is unknown. The bar is then empty.
  public var total: Int
  /// The width of the bar in cells.
  public var barWidth: Int
  /// The text after the bar instead of `27/36`.
  public var valueText: String?

  public init(
    _ label: String, completed: Int, total: Int, barWidth: Int = 8, valueText: String? = nil
  ) {
    self.label = label
    self.completed = completed
    self.total = total
    self.barWidth = barWidth
    self.valueText = valueText
  }

  private func value(_ numbers: NumberFormat) -> String {
    valueText ?? (total > 0 ? "\(numbers.grouped(completed))/\(numbers.grouped(total))" : "")
  }

  /// The ideal width in cells.
  public func width(numbers: NumberFormat) -> Int {
    let value = value(numbers)
    return (label.isEmpty ? 0 : DisplayText.width(label) + 1) + max(0, barWidth)
      + (value.isEmpty ? 0 : DisplayText.width(value) + 1)
  }

  /// Draws the gauge in the first row of `rect`. If it is too wide, the bar shrinks first.
  ///
  /// - Returns: The number of cells drawn.
  @discardableResult
  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) -> Int {
    let value = value(appearance.numbers)
    let excess = max(0, width(numbers: appearance.numbers) - rect.width)
    let bar = max(0, min(barWidth, rect.width) - excess)
    let part = total > 0 ? min(max(0, Double(completed) / Double(total)), 1) : 0
    // The bar is full only at completion.
    let filled = part >= 1 ? bar : min(Int(part * Double(bar)), bar - 1)
    return canvas.draw(in: rect.row(0)) { canvas in
      var x = 0
      if !label.isEmpty { x += canvas.write(label + " ", at: .zero, style: appearance.theme.muted) }
      for cell in 0..<bar {
        let isFilled = cell < filled
        canvas[x, 0] = Cell(
          isFilled ? appearance.glyphs.gaugeFilled : appearance.glyphs.gaugeEmpty,
          style: isFilled ? appearance.theme.gaugeFilled : appearance.theme.gaugeEmpty)
        x += 1
      }
      let space = bar > 0 ? " " : ""
      if !value.isEmpty { x += canvas.write(space + value, at: Point(x: x, y: 0)) }
      return x
    }
  }
}
