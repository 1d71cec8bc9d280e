import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// The sortable class table.
struct ClassTable {
  private let state: ExplorerState
  private let appearance: Appearance
  private let nameWidth: Int
  private let nearestWidth: Int
  /// The columns of the table, in order.
  let columns: [ClassColumn]

  init(state: ExplorerState, appearance: Appearance) {
    self.state = state
    self.appearance = appearance
    columns = state.shownClassColumns
    nameWidth = max(
      5, state.classes.outlines.indices.map { DisplayText.width(state.classes.name(of: $0)) }.max() ?? 0)
    // Of many classes, some say how wide distances are: a wider one only leaves its name less room.
    let step = max(1, state.classes.summaries.count / 512)
    let distanceWidth =
      stride(from: 0, to: state.classes.summaries.count, by: step)
      .compactMap { state.classes.summaries[$0].nearestDistance }
      .map { appearance.numbers.significant($0).count }.max() ?? 0
    // Beside a distance, the beginning of a name is enough.
    nearestWidth = max(7, min(nameWidth, 6) + 1 + distanceWidth)
  }

  /// The table scrolled so that the selection is visible in `rect`.
  func view(in rect: Rect) -> TableView {
    let visible = state.classes.visible
    let selected = visible.firstIndex(of: state.classes.selected)
    let sorted = columns.firstIndex(of: state.classes.sort.column) ?? 0
    let described = columns.map { column in
      var shown = self.column(column)
      if column == state.classes.sort.column {
        // The sort column stays visible, and its title leaves room for the sort mark.
        shown.priority = 90
        shown.minimumWidth = max(shown.minimumWidth, DisplayText.width(shown.title) + 2)
        shown.idealWidth = max(shown.minimumWidth, shown.idealWidth)
      }
      return shown
    }
    let marked = state.classes.marked
    let isMarked: @Sendable (Int) -> Bool = { marked.contains(visible[$0]) }
    return TableView(
      columns: described, rowCount: visible.count, selectedRow: selected,
      sort: TableView.Sort(column: sorted, isAscending: state.classes.sort.isAscending),
      emptyText: "No class matches the filter. Press Esc to clear it.",
      isMarked: isMarked
    ) { row in
      columns.map { cell($0, of: visible[row]) }
    }
    .centered(in: rect)
  }

  /// The title of a column.
  static func title(of column: ClassColumn) -> String {
    switch column {
    case .name: "class"
    case .count: "n"
    case .ratio: "n/D"
    case .rank: "rank"
    case .effectiveRank: "eff."
    case .condition: "condition"
    case .logDeterminant: "log det"
    case .trace: "trace"
    case .nearest: "nearest"
    case .health: "health"
    }
  }

  private func column(_ column: ClassColumn) -> TableView.Column {
    let title = Self.title(of: column)
    switch column {
    case .name:
      return TableView.Column(
        title, minimumWidth: min(nameWidth, 10), idealWidth: nameWidth, priority: 100, keepsEnds: true)
    case .count: return number(title, width: 5, priority: 80)
    case .ratio: return number(title, width: 5, priority: 30)
    case .rank: return number(title, width: 4, priority: 60)
    case .effectiveRank: return number(title, width: 5, priority: 20)
    case .condition: return number(title, width: 9, priority: 85)
    case .logDeterminant: return number(title, width: 7, priority: 50)
    case .trace: return number(title, width: 7, priority: 10)
    case .nearest:
      return TableView.Column(title, alignment: .trailing, minimumWidth: nearestWidth, priority: 40)
    case .health:
      // What all classes have in common leaves its room to the names.
      let words = state.classes.healths.isEmpty ? ClassHealth.allCases : state.classes.healths
      let width = max(8, Set(words).map { $0.rawValue.count }.max() ?? 0)
      return TableView.Column(title, minimumWidth: min(width, 15), idealWidth: width, priority: 70)
    }
  }

  private func number(_ title: String, width: Int, priority: Int) -> TableView.Column {
    TableView.Column(title, alignment: .trailing, minimumWidth: width, priority: priority)
  }

  private func cell(_ column: ClassColumn, of index: Int) -> StyledText {
    let outline = state.classes.outlines[index]
    let (numbers, theme) = (appearance.numbers, appearance.theme)
    let pending = StyledText(appearance.mark(forSpectraOf: state), style: theme.muted)
    switch column {
    case .name: return StyledText(state.classes.name(of: index))
    case .count: return StyledText(numbers.grouped(outline.count))
    case .ratio:
      let ratio = Double(outline.count) / Double(max(1, outline.mean.count))
      return StyledText(
        ratio < 100 ? numbers.fixed(ratio, places: 2) : numbers.grouped(ratio),
        style: state.classes.health(of: index) == .fewSamples ? theme.warning : .plain)
    case .logDeterminant:
      return state.classes.logDeterminant(of: index).map { StyledText(numbers.grouped($0)) } ?? pending
    default: break
    }
    guard let summary = state.classes.summary(of: index) else {
      // Whether the ridge makes up for few samples shows with the spectrum.
      guard column == .health, ClassHealth(outline) != .ok else { return pending }
      return StyledText(ClassHealth(outline).rawValue, style: theme.muted)
    }
    let health = ClassHealth(summary)
    switch column {
    case .name, .count, .ratio, .logDeterminant: return pending
    case .rank: return StyledText(numbers.grouped(summary.rank))
    case .effectiveRank: return StyledText(numbers.fixed(summary.effectiveRank, places: 1))
    case .condition:
      return StyledText(
        numbers.scientific(summary.conditionNumber), style: health <= .illConditioned ? theme.bad : .plain)
    case .trace: return StyledText(numbers.significant(summary.trace))
    case .nearest:
      guard let label = summary.nearestClass, let distance = summary.nearestDistance else {
        return StyledText("-", style: theme.muted)
      }
      let value = numbers.significant(distance)
      let name = DisplayText.truncated(
        state.data.name(ofLabel: label), to: nearestWidth - 1 - value.count,
        ellipsis: appearance.glyphs.ellipsis)
      return StyledText("\(name) \(value)")
    case .health: return StyledText(health.rawValue, style: theme.style(of: health))
    }
  }
}

extension Theme {
  func style(of health: ClassHealth) -> Style {
    switch health {
    case .untrustworthy, .illConditioned, .singleSample: bad
    case .rankDeficient, .fewSamples, .deadDimensions: warning
    case .ok: good
    }
  }
}
