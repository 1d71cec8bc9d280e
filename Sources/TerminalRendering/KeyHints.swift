/// One line of key hints: `+/− λ   o proposed 3.2e-02   ? help`. Hints that do not fit are dropped from the
/// end. A kept hint stays as long as it fits.
public struct KeyHints: Hashable, Sendable {
  public struct Hint: Hashable, Sendable {
    public var key: String
    public var label: String
    /// Whether the hint stays when others are dropped, such as help.
    public var isKept: Bool

    public init(_ key: String, _ label: String, isKept: Bool = false) {
      self.key = key
      self.label = label
      self.isKept = isKept
    }

    fileprivate var width: Int {
      DisplayText.width(key) + (label.isEmpty ? 0 : 1 + DisplayText.width(label))
    }
  }

  public var hints: [Hint]
  public var spacing: Int

  public init(_ hints: [Hint], spacing: Int = 3) {
    self.hints = hints
    self.spacing = max(1, spacing)
  }

  /// The hints that fit, in order.
  public func fitting(width: Int) -> [Hint] { placesFitting(width: width).map { hints[$0] } }

  /// The hint at a column of the line, and the column inside it.
  public func hint(atColumn column: Int, width: Int) -> (place: Int, column: Int)? {
    var x = 0
    for place in placesFitting(width: width) {
      if (x..<x + hints[place].width).contains(column) { return (place, column - x) }
      x += hints[place].width + spacing
    }
    return nil
  }

  private func placesFitting(width: Int) -> [Int] {
    var chosen = Set<Int>()
    var used = -spacing
    for kept in [true, false] {
      for (index, hint) in hints.enumerated() where hint.isKept == kept {
        guard used + spacing + hint.width <= width else { break }
        used += spacing + hint.width
        chosen.insert(index)
      }
    }
    return hints.indices.filter(chosen.contains)
  }

  /// Draws the hints in the first row of `rect`.
  ///
  /// - Returns: The number of cells drawn.
  @discardableResult
  public func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) -> Int {
    let fitting = fitting(width: rect.width)
    return canvas.draw(in: rect.row(0)) { canvas in
      var x = 0
      for (index, hint) in fitting.enumerated() {
        if index > 0 { x += spacing }
        x += canvas.write(hint.key, at: Point(x: x, y: 0), style: appearance.theme.key)
        if hint.label.isEmpty { continue }
        x += 1
        x += canvas.write(hint.label, at: Point(x: x, y: 0), style: appearance.theme.keyLabel)
      }
      return x
    }
  }
}
