import TerminalRendering

extension KeyBinding {
  /// The name of the command in the settings file, which stays the same when its keys change.
  var name: String {
    guard let key = keys.first else { return "" }
    return CommandNames.name(of: key, in: group) ?? "\(group)-\(key)".lowercased()
  }
}

/// The names by which the settings file knows commands, beside the keys that they have by default.
enum CommandNames {
  static func name(of key: KeyPress, in group: KeyBinding.Group) -> String? { names[group]?[key] }

  static let names: [KeyBinding.Group: [KeyPress: String]] = [
    .setting: [
      .character("+"): "increase-ridge", .character("-"): "decrease-ridge",
      .character("}"): "increase-ridge-decade", .character("{"): "decrease-ridge-decade",
      .character("o"): "take-proposal", .character("m"): "next-score", .character("a"): "pool-more",
      .character("A"): "pool-less", .character("b"): "normalize-more", .character("B"): "normalize-less",
      .character("r"): "next-rule", .character("R"): "previous-rule", .character("="): "enter-setting",
      .character("u"): "undo", .character("U"): "redo",
    ],
    .screens: [
      .character("1"): "show-classes", .character("2"): "show-scores", .character("3"): "show-outliers",
      .character("4"): "show-tuning", .character("5"): "show-distances", .character("6"): "show-compare",
      .character("7"): "show-data", .tab: "next-screen", .backTab: "previous-screen",
    ],
    .moving: [
      .down: "down", .up: "up", .pageDown: "page-down", .pageUp: "page-up",
      .control("d"): "half-page-down", .control("u"): "half-page-up", .character("g"): "first-row",
      .character("G"): "last-row",
    ],
    .tables: [
      .enter: "open-row", .character("<"): "sort-left", .character(">"): "sort-right",
      .character("I"): "invert-sort", .character("/"): "find", .character("n"): "next-match",
      .character("N"): "previous-match", .character("\\"): "filter",
    ],
    .classes: [.character("v"): "class-plot"],
    .scores: [
      .left: "threshold-down", .right: "threshold-up", .shiftLeft: "threshold-down-much",
      .shiftRight: "threshold-up-much", .character("0"): "reset-threshold", .character("L"): "log-counts",
      .character("x"): "score-range", .character("s"): "next-set", .character("S"): "previous-set",
      .character("p"): "precision-recall", .character("E"): "export-scores",
    ],
    .outliers: [
      .character(" "): "mark", .character("*"): "mark-ten", .character("M"): "clear-marks",
      .character("t"): "next-subset", .character("T"): "previous-subset", .character("X"): "list-missed",
      .character("Z"): "list-rejected", .character("z"): "list-near-threshold",
      .character("E"): "list-label-errors", .character("D"): "list-near-duplicates",
      .character("W"): "list-marked", .character("#"): "tag", .character("F"): "count-values",
      .character("f"): "follow-neighbor", .character("c"): "next-class", .character("C"): "previous-class",
      .character("J"): "go-to-class",
    ],
    .tuning: [
      .character("p"): "pin", .left: "path-left", .right: "path-right", .up: "map-up", .down: "map-down",
      .enter: "take-from-map", .character("v"): "map-figure", .shiftLeft: "path-left-decade",
      .shiftRight: "path-right-decade",
    ],
    .distances: [
      .left: "column-left", .right: "column-right", .shiftLeft: "ten-columns-left",
      .shiftRight: "ten-columns-right", .enter: "open-pair",
    ],
    .compare: [
      .enter: "take-row", .left: "sets-left", .right: "sets-right", .shiftLeft: "sets-page-left",
      .shiftRight: "sets-page-right", .character("v"): "next-metric", .character("V"): "previous-metric",
      .character("<"): "compare-sort-left", .character(">"): "compare-sort-right",
      .character("I"): "compare-invert-sort", .character("/"): "find-set", .character("n"): "next-set-match",
      .character("N"): "previous-set-match",
    ],
    .program: [
      .character("y"): "copy", .control("s"): "export", .character(":"): "palette", .character("?"): "help",
      .escape: "back", .character("q"): "back-or-quit", .character("Q"): "quit", .control("c"): "cancel",
      .control("r"): "reload", .control("o"): "open-files", .control("l"): "redraw",
      .control("z"): "suspend", .enter: "choose-arrays",
    ],
  ]
}
