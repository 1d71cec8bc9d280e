import ExplorerModel
import OODData
import TerminalRendering

/// The lines of the data screen: each file with its arrays and labels, then all messages.
struct DataText: StyledPart {
  private(set) var lines: [[StyledText]] = []
  private let state: ExplorerState
  private let width: Int
  let appearance: Appearance

  init(state: ExplorerState, width: Int, appearance: Appearance) {
    self.state = state
    self.width = width
    self.appearance = appearance
    for file in state.data.dataSet?.files ?? [] { add(file) }
    addOODSets()
    addMessages()
  }

  private mutating func add(_ file: FileReport) {
    let facts = [file.format, numbers.bytes(file.byteCount), file.split?.rawValue].compactMap(\.self)
    let said = "   " + facts.joined(separator: "   ")
    let room = max(width / 2, width - DisplayText.width(said))
    let path = DisplayText.truncatedAtFront(file.path, to: room, ellipsis: glyphs.ellipsis)
    lines.append([StyledText(path, style: theme.title), StyledText(said, style: theme.muted)])
    let columns = ArrayColumns(file.arrays, width: width, appearance: appearance)
    lines.append(columns.header)
    lines += file.arrays.map(columns.line)
    addLabels(of: file)
    lines.append([])
  }

  /// `round 90   square 60 …`, as many per line as fit.
  private mutating func addLabels(of file: FileReport) {
    guard !file.labelCounts.isEmpty else { return }
    let classCount = file.labelCounts.count { $0.label >= 0 }
    let outCount = file.labelCounts.filter { $0.label < 0 }.reduce(0) { $0 + $1.count }
    var title = classCount == 1 ? "1 class" : "\(numbers.grouped(classCount)) classes"
    if outCount > 0 { title += ", \(numbers.grouped(outCount)) out-of-distribution samples" }
    lines.append([])
    lines.append([StyledText("  " + title, style: theme.tableHeader)])
    let items = file.labelCounts.map { count -> (name: String, count: String, style: Style) in
      let name = count.label < 0 && count.name == "OOD" ? "OOD (\(count.label))" : count.name
      return (name, numbers.grouped(count.count), count.label < 0 ? theme.outOfDistribution : theme.text)
    }
    lines += inColumns(items)
  }

  /// Names with numbers, as many per line as fit.
  private func inColumns(_ items: [(name: String, count: String, style: Style)]) -> [[StyledText]] {
    var lines: [[StyledText]] = []
    let parts = items.map { item in
      let name = DisplayText.truncated(item.name, to: 24, ellipsis: glyphs.ellipsis)
      return (name: name, width: DisplayText.width(name) + 1 + item.count.count)
    }
    // A number follows its name closely, since the longest name leaves much room behind others.
    let itemWidth = parts.map(\.width).max() ?? 0
    let perLine = max(1, (width - 2) / (itemWidth + 3))
    for start in stride(from: 0, to: items.count, by: perLine) {
      var line = [StyledText("  ")]
      for place in start..<min(start + perLine, items.count) {
        let (item, part) = (items[place], parts[place])
        line.append(StyledText(part.name + " ", style: item.style))
        line.append(StyledText(item.count + String(repeating: " ", count: itemWidth - part.width + 3)))
      }
      lines.append(line)
    }
    return lines
  }

  /// The OOD sets of each split with the number of their samples, if there are several.
  private mutating func addOODSets() {
    for split in Split.allCases {
      guard let sets = state.data.dataSet?[split]?.oodSets, sets.sets.count > 1 else { continue }
      let title = "\(numbers.grouped(sets.sets.count)) OOD sets, \(split.rawValue)"
      lines.append([StyledText(title, style: theme.tableHeader)])
      lines += inColumns(
        zip(sets.sets, sets.counts).map { ($0.fullName, numbers.grouped($1), theme.outOfDistribution) })
      lines.append([])
    }
  }

  private mutating func addMessages() {
    lines.append([StyledText("messages", style: theme.tableHeader)])
    if state.messages.all.isEmpty { lines.append([StyledText("  none", style: theme.muted)]) }
    for message in state.messages.all.reversed() {
      let (sign, style) = theme.sign(of: message.severity, glyphs: glyphs)
      let paragraph = TextLayout.wrap(glyphs.spelled(message.text), width: max(1, width - 4))
      for (row, runs) in paragraph.enumerated() {
        let lead =
          row == 0 ? StyledText("  \(DisplayText.padded(sign, to: 2))", style: style) : StyledText("    ")
        lines.append([lead] + runs)
      }
    }
  }
}

/// Aligned columns with one line per array of a file.
private struct ArrayColumns {
  private let widths: [Int]
  private let appearance: Appearance
  private let width: Int

  init(_ arrays: [ArrayReport], width: Int, appearance: Appearance) {
    self.appearance = appearance
    self.width = width
    let rows = [Self.titles] + arrays.map { Self.cells($0, appearance: appearance) }
    widths = (0..<4).map { column in min(28, rows.map { DisplayText.width($0[column]) }.max() ?? 0) }
  }

  private static let titles = ["array", "shape", "type", "used as"]

  var header: [StyledText] {
    let style = appearance.theme.tableHeader
    return zip(Self.titles, widths).map { StyledText("  " + DisplayText.padded($0, to: $1), style: style) }
      + [StyledText("  values", style: style)]
  }

  func line(_ array: ArrayReport) -> [StyledText] {
    let theme = appearance.theme
    let cells = zip(Self.cells(array, appearance: appearance), widths).enumerated().map { column, cell in
      let text = DisplayText.padded(cell.0, to: cell.1, ellipsis: appearance.glyphs.ellipsis)
      let isIdle = array.role == .unused && column == 3
      return StyledText("  " + text, style: isIdle ? theme.muted : theme.text)
    }
    return cells + [StyledText("  ")] + values(array)
  }

  private static func cells(_ array: ArrayReport, appearance: Appearance) -> [String] {
    let shape = array.shape.map { appearance.numbers.grouped($0) }.joined(
      separator: " \(appearance.glyphs.times) ")
    return [array.name, shape.isEmpty ? "scalar" : shape, array.elementType, array.role.rawValue]
  }

  private func values(_ array: ArrayReport) -> [StyledText] {
    let (theme, numbers, glyphs) = (appearance.theme, appearance.numbers, appearance.glyphs)
    var runs: [StyledText] = []
    if let count = array.nonFiniteCount, count > 0 {
      let rows = array.nonFiniteRows.prefix(3).map(String.init).joined(separator: ", ")
      let more = array.nonFiniteRows.count > 3 ? ", \(glyphs.ellipsis)" : ""
      runs.append(
        StyledText("\(numbers.grouped(count)) NaN or infinite, rows \(rows)\(more)", style: theme.bad))
    }
    if let range = array.range {
      if !runs.isEmpty { runs.append(StyledText("   ")) }
      let (low, high, mean) = (
        numbers.significant(range.minimum), numbers.significant(range.maximum),
        numbers.significant(range.mean)
      )
      runs.append(StyledText("\(low) to \(high), mean \(mean)", style: theme.muted))
    }
    return runs
  }
}

extension Theme {
  /// The mark of a severity, which also works without colors.
  func sign(of severity: Message.Severity, glyphs: Glyphs) -> (sign: String, style: Style) {
    switch severity {
    case .info: (glyphs.bullet, accent)
    case .warning: (glyphs.warning, warning)
    case .error: (glyphs.failure, bad)
    }
  }
}
