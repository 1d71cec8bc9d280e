/// The characters for drawing, in Unicode or in ASCII.
public struct Glyphs: Hashable, Sendable {
  public var isUnicode: Bool

  // Lines and boxes
  public var horizontal: Character
  public var vertical: Character
  public var topLeft: Character
  public var topRight: Character
  public var bottomLeft: Character
  public var bottomRight: Character
  public var teeLeft: Character
  public var teeRight: Character
  public var teeUp: Character
  public var teeDown: Character
  public var cross: Character
  /// For marker lines, which must not look like data.
  public var dashedHorizontal: Character
  public var dashedVertical: Character

  // Signs
  public var arrowUp: String
  public var arrowDown: String
  public var arrowLeft: String
  public var arrowRight: String
  public var enter: String
  public var shift: String
  public var sortAscending: String
  public var sortDescending: String
  public var bullet: String
  public var separator: String
  /// The mark of a marked row.
  public var mark: String
  /// The mark of the row or column of a cursor.
  public var cursor: String
  public var cursorDown: String
  public var check: String
  public var warning: String
  public var failure: String
  public var undo: String
  public var ellipsis: String
  public var minus: String
  public var times: String
  public var plusMinus: String
  public var infinity: String
  /// λ, or in ASCII `reg`.
  public var lambda: String
  public var superscriptTwo: String
  public var atLeast: String
  public var atMost: String
  public var approximately: String
  public var openQuote: String
  public var closeQuote: String

  // Fills
  public var gaugeFilled: Character
  public var gaugeEmpty: Character
  public var scrollThumb: Character
  public var scrollTrack: Character
  /// From empty to full, upwards: nine in Unicode.
  public var verticalSteps: [Character]
  /// From empty to full, rightwards.
  public var horizontalSteps: [Character]
  /// From light to dark on a light background: shades of one cell.
  public var shades: [Character]
  /// The marks of the series of a chart, in order, for charts without braille dots.
  public var seriesMarks: [Character]

  public static let unicode = Glyphs(
    isUnicode: true, horizontal: "─", vertical: "│", topLeft: "╭", topRight: "╮", bottomLeft: "╰",
    bottomRight: "╯", teeLeft: "├", teeRight: "┤", teeUp: "┴", teeDown: "┬", cross: "┼",
    dashedHorizontal: "┄", dashedVertical: "┆", arrowUp: "↑", arrowDown: "↓", arrowLeft: "←",
    arrowRight: "→", enter: "⏎", shift: "⇧", sortAscending: "▴", sortDescending: "▾", bullet: "•",
    separator: "·", mark: "●", cursor: "▸", cursorDown: "▾", check: "✓", warning: "▲", failure: "✗",
    undo: "↺", ellipsis: "…", minus: "−", times: "×", plusMinus: "±", infinity: "∞", lambda: "λ",
    superscriptTwo: "²", atLeast: "≥", atMost: "≤", approximately: "≈", openQuote: "“", closeQuote: "”",
    gaugeFilled: "▓",
    gaugeEmpty: "░", scrollThumb: "▐", scrollTrack: " ",
    verticalSteps: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    horizontalSteps: [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    shades: [" ", "░", "▒", "▓", "█"], seriesMarks: ["●", "◆", "■", "▲"])

  public static let ascii = Glyphs(
    isUnicode: false, horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+",
    bottomRight: "+", teeLeft: "+", teeRight: "+", teeUp: "+", teeDown: "+", cross: "+",
    dashedHorizontal: "-", dashedVertical: ":", arrowUp: "Up", arrowDown: "Down", arrowLeft: "Left",
    arrowRight: "Right", enter: "Enter", shift: "S-", sortAscending: "^", sortDescending: "v",
    bullet: "*", separator: "-", mark: "*", cursor: ">", cursorDown: "v", check: "ok", warning: "!",
    failure: "x", undo: "undo", ellipsis: "~", minus: "-", times: "x", plusMinus: "+/-",
    infinity: "inf", lambda: "reg", superscriptTwo: "^2", atLeast: ">=", atMost: "<=", approximately: "~=",
    openQuote: "\"",
    closeQuote: "\"", gaugeFilled: "#", gaugeEmpty: ".", scrollThumb: "#", scrollTrack: "|",
    verticalSteps: [" ", ".", ":", "|"], horizontalSteps: [" ", "="],
    shades: [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"], seriesMarks: ["*", "+", "o", "x"])
}
