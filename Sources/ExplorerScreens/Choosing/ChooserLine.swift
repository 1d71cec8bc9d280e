import ExplorerModel
import OODDetection
import TerminalRendering

/// The second line of a chooser: its title, the marked files and the loading progress.
struct ChooserLine {
  var state: ExplorerState
  var appearance: Appearance

  func draw(on canvas: inout Canvas, rect: Rect) {
    let theme = appearance.theme
    let gauge = state.tasks[.load].map {
      TaskGauge.gauge(
        TaskKind.load.title(state.setting.fit.ridgeRule), $0, barWidth: 8, appearance: appearance)
    }
    let room = rect.width - (gauge.map { $0.width(numbers: appearance.numbers) + 2 } ?? 0)
    var used = canvas.write(
      state.choosing.arrays == nil ? "Open files" : "Choose arrays", at: rect.origin, style: theme.activeTab,
      maxWidth: room)
    used += canvas.write(marks, at: Point(x: rect.x + used, y: rect.y), maxWidth: room - used)
    if let gauge { TaskGauge.draw(gauge, on: &canvas, rect: rect, behind: used, appearance: appearance) }
  }

  /// `fit train.npz   score test.npz, far.npz`, or the files that are being loaded.
  private var marks: [StyledText] {
    let theme = appearance.theme
    if state.tasks[.load] != nil, let opening = state.data.opening {
      return [StyledText("   "), StyledText(opening.title, style: theme.emphasis)]
    }
    let marks = state.choosing.arrays == nil ? state.choosing.files?.marks ?? [] : []
    let names = marks.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    let remark = StyledText("   without NaN", style: theme.warning)
    let isFile = state.choosing.arrays == nil
    let remarks = isFile && state.choosing.files?.skipsNonFinite == true ? [remark] : []
    guard let first = names.first else { return remarks }
    var runs = remarks + [StyledText("   fit ", style: theme.muted), StyledText(first, style: theme.mark)]
    if names.count > 1 {
      runs += [
        StyledText("   score ", style: theme.muted),
        StyledText(names.dropFirst().joined(separator: ", "), style: theme.mark),
      ]
    }
    return runs
  }
}
