import ExplorerModel
import OODDetection
import TerminalRendering

/// What is missing before scores can be shown, and how far along it is.
struct Waiting: Equatable {
  var text: String
  /// From 0 to 1; nil where nothing is under way.
  var fraction: Double?

  /// Nil where scores at the current λ are there.
  init?(forScoresIn state: ExplorerState) {
    if state.scoresAreCurrent { return nil }
    let regularization = shortText(state.regularization)
    func running(_ kind: TaskKind) -> Double? { state.tasks[kind]?.fraction }
    if let load = running(.load) {
      (text, fraction) = ("reading the files …", load)
    } else if state.data == nil {
      text = "Nothing is open. Start gmmscope with the file of training features, and one of test features."
    } else if let fit = running(.fit) {
      (text, fraction) = ("fitting a Gaussian to each class …", fit)
    } else if state.detector == nil {
      text = "There is no fitted detector. Screen 6 says what the files hold and what was noticed."
    } else if state.data?.train == nil, state.data?.test == nil {
      text = "A model alone has nothing to score. Open features beside it."
    } else if let score = running(.score) {
      (text, fraction) = ("computing scores at λ = \(regularization) …", score)
    } else if let sweep = running(.sweep) {
      (text, fraction) = ("computing the λ path …", sweep)
    } else {
      text =
        "There are no scores at λ = \(regularization): the task ended early. ^R starts again from the files."
    }
  }

  /// In the middle of a rectangle: the text, and a gauge while something is under way.
  func draw(into canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    let width = min(rect.width, 64)
    let lines = TextLayout.wrap(
      appearance.glyphs.spelled(text), width: width, style: appearance.theme.muted)
    let block = rect.centered(Size(width: width, height: lines.count + (fraction == nil ? 0 : 1)))
    var column = TextColumn(block)
    for line in lines {
      let used = line.reduce(0) { $0 + DisplayText.width($1.text) }
      let row = column.take(1)
      if !row.isEmpty { canvas.write(line, at: Point(x: row.x + (row.width - used) / 2, y: row.y)) }
    }
    if let fraction {
      let gauge = Gauge(
        "", completed: Int(fraction * 100), total: 100, barWidth: 24,
        valueText: appearance.numbers.percent(fraction, places: 0))
      let row = column.take(1)
      gauge.draw(
        into: &canvas, rect: row.centered(Size(width: gauge.width(numbers: appearance.numbers), height: 1)),
        appearance: appearance)
    }
  }
}
