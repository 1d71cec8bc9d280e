/// Text as a terminal displays it: safe characters and their widths in cells.
///
/// All text on a ``Canvas`` passes through ``forEachCluster(of:_:)``. Escape sequences, newlines and
/// bidirectional overrides in a file name or label therefore cannot affect the terminal.
public enum DisplayText {
  /// The position of text in a field.
  public enum Alignment: Hashable, Sendable { case leading, center, trailing }

  /// A length beyond the width of any terminal. The rest of a longer text is not processed, because a name
  /// can have megabytes and is drawn many times per second.
  static let longestShown = 4096

  /// The beginning or end of a text, limited to what a terminal can display.
  ///
  /// - Parameter count: The number of scalars.
  static func bounded(_ text: String, to count: Int = longestShown, atEnd: Bool = false) -> String {
    guard text.utf8.count > count else { return text }
    let scalars = text.unicodeScalars
    return atEnd ? String(scalars.suffix(count)) : String(scalars.prefix(count))
  }

  /// The width of a text in cells. Of a text longer than any terminal is wide, only the beginning counts.
  public static func width(_ text: String) -> Int {
    if isPlain(text) { return min(text.utf8.count, longestShown) }
    var width = 0
    forEachCluster(of: bounded(text)) { _, cells in
      width += cells
      return true
    }
    return width
  }

  /// Whether every byte of a text is a printable character of ASCII, as in most texts. Each is a cluster one cell wide.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 &- 0x20 < 0x5F }
  }

  /// The text as it is drawn: without control or format characters, one cluster per drawn character.
  public static func sanitized(_ text: String) -> String {
    if isPlain(text) { return text }
    var result = ""
    forEachCluster(of: text) { cluster, _ in
      result.append(cluster)
      return true
    }
    return result
  }

  /// Makes one line of text safe to print outside a canvas, so that it cannot control the terminal or fake
  /// another line. Control characters and line breaks become control pictures (␛, ␊). C1 controls,
  /// bidirectional controls and undecodable bytes become U+FFFD.
  public static func visible(_ line: String) -> String {
    guard line.unicodeScalars.contains(where: { CharacterWidth.picture(of: $0) != nil }) else { return line }
    var scalars = String.UnicodeScalarView()
    for scalar in line.unicodeScalars { scalars.append(CharacterWidth.picture(of: scalar) ?? scalar) }
    return String(scalars)
  }

  /// The text truncated to at most `width` cells. A truncated text ends with `ellipsis`.
  public static func truncated(_ text: String, to width: Int, ellipsis: String = "") -> String {
    guard width > 0 else { return "" }
    let text = bounded(text)
    if self.width(text) <= width { return sanitized(text) }
    let mark = self.width(ellipsis) <= width ? ellipsis : ""
    let room = width - self.width(mark)
    if isPlain(text) { return String(text.unicodeScalars.prefix(room)) + mark }
    var used = 0
    var result = ""
    forEachCluster(of: text) { cluster, cells in
      guard used + cells <= room else { return false }
      used += cells
      result.append(cluster)
      return true
    }
    return result + mark
  }

  /// The text truncated at the front to at most `width` cells, for paths, whose end matters most. A truncated
  /// text starts with `ellipsis`.
  public static func truncatedAtFront(_ text: String, to width: Int, ellipsis: String = "") -> String {
    guard width > 0 else { return "" }
    var clusters: [(text: Character, cells: Int)] = []
    forEachCluster(of: bounded(text, atEnd: true)) { cluster, cells in
      clusters.append((cluster, cells))
      return true
    }
    var used = clusters.reduce(0) { $0 + $1.cells }
    if used <= width { return String(clusters.map(\.text)) }
    let mark = self.width(ellipsis) <= width ? ellipsis : ""
    let room = width - self.width(mark)
    let kept = clusters.drop { cluster in
      guard used > room else { return false }
      used -= cluster.cells
      return true
    }
    return mark + String(kept.map(\.text))
  }

  /// The text truncated in the middle to at most `width` cells, so that both ends of a name show.
  public static func truncatedInMiddle(_ text: String, to width: Int, ellipsis: String) -> String {
    guard self.width(text) > width else { return truncated(text, to: width) }
    let room = width - self.width(ellipsis)
    guard room >= 2 else { return truncated(text, to: width, ellipsis: ellipsis) }
    let start = truncated(text, to: (room + 1) / 2)
    return start + ellipsis + truncatedAtFront(text, to: room - self.width(start))
  }

  /// The text truncated or padded with spaces to exactly `width` cells.
  public static func padded(
    _ text: String, to width: Int, alignment: Alignment = .leading, ellipsis: String = ""
  ) -> String {
    let cut = truncated(text, to: width, ellipsis: ellipsis)
    let space = max(0, width - self.width(cut))
    let before =
      switch alignment {
      case .leading: 0
      case .center: space / 2
      case .trailing: space
      }
    return String(repeating: " ", count: before) + cut + String(repeating: " ", count: space - before)
  }

  /// Visits the displayed clusters of `text` with their width of 1 or 2 cells, until `body` returns `false`.
  /// A cluster is one spacing character with its combining marks.
  ///
  /// Control characters become control pictures (␛, ␊), and all spaces become plain spaces. Bidirectional
  /// controls and other invisible characters are removed. An emoji sequence becomes its first emoji, because
  /// terminals disagree about the width of joined emoji.
  static func forEachCluster(of text: String, _ body: (_ cluster: Character, _ width: Int) -> Bool) {
    if isPlain(text) {
      for byte in text.utf8 {
        guard body(Character(Unicode.Scalar(byte)), 1) else { return }
      }
      return
    }
    for character in text {
      if let ascii = character.asciiValue, ascii >= 0x20, ascii < 0x7F {
        guard body(character, 1) else { return }
      } else {
        for cluster in clusters(of: character) {
          guard body(cluster.character, cluster.width) else { return }
        }
      }
    }
  }

  private static func clusters(of character: Character) -> [(character: Character, width: Int)] {
    var clusters: [(scalars: String.UnicodeScalarView, width: Int)] = []
    var joined = false
    for scalar in character.unicodeScalars {
      switch CharacterWidth.role(of: scalar) {
      case .invisible:
        if scalar.value == 0x200D, clusters.last?.width == 2 { joined = true }
      case .replaced(let replacement):
        clusters.append((String.UnicodeScalarView([replacement]), 1))
      case .combining:
        if clusters.isEmpty { clusters.append((String.UnicodeScalarView(["\u{25CC}"]), 1)) }
        let last = clusters.count - 1
        // ncurses stores one spacing character and at most four marks in a cell.
        if clusters[last].scalars.count < 5 { clusters[last].scalars.append(scalar) }
      case .spacing(let width):
        if joined || (scalar.properties.isEmojiModifier && !clusters.isEmpty) { continue }
        clusters.append((String.UnicodeScalarView([scalar]), width))
      }
    }
    return clusters.compactMap { cluster in
      String(cluster.scalars).first.map { ($0, cluster.width) }
    }
  }
}
