/// Labelled bars, one per row: label, bar and value. Negative bars extend to the left of a common zero.
public struct BarList: Sendable {
  public struct Item: Hashable, Sendable {
    public var label: String
    public var value: Double
    public var valueText: String
    /// The style of the bar; `nil` for the theme's style of positive or negative values.
    public var style: Style?

    public init(_ label: String, value: Double, valueText: String, style: Style? = nil) {
      self.label = label
      self.value = value
      self.valueText = valueText
      self.style = style
    }
  }

  public var items: [Item]
  /// The value of a full bar; `nil` for the largest magnitude.
  public var scale: Double?
  /// The maximum width of the labels; `nil` for up to a third of the width.
  public var labelWidth: Int?
  /// The index of the highlighted bar, if any.
  public var selectedIndex: Int?

  public init(
    _ items: [Item], scale: Double? = nil, labelWidth: Int? = nil, selectedIndex: Int? = nil
  ) {
    self.items = items
    self.scale = scale
    self.labelWidth = labelWidth
    self.selectedIndex = selectedIndex
  }

  /// Draws as many bars as there are rows.
  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    guard !rect.isEmpty, !items.isEmpty else { return }
    let labels = items.map { DisplayText.width($0.label) }.max() ?? 0
    let values = items.map { DisplayText.width($0.valueText) }.max() ?? 0
    let labelWidth = min(labels, self.labelWidth ?? max(1, rect.width / 3), rect.width)
    let valueWidth = values + 1 + labelWidth + 1 < rect.width ? values : 0
    let bars = Rect(
      x: labelWidth + 1, y: 0,
      width: rect.width - labelWidth - 1 - (valueWidth > 0 ? valueWidth + 1 : 0), height: rect.height)
    let zero = Zero(values: items.map(\.value), scale: scale, width: bars.width)
    canvas.draw(in: rect) { canvas in
      for (row, item) in items.prefix(rect.height).enumerated() {
        let isSelected = row == selectedIndex
        canvas.write(
          item.label, at: Point(x: 0, y: row),
          style: isSelected ? appearance.theme.emphasis : appearance.theme.text, maxWidth: labelWidth,
          ellipsis: appearance.glyphs.ellipsis)
        canvas.draw(in: bars.row(row)) { canvas in
          drawBar(item, zero: zero, into: &canvas, appearance: appearance)
        }
        if valueWidth > 0 {
          canvas.write(
            item.valueText, at: Point(x: bars.maxX + 1, y: row),
            style: isSelected ? appearance.theme.emphasis : appearance.theme.text, maxWidth: valueWidth,
            alignment: .trailing)
        }
      }
    }
  }

  private func drawBar(_ item: Item, zero: Zero, into canvas: inout Canvas, appearance: Appearance) {
    guard item.value.isFinite, item.value != 0 else { return }
    let isNegative = item.value < 0
    let style = item.style ?? (isNegative ? appearance.theme.negativeBar : appearance.theme.positiveBar)
    let room = isNegative ? zero.column : canvas.size.width - zero.column
    let steps = appearance.glyphs.horizontalSteps
    let parts = steps.count - 1
    let length = min(item.value.magnitude * zero.cellsPerUnit, Double(max(0, room))) * Double(parts)
    guard length.isFinite else { return }
    let eighths = max(1, Int(length.rounded()))
    for cell in 0...(eighths / parts) {
      let part = min(parts, eighths - cell * parts)
      guard part > 0 else { break }
      if !isNegative {
        canvas[zero.column + cell, 0] = Cell(steps[part], style: style)
      } else if !appearance.capabilities.unicode {
        canvas[zero.column - 1 - cell, 0] = Cell("-", style: style)
      } else if part == parts {
        canvas[zero.column - 1 - cell, 0] = Cell(steps[parts], style: style)
      } else {
        // Block characters fill from the left. To fill from the right, draw the complement in reverse video.
        canvas[zero.column - 1 - cell, 0] = Cell(steps[parts - part], style: style.adding(.reverse))
      }
    }
  }

  /// The column of zero and the length of a unit.
  private struct Zero {
    var column: Int
    var cellsPerUnit: Double

    init(values: [Double], scale: Double?, width: Int) {
      let finite = values.filter(\.isFinite)
      let limit = scale.map(\.magnitude) ?? .greatestFiniteMagnitude
      let positive = min(limit, max(0, finite.max() ?? 0))
      let negative = min(limit, max(0, -(finite.min() ?? 0)))
      let span: Double
      if let scale, scale.isFinite {
        span = negative > 0 ? positive / 2 + negative / 2 : scale.magnitude / 2
      } else {
        span = positive / 2 + negative / 2
      }
      guard width > 0, span > 0 else {
        column = 0
        cellsPerUnit = 0
        return
      }
      let share = Double(width) * (negative / 2 / span)
      column = negative > 0 ? min(max(1, Int(share.rounded())), max(1, width - 1)) : 0
      // Both sides of zero use whole cells. The side with less room determines the scale.
      let left = negative > 0 ? Double(column) / negative : .infinity
      let right = positive > 0 ? Double(width - column) / positive : .infinity
      let fitting = min(left, right)
      cellsPerUnit = negative > 0 ? fitting : min(fitting, Double(width) / (span * 2))
    }
  }
}
