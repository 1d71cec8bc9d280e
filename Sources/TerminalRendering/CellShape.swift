/// The shape of a character that is drawn without a font: blocks, shades, braille and box lines.
struct CellShape {
  enum Kind: Equatable {
    /// Nothing to draw.
    case empty
    /// A character of a font.
    case text
    /// Filled areas; shades are translucent.
    case fill(opacity: Double)
    case stroke
    case dashes
    case dots
  }

  let kind: Kind
  private let scalar: UInt32

  init(_ character: Character) {
    let scalars = character.unicodeScalars
    scalar = scalars.count == 1 ? scalars.first.map(\.value) ?? 0x20 : 0
    kind =
      switch scalar {
      case 0x20, 0x2800: .empty
      case 0x2801...0x28FF: .dots
      case 0x2591: .fill(opacity: 0.25)
      case 0x2592: .fill(opacity: 0.5)
      case 0x2593: .fill(opacity: 0.78)
      case 0x2580...0x2590: .fill(opacity: 1)
      case 0x2504, 0x2506: .dashes
      case _ where Self.arms[scalar] != nil: .stroke
      default: .text
      }
  }

  /// SVG path data of the shape in a cell; empty for text.
  func path(x: Double, y: Double, width: Double, height: Double) -> String {
    switch kind {
    case .empty, .text: return ""
    case .fill:
      let area = area
      return Self.rectangle(
        x + area.left * width, y + area.top * height, area.width * width, area.height * height)
    case .dots: return dots(x: x, y: y, width: width, height: height)
    case .dashes:
      let number = SVGPicture.number
      return scalar == 0x2504
        ? "M\(number(x)) \(number(y + height / 2))h\(number(width))"
        : "M\(number(x + width / 2)) \(number(y))v\(number(height))"
    case .stroke: return lines(x: x, y: y, width: width, height: height)
    }
  }

  /// A rectangle in fractions of the cell.
  private var area: (left: Double, top: Double, width: Double, height: Double) {
    switch scalar {
    case 0x2580: return (0, 0, 1, 0.5)
    case 0x2581...0x2588:
      let height = Double(scalar - 0x2580) / 8
      return (0, 1 - height, 1, height)
    case 0x2589...0x258F: return (0, 0, Double(0x2590 - scalar) / 8, 1)
    case 0x2590: return (0.5, 0, 0.5, 1)
    default: return (0, 0, 1, 1)
    }
  }

  private static func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
    let number = SVGPicture.number
    return "M\(number(x)) \(number(y))h\(number(width))v\(number(height))h\(number(-width))z"
  }

  /// The dots of a braille character (Unicode chapter 21.1), spaced evenly across cells.
  private func dots(x: Double, y: Double, width: Double, height: Double) -> String {
    let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    let radius = 1.55
    let number = SVGPicture.number
    var path = ""
    for row in 0..<4 {
      for column in 0..<2 where (scalar - 0x2800) & bits[row][column] != 0 {
        let left = x + (Double(column) + 0.5) * width / 2 - radius
        let middle = y + (Double(row) + 0.5) * height / 4
        let arc = "a\(number(radius)) \(number(radius)) 0 1 "
        path += "M\(number(left)) \(number(middle))"
        path += "\(arc)0 \(number(radius * 2)) 0\(arc)0 \(number(-radius * 2)) 0z"
      }
    }
    return path
  }

  private struct Arms: OptionSet {
    let rawValue: UInt8
    static let left = Arms(rawValue: 1)
    static let right = Arms(rawValue: 2)
    static let up = Arms(rawValue: 4)
    static let down = Arms(rawValue: 8)
    static let rounded = Arms(rawValue: 16)
  }

  /// The directions of box-drawing lines from the middle of the cell.
  private static let arms: [UInt32: Arms] = [
    0x2500: [.left, .right], 0x2502: [.up, .down],
    0x250C: [.right, .down], 0x2510: [.left, .down], 0x2514: [.right, .up], 0x2518: [.left, .up],
    0x251C: [.up, .down, .right], 0x2524: [.up, .down, .left],
    0x252C: [.left, .right, .down], 0x2534: [.left, .right, .up], 0x253C: [.left, .right, .up, .down],
    0x256D: [.right, .down, .rounded], 0x256E: [.left, .down, .rounded],
    0x256F: [.left, .up, .rounded], 0x2570: [.right, .up, .rounded],
  ]

  private func lines(x: Double, y: Double, width: Double, height: Double) -> String {
    guard let arms = Self.arms[scalar] else { return "" }
    let number = SVGPicture.number
    let middle = (x: x + width / 2, y: y + height / 2)
    let sideways = arms.contains(.left) ? x : x + width
    let vertical = arms.contains(.up) ? y : y + height
    if arms.contains(.rounded) {
      return "M\(number(sideways)) \(number(middle.y))Q\(number(middle.x)) \(number(middle.y))"
        + " \(number(middle.x)) \(number(vertical))"
    }
    var path = ""
    for (arm, end) in [
      (Arms.left, (x, middle.y)), (.right, (x + width, middle.y)),
      (.up, (middle.x, y)), (.down, (middle.x, y + height)),
    ] where arms.contains(arm) {
      path += "M\(number(middle.x)) \(number(middle.y))L\(number(end.0)) \(number(end.1))"
    }
    return path
  }
}
