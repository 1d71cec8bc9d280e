import Foundation
import TerminalRendering

/// A terminal recording in asciicast v2 (docs.asciinema.org/manual/asciicast/v2): one frame after each key, with the
/// key and what it does in a line below the screen.
struct ScreenRecording {
  private let size: Size
  private let depth: ColorDepth
  private var events: [String] = []
  private var shown: [String] = []
  private var seconds = 0.0

  /// How long a frame stays.
  private static let pause = 1.6
  /// Several equal keys in a row, such as steps of λ, follow one another more quickly.
  private static let shortPause = 0.35
  private var lastKey: KeyPress?

  init(size: Size, depth: ColorDepth) {
    self.size = size
    self.depth = depth
  }

  /// Adds what is seen after a key, or at the beginning.
  mutating func add(_ canvas: Canvas, after key: KeyPress? = nil, doing help: String? = nil) throws {
    if let key {
      let isRepeated = key == lastKey
      seconds += isRepeated ? Self.shortPause : Self.pause
      try addEvent("m", "\(key)" + (help.map { ": " + $0 } ?? ""))
    }
    lastKey = key
    var caption = Canvas(size: Size(width: size.width, height: 1))
    if let key {
      let used = caption.write(" \(key) ", at: .zero, style: Style(attributes: .reverse))
      caption.write(help ?? "", at: Point(x: used + 1, y: 0), maxWidth: size.width - used - 1)
    }
    let rows = (canvas.ansi(depth: depth) + "\n" + caption.ansi(depth: depth))
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    // Only rows that change are written, as the explorer itself does.
    var output = shown.isEmpty ? "\u{1B}[?25l\u{1B}[2J" : ""
    for (index, row) in rows.enumerated() where shown.isEmpty || shown[index] != row {
      output += "\u{1B}[\(index + 1);1H\(row)\u{1B}[0m\u{1B}[K"
    }
    shown = rows
    try addEvent("o", output)
  }

  private mutating func addEvent(_ kind: String, _ text: String) throws {
    let time = NumberFormat().fixed(seconds, places: 2)
    events.append("[\(time), \"\(kind)\", \(try Self.json(text))]")
  }

  /// The whole recording: a header and one event a line.
  func text(title: String) throws -> String {
    let header =
      #"{"version": 2, "width": \#(size.width), "height": \#(size.height + 1), "title": \#(try Self.json(title))}"#
    // The last frame stays as long as the others.
    let end = NumberFormat().fixed(seconds + Self.pause, places: 2)
    return ([header] + events + [#"[\#(end), "o", ""]"#]).joined(separator: "\n") + "\n"
  }

  private static func json(_ text: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(text), as: UTF8.self)
  }
}
