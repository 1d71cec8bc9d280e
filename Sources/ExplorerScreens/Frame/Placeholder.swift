import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// What stands in a screen's place while it has nothing to show: what is being done, or what is missing and what
/// to try.
struct Placeholder {
  /// What a screen cannot do without.
  enum Need {
    case data
    /// Classes, if only their counts and means.
    case classes
    /// All there is to know of classes.
    case spectra
    /// Scores at the current λ.
    case scores
  }

  var title: String
  var lines: [String] = []
  var task: (kind: TaskKind, progress: WorkProgress)?
  var isFailure = false

  /// Draws what to wait for or to try where the screen cannot be drawn yet.
  ///
  /// - Returns: Whether it was drawn, and the screen must not be.
  static func draw(
    for need: Need, of state: ExplorerState, on canvas: inout Canvas, appearance: Appearance
  ) -> Bool {
    guard let placeholder = Placeholder(for: need, of: state) else { return false }
    placeholder.draw(on: &canvas, appearance: appearance)
    return true
  }

  /// Nil where what is needed is there.
  init?(for need: Need, of state: ExplorerState) {
    let isMissing =
      switch need {
      case .data: state.data == nil
      case .classes: state.outlines.isEmpty
      case .spectra: state.summaries.isEmpty
      case .scores: !state.scoresAreCurrent
      }
    guard isMissing else { return nil }
    if let task = Self.task(state) {
      self.init(task, of: state)
    } else if need == .spectra, let obstacle = state.spectraObstacle {
      self.init(title: "There are no spectra.", lines: [obstacle])
    } else if let failure = state.failure {
      let isSingular = state.data != nil && state.regularization.value == 0
      let remedy =
        state.detector == nil && !isSingular ? "^R reads the files again" : "= sets another λ"
      let other = state.data == nil ? "^O opens others, " : ""
      self.init(title: "That did not work.", lines: [failure.text, "\(remedy), \(other)q quits."])
      isFailure = true
    } else if state.data == nil && state.detector == nil {
      self.init(
        title: "Nothing is loaded.",
        lines: ["^O shows the files there are, or start with some:", "gmmscope train.npz test.npz"])
    } else if state.data?.train == nil && state.data?.test == nil {
      self.init(
        title: "There are no samples, only a model.",
        lines: ["Name files to score beside it:", "gmmscope explore --model model.safetensors test.npz"])
    } else {
      let remedy =
        need == .spectra && !state.outlines.isEmpty
        ? "Another λ takes them up again, ^R starts over." : "^R starts again from the files."
      self.init(title: Self.absence(need, of: state), lines: [remedy])
    }
  }

  private init(title: String, lines: [String]) {
    self.title = title
    self.lines = lines
  }

  private init(_ task: (kind: TaskKind, progress: WorkProgress), of state: ExplorerState) {
    let sampleCount = (state.data?.train?.count ?? 0, state.data?.test?.count ?? 0)
    switch task.kind {
    case .load: self.init(title: "Reading files", lines: state.request.train + state.request.test)
    case .scan:
      self.init(
        title: "Looking for features that are no numbers",
        lines: ["\(sampleCount.0) samples in train, \(sampleCount.1) in test; 6 shows what they hold"])
    case .fit:
      self.init(
        title: "Fitting a Gaussian to each class",
        lines: ["\(sampleCount.0) samples, \(state.data?.dimension ?? 0) dimensions"])
    case .spectra:
      self.init(
        title: "Computing the spectrum of each class",
        lines: ["\(sampleCount.0) samples, \(state.data?.dimension ?? 0) dimensions"])
    case .sweep: self.init(title: "Scoring along the path of λ", lines: ["\(state.path.count) values of λ"])
    default:
      self.init(
        title: "Scoring every sample at λ = \(shortText(state.regularization))",
        lines: ["\(sampleCount.0) in train, \(sampleCount.1) in test"])
    }
    self.task = task
  }

  private static func task(_ state: ExplorerState) -> (kind: TaskKind, progress: WorkProgress)? {
    state.longTask.flatMap { $0.kind == .export ? nil : $0 }
  }

  private static func absence(_ need: Need, of state: ExplorerState) -> String {
    switch need {
    case .data: "Nothing was read."
    case .classes: "Nothing is fitted."
    case .spectra: "The spectra were not computed."
    case .scores: "Nothing is scored at λ = \(shortText(state.regularization))."
    }
  }

  func draw(on canvas: inout Canvas, appearance: Appearance) {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let width = min(72, canvas.size.width)
    let text = lines.flatMap { TextLayout.wrap(glyphs.spelled($0), width: width) }
    let height = 2 + text.count + (task == nil ? 0 : 2)
    let block = canvas.bounds.centered(Size(width: width, height: height))
    canvas.draw(in: block) { canvas in
      canvas.write(
        glyphs.spelled(title), at: .zero, style: isFailure ? theme.bad : theme.title, alignment: .center)
      for (row, line) in text.enumerated() {
        let used = line.reduce(0) { $0 + DisplayText.width($1.text) }
        canvas.write(line, at: Point(x: (canvas.size.width - used) / 2, y: 2 + row))
      }
      guard let task else { return }
      let gauge = TaskGauge.gauge(
        task.kind, task.progress, barWidth: min(30, width / 2), appearance: appearance)
      let used = gauge.width(numbers: appearance.numbers)
      let row = Rect(x: max(0, (canvas.size.width - used) / 2), y: 3 + text.count, width: used, height: 1)
      gauge.draw(into: &canvas, rect: row, appearance: appearance)
    }
  }
}
