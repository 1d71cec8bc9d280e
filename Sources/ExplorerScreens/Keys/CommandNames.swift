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
      .character("N"): "previous-match", .character("\\"): "filter", .character("K"): "columns",
    ],
    .classes: [
      .character("v"): "class-plot", .character("H"): "cure-class", .character(" "): "mark-class",
      .character("c"): "compare-classes", .character("t"): "atypical-samples", .character("z"): "zoom-mean",
      .character("Z"): "zoom-mean-out", .left: "mean-left", .right: "mean-right",
      .shiftLeft: "mean-left-much", .shiftRight: "mean-right-much",
    ],
    .scores: [
      .left: "threshold-down", .right: "threshold-up", .shiftLeft: "threshold-down-much",
      .shiftRight: "threshold-up-much", .character("0"): "reset-threshold", .character("L"): "log-counts",
      .character("x"): "score-range", .character("s"): "next-set", .character("S"): "previous-set",
      .character("p"): "precision-recall", .character("E"): "export-scores",
      .character("T"): "enter-threshold", .enter: "list-at-threshold", .character("d"): "counts",
      .character("v"): "scatter", .character("V"): "scatter-score",
    ],
    .outliers: [
      .character(" "): "mark", .character("*"): "mark-ten", .character("M"): "clear-marks",
      .character("t"): "next-subset", .character("T"): "previous-subset", .character("X"): "list-missed",
      .character("Z"): "list-rejected", .character("z"): "list-near-threshold",
      .character("E"): "list-label-errors", .character("D"): "list-near-duplicates",
      .character("W"): "list-marked", .character("#"): "tag", .character("F"): "count-values",
      .character("f"): "follow-neighbor", .character("c"): "next-class", .character("C"): "previous-class",
      .character("J"): "go-to-class", .character("v"): "pictures", .character("x"): "picture-size",
      .left: "picture-left", .right: "picture-right",
    ],
    .tuning: [
      .character("P"): "unpin", .character("c"): "class-optima", .character("d"): "pinned-histograms",
      .character("n"): "next-pin", .character("z"): "zoom-path", .character("Z"): "zoom-path-out",
      .character("0"): "whole-path", .pageDown: "optima-page-down", .pageUp: "optima-page-up",
      .character("g"): "first-optimum", .character("G"): "last-optimum",
      .character("p"): "pin", .left: "path-left", .right: "path-right", .up: "map-up", .down: "map-down",
      .enter: "take-from-map", .character("v"): "map-figure", .shiftLeft: "path-left-decade",
      .shiftRight: "path-right-decade",
    ],
    .distances: [
      .left: "column-left", .right: "column-right", .shiftLeft: "ten-columns-left",
      .shiftRight: "ten-columns-right", .enter: "open-pair", .character("v"): "plane",
      .character(" "): "mark-in-plane", .character("c"): "plane-classes",
      .character("C"): "previous-plane-classes", .character("s"): "plane-samples",
      .character("z"): "zoom-plane", .character("Z"): "zoom-plane-out", .character("0"): "whole-plane",
    ],
    .compare: [
      .enter: "take-row", .left: "sets-left", .right: "sets-right", .shiftLeft: "sets-page-left",
      .shiftRight: "sets-page-right", .character("v"): "next-metric", .character("V"): "previous-metric",
      .character("<"): "compare-sort-left", .character(">"): "compare-sort-right",
      .character("I"): "compare-invert-sort", .character("/"): "find-set", .character("n"): "next-set-match",
      .character("N"): "previous-set-match",
    ],
    .program: [
      .character("y"): "copy", .character("Y"): "copy-row", .control("s"): "export",
      .character(":"): "palette", .character("?"): "help",
      .escape: "back", .character("q"): "back-or-quit", .character("Q"): "quit", .control("c"): "cancel",
      .control("r"): "reload", .control("o"): "open-files", .control("l"): "redraw",
      .control("z"): "suspend", .enter: "choose-arrays",
    ],
  ]
}
