import ExplorerModel
import TerminalRendering

/// The commands of all screens, those that fit the typed words best on top.
struct PaletteOverlay {
  var query: String
  var matches: [PaletteEntry]
  var selectedIndex: Int
  /// The places of the matched letters of a title, by its place among the matches.
  private var places: [[Int]]

  init(query: String, selected: Int, state: ExplorerState) {
    self.query = query
    let typed = ValueCommand.entries(for: query, in: state)
    let found = Self.ranked(PaletteEntry.all(in: state), by: query)
    matches = typed + found.map(\.entry)
    places = typed.map { _ in [] } + found.map(\.places)
    selectedIndex = max(0, min(selected, matches.count - 1))
  }

  /// The command for the front end that an input chooses: Enter, or a click on the selected row.
  static func command(
    for input: TerminalInput, query: String, selected: Int, in state: ExplorerState, size: Size
  ) -> FrontEndCommand? {
    let palette: PaletteOverlay
    switch input {
    case .key(.enter): palette = PaletteOverlay(query: query, selected: selected, state: state)
    case .mouse(let mouse) where [.press, .doubleClick].contains(mouse.kind):
      palette = PaletteOverlay(query: query, selected: selected, state: state)
      guard palette.match(at: mouse.position, in: size) == palette.selectedIndex else { return nil }
    default: return nil
    }
    guard case .frontEnd(let command)? = palette.chosen?.outcome else { return nil }
    return command
  }

  var chosen: PaletteEntry? { matches.indices.contains(selectedIndex) ? matches[selectedIndex] : nil }

  /// The entries that all words of a query fit, best first; all in their order for an empty query.
  static func ranked(
    _ entries: [PaletteEntry], by query: String
  ) -> [(entry: PaletteEntry, places: [Int])] {
    // A word of signs alone, such as %, says nothing.
    let words = query.split(separator: " ").filter { $0.contains { $0.isLetter || $0.isNumber } }
    guard !words.isEmpty else { return entries.map { ($0, []) } }
    var found: [(entry: PaletteEntry, places: [Int], score: Int)] = []
    for entry in entries {
      let title = FuzzyMatch.Text(entry.title)
      let others = FuzzyMatch.Text("\(entry.words) \(PaletteSynonyms.words(for: entry.title))")
      var (score, places) = (entry.screen == nil ? 3 : 0, [Int]())
      var fits = true
      for word in words {
        let inTitle = FuzzyMatch(word, in: title)
        // A word that people use counts almost as much as one of the title.
        let inOthers = FuzzyMatch(word, in: others).map { $0.score - 4 }
        guard let best = [inTitle?.score, inOthers].compactMap(\.self).max() else {
          fits = false
          break
        }
        score += best
        if let inTitle, inTitle.score == best { places += inTitle.places }
      }
      // What is meant is mostly said first.
      if places.contains(0) { score += 6 }
      if fits { found.append((entry, places, score)) }
    }
    // Stable, so that equal entries keep their order.
    return found.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
      .map { ($0.element.entry, $0.element.places) }
  }

  // MARK: Drawing

  /// The box, and the rows of the list inside the terminal with the first one that is shown.
  private func layout(in size: Size) -> (box: TerminalRendering.Overlay, list: Rect, first: Int) {
    let content = Size(width: min(max(68, size.width * 3 / 5), 96), height: min(size.height - 4, 20))
    let box = TerminalRendering.Overlay(title: "Commands", contentSize: content)
    let list = box.frame(in: size).inset(left: 2, top: 3, right: 2, bottom: 1)
    // A long list scrolls to keep the selection in the middle.
    return (box, list, max(0, min(selectedIndex - list.height / 2, matches.count - list.height)))
  }

  /// The place among the matches of a row of the terminal.
  func match(at point: Point, in size: Size) -> Int? {
    let (_, list, first) = layout(in: size)
    guard list.contains(point) else { return nil }
    let place = first + point.y - list.y
    return matches.indices.contains(place) ? place : nil
  }

  func draw(on canvas: inout Canvas, appearance: Appearance) {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let (box, _, first) = layout(in: canvas.size)
    box.draw(on: &canvas, appearance: appearance) { canvas in
      let used = canvas.write(": ", at: .zero, style: theme.key)
      let count = query.isEmpty ? "" : "\(matches.count)"
      let field = canvas.bounds.row(0).inset(left: used, right: count.count + 1)
      drawInput(query, on: &canvas, rect: field, appearance: appearance)
      canvas.write(count, at: .zero, style: theme.muted, maxWidth: canvas.size.width, alignment: .trailing)
      let list = canvas.bounds.inset(top: 2)
      if matches.isEmpty {
        canvas.write("No command matches. Bksp deletes, Esc closes.", at: list.origin, style: theme.muted)
      }
      for (row, entry) in matches.dropFirst(first).prefix(list.height).enumerated() {
        let line = list.row(row)
        draw(entry, places[first + row], on: &canvas, line: line, appearance: appearance)
        guard first + row == selectedIndex else { continue }
        canvas.restyle(line) { _ in theme.selection }
        canvas.write(glyphs.cursor, at: line.origin, style: theme.selection)
      }
    }
  }

  private func draw(
    _ entry: PaletteEntry, _ places: [Int], on canvas: inout Canvas, line: Rect, appearance: Appearance
  ) {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let keys = entry.keys.map { $0.name(glyphs: glyphs) }.joined(separator: " ")
    let screen = entry.screen.map { $0.title + (keys.isEmpty ? "" : "  ") } ?? ""
    let side = DisplayText.width(screen) + DisplayText.width(keys)
    canvas.write(
      [StyledText(screen, style: theme.muted), StyledText(keys, style: theme.key)],
      at: Point(x: line.maxX - side, y: line.y))
    let room = line.width - 2 - side - 2
    let isMuted = if case .nothing = entry.outcome { true } else { false }
    let plain = isMuted ? theme.warning : theme.text
    let matched = Set(places)
    // The letters are marked before Greek ones are spelled out.
    let runs = entry.title.enumerated().map { place, letter in
      StyledText(
        glyphs.spelled(String(letter)),
        style: matched.contains(place) ? theme.accent.adding([.bold, .underline]) : plain)
    }
    let shown = DisplayText.truncated(
      runs.map(\.text).joined(), to: room, ellipsis: glyphs.ellipsis)
    let isCut = shown != runs.map(\.text).joined()
    let end = line.x + 2 + room
    let used = canvas.write(
      runs, at: Point(x: line.x + 2, y: line.y), maxWidth: isCut ? max(0, room - glyphs.ellipsis.count) : room
    )
    if isCut {
      canvas.write(glyphs.ellipsis, at: Point(x: min(line.x + 2 + used, end), y: line.y), style: plain)
    }
  }
}

/// Words that people use for what titles call otherwise.
enum PaletteSynonyms {
  private static let known: [(title: String, words: String)] = [
    ("λ", "lambda regularization reg ridge"), ("pool", "alpha shared tied covariance"),
    ("normalize", "beta l2 normalization length"), ("ridge rule", "shrinkage oas ledoit wolf loo relative"),
    ("setting", "parameters config"), ("proposed", "suggestion best optimal auto recommended"),
    ("score", "measure nll mahalanobis"), ("threshold", "cutoff limit"), ("export", "save write file csv"),
    ("copy", "clipboard yank"), ("undo", "revert back"), ("redo", "again"), ("quit", "exit leave close"),
    ("mark", "select tick choose"), ("filter", "where only limit search"), ("find", "search goto jump"),
    ("sort", "order"), ("invert", "reverse descending ascending"), ("pin", "remember compare a"),
    ("counts", "frequency histogram"), ("log", "logarithmic scale"), ("precision-recall", "pr curve roc"),
    ("files", "load data"), ("reload", "refresh"), ("help", "keys manual glossary"),
    ("near duplicates", "leak leakage same"), ("label errors", "mislabelled mislabeled audit noise wrong"),
    ("missed", "false negatives fn"), ("rejected", "false positives fp"), ("theme", "appearance colors"),
    ("cancel", "stop abort interrupt"), ("class", "label"), ("nearest", "closest neighbour neighbor"),
    ("plot", "chart figure"), ("covariance", "heat map"), ("quantiles", "qq gaussian"), ("tag", "name word"),
  ]

  static func words(for title: String) -> String {
    known.filter { title.contains($0.title) }.map(\.words).joined(separator: " ")
  }
}

/// Draws a line of text being typed, with its end and the cursor visible.
func drawInput(_ text: String, on canvas: inout Canvas, rect: Rect, appearance: Appearance) {
  guard rect.width > 1 else { return }
  let shown = DisplayText.truncatedAtFront(text, to: rect.width - 1)
  let used = canvas.write(shown, at: rect.origin, style: appearance.theme.input, maxWidth: rect.width - 1)
  canvas[rect.x + used, rect.y] = Cell(" ", style: Style(attributes: .reverse))
}
