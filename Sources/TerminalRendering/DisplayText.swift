/// Text as a terminal shows it: which characters are safe to send, and how many cells each one takes.
///
/// All text that reaches a ``Canvas`` goes through ``forEachCluster(of:_:)``. Escape sequences, newlines and
/// bidirectional overrides in a file name or a label can therefore not touch the terminal.
public enum DisplayText {
  /// How text that is too long is cut, or short text placed.
  public enum Alignment: Hashable, Sendable { case leading, center, trailing }

  /// Longer than any terminal is wide. Of a longer text nothing beyond is looked at: a name may have megabytes, and is
  /// drawn many times a second.
  static let longestShown = 4096

  /// The beginning of a text, or its end, as far as any terminal could show it.
  ///
  /// - Parameter count: in scalars.
  static func bounded(_ text: String, to count: Int = longestShown, atEnd: Bool = false) -> String {
    guard text.utf8.count > count else { return text }
    let scalars = text.unicodeScalars
    return atEnd ? String(scalars.suffix(count)) : String(scalars.prefix(count))
  }

  /// The cells that a text takes; of one longer than any terminal is wide, the cells that its beginning takes.
  public static func width(_ text: String) -> Int {
    var width = 0
    forEachCluster(of: bounded(text)) { _, cells in
      width += cells
      return true
    }
    return width
  }

  /// The text as it will be drawn: no control or format characters, one cluster per drawn character.
  public static func sanitized(_ text: String) -> String {
    var result = ""
    forEachCluster(of: text) { cluster, _ in
      result.append(cluster)
      return true
    }
    return result
  }

  /// One line of text for a terminal, outside a canvas: as it is, but for what could act on the terminal or forge
  /// another line. Control characters and line breaks become their pictures (␛, ␊), C1 and bidirectional controls and
  /// bytes that are not text U+FFFD.
  public static func visible(_ line: String) -> String {
    guard line.unicodeScalars.contains(where: { CharacterWidth.picture(of: $0) != nil }) else { return line }
    var scalars = String.UnicodeScalarView()
    for scalar in line.unicodeScalars { scalars.append(CharacterWidth.picture(of: scalar) ?? scalar) }
    return String(scalars)
  }

  /// The text cut to at most `width` cells. Where something is cut off, `ellipsis` ends it.
  public static func truncated(_ text: String, to width: Int, ellipsis: String = "") -> String {
    guard width > 0 else { return "" }
    let text = bounded(text)
    if self.width(text) <= width { return sanitized(text) }
    let mark = self.width(ellipsis) <= width ? ellipsis : ""
    let room = width - self.width(mark)
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

  /// The text cut to at most `width` cells at its front, for paths: the end of one says most. Where something is
  /// cut off, `ellipsis` begins it.
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

  /// The text cut or padded with spaces to exactly `width` cells.
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

  /// Visits what a terminal will show of `text`, each with its width of 1 or 2 cells, until `body` says
  /// false. A cluster is one spacing character with the marks that combine onto it.
  ///
  /// Control characters become their pictures (␛, ␊), spaces of every width a plain one, bidirectional
  /// controls and other invisible characters vanish. An emoji sequence is shown as its first emoji, since
  /// terminals do not agree on how wide the joined ones are.
  static func forEachCluster(of text: String, _ body: (_ cluster: Character, _ width: Int) -> Bool) {
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
