import ExplorerModel
import OODDetection
import TerminalRendering

/// The second line: the seven screens, and the running task at the right end.
struct TabLine {
  private struct Tab {
    var screen: Screen
    var text: String
    var x: Int
  }

  private let tabs: [Tab]
  private let state: ExplorerState
  private let appearance: Appearance

  init(state: ExplorerState, width: Int, appearance: Appearance) {
    self.state = state
    self.appearance = appearance
    let gaugeWidth = Self.gauge(for: state, appearance: appearance).map {
      $0.width(numbers: appearance.numbers) + 2
    }
    let room = width - (gaugeWidth ?? 0)
    let long = Self.laidOut(spacing: 2) { "\($0.number) \($0.title)" }
    let medium = Self.laidOut(spacing: 1) { "\($0.number) \($0.title)" }
    // If a gauge takes the room, the other screens keep only their numbers.
    let short = Self.laidOut(spacing: 2) { $0 == state.screen ? "\($0.number) \($0.title)" : "\($0.number)" }
    tabs = [long, medium].first { Self.width(of: $0) <= room } ?? short
  }

  func draw(on canvas: inout Canvas, rect: Rect) {
    let theme = appearance.theme
    for tab in tabs {
      canvas.write(
        tab.text, at: Point(x: rect.x + tab.x, y: rect.y),
        style: tab.screen == state.screen ? theme.activeTab : theme.inactiveTab)
    }
    guard let gauge = Self.gauge(for: state, appearance: appearance) else { return }
    TaskGauge.draw(gauge, on: &canvas, rect: rect, behind: Self.width(of: tabs), appearance: appearance)
  }

  /// Whether the hint of the key that cancels the task is at a column.
  func cancels(atColumn column: Int, width: Int) -> Bool {
    guard let gauge = Self.gauge(for: state, appearance: appearance) else { return false }
    let places = TaskGauge.cancelColumns(
      gauge, width: width, behind: Self.width(of: tabs), numbers: appearance.numbers)
    return places?.contains(column) ?? false
  }

  func screen(atColumn column: Int) -> Screen? {
    tabs.first { column >= $0.x && column < $0.x + $0.text.count }?.screen
  }

  private static func laidOut(spacing: Int, text: (Screen) -> String) -> [Tab] {
    var x = 0
    return Screen.allCases.map { screen in
      let tab = Tab(screen: screen, text: text(screen), x: x)
      x += tab.text.count + spacing
      return tab
    }
  }

  private static func width(of tabs: [Tab]) -> Int { tabs.last.map { $0.x + $0.text.count } ?? 0 }

  private static func gauge(for state: ExplorerState, appearance: Appearance) -> Gauge? {
    state.tasks.longTask.map {
      TaskGauge.gauge(
        $0.kind.title(state.setting.fit.ridgeRule), $0.progress, barWidth: 8, appearance: appearance)
    }
  }
}

/// The progress of a task in percent.
enum TaskGauge {
  /// Draws a gauge at the right end of a line whose first `used` cells are taken, with the cancel key if it
  /// fits.
  static func draw(
    _ gauge: Gauge, on canvas: inout Canvas, rect: Rect, behind used: Int, appearance: Appearance
  ) {
    let gaugeWidth = gauge.width(numbers: appearance.numbers)
    let room = rect.width - used - 2
    let showsCancel =
      cancelColumns(gauge, width: rect.width, behind: used, numbers: appearance.numbers) != nil
    let width = min(room, gaugeWidth + (showsCancel ? cancel.count : 0))
    let place = Rect(x: rect.maxX - width, y: rect.y, width: width, height: 1)
    let drawn = gauge.draw(into: &canvas, rect: place, appearance: appearance)
    if showsCancel {
      canvas.write(cancel, at: Point(x: place.x + drawn, y: place.y), style: appearance.theme.muted)
    }
  }

  private static let cancel = "  ^C cancels"

  /// The columns of the cancel key; `nil` if it does not fit.
  static func cancelColumns(_ gauge: Gauge, width: Int, behind used: Int, numbers: NumberFormat) -> Range<
    Int
  >? {
    let needed = gauge.width(numbers: numbers) + cancel.count
    return needed <= width - used - 2 ? width - cancel.count + 2..<width : nil
  }

  static func gauge(_ title: String, _ progress: WorkProgress, barWidth: Int, appearance: Appearance)
    -> Gauge
  {
    let percent = Int(progress.fraction * 100)
    return Gauge(
      appearance.glyphs.spelled(title), completed: percent, total: 100, barWidth: barWidth,
      valueText: "\(percent) %")
  }
}
