/// A picture that the terminal draws at full resolution over cells that stand for its parts: Unicode placeholders of
/// kitty's graphics protocol, which kitty and Ghostty draw.
///
/// The cells are ordinary characters, so what covers or clears them covers and clears the picture. Each has the
/// character U+10EEEE with combining characters that number its row and column. Its foreground color, with a third
/// combining character, is the number of the picture, which the front end gives when it sends the picture.
///
/// - SeeAlso: [Unicode placeholders](https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders)
public struct PlacedImage: Hashable, Sendable {
  public let image: ImageView
  /// The cells in the whole canvas.
  public let rect: Rect

  static let placeholder: Unicode.Scalar = "\u{10EEEE}"

  /// The largest number that a combining character stands for, plus one.
  public static let numberCount = numbers.count

  /// The combining characters of class 230 in Unicode 6.0 that have no decomposition and are part of none, in order: the
  /// first stands for 0. These are the first half of those of the protocol.
  private static let numbers: [Unicode.Scalar] = {
    let ranges: [ClosedRange<UInt32>] = [
      0x305...0x305, 0x30D...0x30E, 0x310...0x310, 0x312...0x312, 0x33D...0x33F, 0x346...0x346, 0x34A...0x34C,
      0x350...0x352, 0x357...0x357, 0x35B...0x35B, 0x363...0x36F, 0x483...0x487, 0x592...0x595, 0x597...0x599,
      0x59C...0x5A1, 0x5A8...0x5A9, 0x5AB...0x5AC, 0x5AF...0x5AF, 0x5C4...0x5C4, 0x610...0x617, 0x657...0x65B,
      0x65D...0x65E, 0x6D6...0x6DC, 0x6DF...0x6E2, 0x6E4...0x6E4, 0x6E7...0x6E8, 0x6EB...0x6EC, 0x730...0x730,
      0x732...0x733, 0x735...0x736, 0x73A...0x73A, 0x73D...0x73D, 0x73F...0x741, 0x743...0x743, 0x745...0x745,
      0x747...0x747, 0x749...0x74A, 0x7EB...0x7F1, 0x7F3...0x7F3, 0x816...0x819, 0x81B...0x823, 0x825...0x827,
      0x829...0x82D, 0x951...0x951, 0x953...0x954, 0xF82...0xF83, 0xF86...0xF87, 0x135D...0x135F,
      0x17DD...0x17DD,
      0x193A...0x193A, 0x1A17...0x1A17, 0x1A75...0x1A7C,
    ]
    return ranges.joined().compactMap(Unicode.Scalar.init)
  }()

  /// The character of a part.
  fileprivate static func character(_ numbers: [Int]) -> Character {
    var text = String.UnicodeScalarView([placeholder])
    text.append(contentsOf: numbers.map { Self.numbers[$0] })
    return Character(String(text))
  }
}

extension Canvas {
  /// Draws placeholders of a picture. Returns `false` without drawing if they are not wholly visible or too many.
  mutating func place(_ image: ImageView, in rect: Rect) -> Bool {
    guard allowsUnicode, !rect.size.isEmpty, let place = visiblePlace(of: rect),
      max(rect.width, rect.height) <= PlacedImage.numberCount
    else { return false }
    for row in 0..<rect.height {
      for column in 0..<rect.width {
        put(
          PlacedImage.character([row, column]), width: 1, style: .plain, x: rect.x + column, y: rect.y + row)
      }
    }
    images.append(PlacedImage(image: image, rect: place))
    return true
  }

  /// Gives a picture its number: the low bits as the color of its placeholders, the high byte as a combining character.
  /// Leaves cells alone that something else was drawn on.
  ///
  /// - Parameter highByte: Less than ``PlacedImage/numberCount``.
  public mutating func number(_ image: PlacedImage, color: Color, highByte: Int) {
    for row in 0..<image.rect.height {
      for column in 0..<image.rect.width {
        let (x, y) = (image.rect.x + column, image.rect.y + row)
        guard self[x, y].text == PlacedImage.character([row, column]) else { continue }
        put(
          PlacedImage.character([row, column, highByte]), width: 1, style: Style(foreground: color), x: x,
          y: y)
      }
    }
  }
}
