/// A position on a canvas, in cells from the top left corner.
public struct Point: Hashable, Sendable {
  public var x: Int
  public var y: Int

  public init(x: Int, y: Int) {
    self.x = clampedCoordinate(x)
    self.y = clampedCoordinate(y)
  }

  public static let zero = Point(x: 0, y: 0)
}

/// Width and height in cells, never negative.
public struct Size: Hashable, Sendable, CustomStringConvertible {
  public let width: Int
  public let height: Int

  /// Negative values become zero.
  public init(width: Int, height: Int) {
    self.width = max(0, clampedCoordinate(width))
    self.height = max(0, clampedCoordinate(height))
  }

  public static let zero = Size(width: 0, height: 0)

  public var isEmpty: Bool { width == 0 || height == 0 }
  public var description: String { "\(width)×\(height)" }
}

/// A rectangle of cells. Width and height are never negative.
public struct Rect: Hashable, Sendable {
  public let x: Int
  public let y: Int
  public let width: Int
  public let height: Int

  /// Negative extents become zero.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = clampedCoordinate(x)
    self.y = clampedCoordinate(y)
    self.width = max(0, clampedCoordinate(width))
    self.height = max(0, clampedCoordinate(height))
  }

  public init(origin: Point = .zero, size: Size) {
    self.init(x: origin.x, y: origin.y, width: size.width, height: size.height)
  }

  public var origin: Point { Point(x: x, y: y) }
  public var size: Size { Size(width: width, height: height) }
  /// One past the last column.
  public var maxX: Int { x + width }
  /// One past the last row.
  public var maxY: Int { y + height }
  public var isEmpty: Bool { width == 0 || height == 0 }

  public func contains(_ point: Point) -> Bool {
    point.x >= x && point.x < maxX && point.y >= y && point.y < maxY
  }

  /// The intersection; empty if the rectangles do not overlap.
  public func intersection(_ other: Rect) -> Rect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return Rect(
      x: left, y: top, width: min(maxX, other.maxX) - left, height: min(maxY, other.maxY) - top)
  }

  /// The rectangle reduced on each side. If nothing is left, the result is empty and inside the rectangle.
  public func inset(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) -> Rect {
    let left = min(max(0, left), width)
    let top = min(max(0, top), height)
    return Rect(
      x: x + left, y: y + top,
      width: width - left - min(max(0, right), width - left),
      height: height - top - min(max(0, bottom), height - top))
  }

  /// The rectangle reduced by the same amount on all four sides.
  public func inset(by amount: Int) -> Rect {
    inset(left: amount, top: amount, right: amount, bottom: amount)
  }

  /// One row of the rectangle, counted from the top; empty if there is no such row.
  public func row(_ index: Int) -> Rect {
    guard index >= 0, index < height else { return Rect(x: x, y: y, width: width, height: 0) }
    return Rect(x: x, y: y + index, width: width, height: 1)
  }

  /// A centered rectangle of at most `size`.
  public func centered(_ size: Size) -> Rect {
    let width = min(size.width, self.width)
    let height = min(size.height, self.height)
    return Rect(
      x: x + (self.width - width) / 2, y: y + (self.height - height) / 2, width: width, height: height)
  }
}

/// The length of one part; see ``Rect/split(columns:spacing:)``.
public enum Extent: Hashable, Sendable {
  /// This number of cells, or what is left.
  case fixed(Int)
  /// This fraction of the whole, from 0 to 1, or what is left.
  case fraction(Double)
  /// An equal share of what the other parts leave.
  case fill
}

extension Rect {
  /// Splits the rectangle into parts from left to right. Parts never overlap and never leave the rectangle.
  /// If room runs out, later fixed and fractional parts shrink first and then become empty.
  public func split(columns: [Extent], spacing: Int = 0) -> [Rect] {
    lengths(columns, of: width, spacing: spacing).map {
      Rect(x: x + $0.start, y: y, width: $0.length, height: height)
    }
  }

  /// Splits the rectangle into parts from top to bottom, like ``split(columns:spacing:)``.
  public func split(rows: [Extent], spacing: Int = 0) -> [Rect] {
    lengths(rows, of: height, spacing: spacing).map {
      Rect(x: x, y: y + $0.start, width: width, height: $0.length)
    }
  }

  private func lengths(
    _ extents: [Extent], of total: Int, spacing: Int
  ) -> [(start: Int, length: Int)] {
    let gap = min(max(0, spacing), total)
    var remaining = max(0, total - gap * max(0, extents.count - 1))
    let whole = remaining
    var lengths = extents.map { extent -> Int in
      let wanted: Int
      switch extent {
      case .fixed(let cells): wanted = max(0, cells)
      case .fraction(let part):
        wanted = part.isFinite ? Int((min(max(0, part), 1) * Double(whole)).rounded()) : 0
      case .fill: return 0
      }
      let given = min(wanted, remaining)
      remaining -= given
      return given
    }
    let fills = extents.indices.filter { extents[$0] == .fill }
    for (order, index) in fills.enumerated() {
      let given = remaining / (fills.count - order)
      lengths[index] = given
      remaining -= given
    }
    var start = 0
    return lengths.map { length in
      let clamped = min(start, total)
      let fitting = min(length, total - clamped)
      start = clamped + fitting + gap
      return (clamped, fitting)
    }
  }
}

/// Limits coordinates so that their sums never overflow.
private func clampedCoordinate(_ value: Int) -> Int { min(max(value, -(1 << 30)), 1 << 30) }
