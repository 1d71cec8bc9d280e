import ExplorerModel
import OODData
import OODDetection
import TerminalRendering

/// What a screen without content shows: the running task, or what is missing and what to try.
struct Placeholder {
  /// What a screen requires.
  enum Need {
    case data
    /// Classes, at least their counts and means.
    case classes
    /// Classes with their spectra.
    case spectra
    /// Scores at the current λ.
    case scores
  }

  var title: String
  var lines: [String] = []
  var task: (title: String, progress: WorkProgress)?
  var isFailure = false

  /// Draws the placeholder if the screen cannot be drawn yet.
  ///
  /// - Returns: Whether the placeholder was drawn; the screen must then not be drawn.
  static func draw(
    for need: Need, of state: ExplorerState, on canvas: inout Canvas, appearance: Appearance
  ) -> Bool {
    guard let placeholder = Placeholder(for: need, of: state) else { return false }
    placeholder.draw(on: &canvas, appearance: appearance)
    return true
  }

  /// Returns `nil` if the screen has what it needs.
  init?(for need: Need, of state: ExplorerState) {
    let isMissing =
      switch need {
      case .data: state.data.dataSet == nil
      case .classes: state.classes.outlines.isEmpty
      case .spectra: state.classes.summaries.isEmpty
      case .scores: !state.scoresAreCurrent
      }
    guard isMissing else { return nil }
    if let task = Self.task(state) {
      self.init(task, of: state)
    } else if need == .spectra, let obstacle = state.classes.spectraObstacle {
      self.init(title: "Spectra are not available.", lines: [obstacle])
    } else if let failure = state.messages.failure {
      let isSingular = state.data.dataSet != nil && state.setting.regularization.value == 0
      let remedy =
        state.classes.detector == nil && !isSingular
        ? "^R to reload the files" : "= to set another \(state.setting.fit.ridgeRule.symbol)"
      let other = state.data.dataSet == nil ? "^O to open others, " : ""
      let title = state.data.dataSet == nil ? "The files could not be opened." : "The computation failed."
      self.init(title: title, lines: [failure.text, "Press \(remedy), \(other)or q to quit."])
      isFailure = true
    } else if state.data.dataSet == nil && state.classes.detector == nil {
      self.init(
        title: "No files are open.",
        lines: ["Press ^O to choose files, or name them on the command line:", "gmmscope train.npz test.npz"])
    } else if state.data.dataSet?.train == nil && state.data.dataSet?.test == nil {
      self.init(
        title: "A model is open, but no samples.",
        lines: [
          "Name the files to score on the command line:",
          "gmmscope explore --model model.safetensors test.npz",
        ])
    } else {
      let remedy =
        need == .spectra && !state.classes.outlines.isEmpty
        ? "Change \(state.setting.fit.ridgeRule.symbol) to resume, or press ^R to reload the files."
        : "Press ^R to reload the files."
      self.init(title: Self.absence(need, of: state), lines: [remedy])
    }
  }

  private init(title: String, lines: [String]) {
    self.title = title
    self.lines = lines
  }

  private init(_ task: (kind: TaskKind, progress: WorkProgress), of state: ExplorerState) {
    let sampleCount = (state.data.dataSet?.train?.count ?? 0, state.data.dataSet?.test?.count ?? 0)
    switch task.kind {
    case .load: self.init(title: "Reading files", lines: state.data.request.train + state.data.request.test)
    case .scan:
      self.init(
        title: "Checking features for NaN and infinity",
        lines: ["\(sampleCount.0) samples in train, \(sampleCount.1) in test; press 7 to see the files"])
    case .fit:
      self.init(
        title: "Fitting a Gaussian to each class",
        lines: ["\(sampleCount.0) samples, \(state.data.dataSet?.dimension ?? 0) dimensions"])
    case .spectra:
      self.init(
        title: "Computing the spectrum of each class",
        lines: ["\(sampleCount.0) samples, \(state.data.dataSet?.dimension ?? 0) dimensions"])
    case .sweep:
      let symbol = state.setting.fit.ridgeRule.symbol
      self.init(
        title: "Scoring along the \(symbol) path", lines: ["\(state.tuning.path.count) values of \(symbol)"])
    default:
      self.init(
        title: "Scoring every sample at \(state.setting.current.ridgeText)",
        lines: ["\(sampleCount.0) in train, \(sampleCount.1) in test"])
    }
    self.task = (task.kind.title(state.setting.fit.ridgeRule), task.progress)
  }

  private static func task(_ state: ExplorerState) -> (kind: TaskKind, progress: WorkProgress)? {
    state.tasks.longTask.flatMap { $0.kind == .export ? nil : $0 }
  }

  private static func absence(_ need: Need, of state: ExplorerState) -> String {
    switch need {
    case .data: "No files were read."
    case .classes: "No classes are fitted."
    case .spectra: "The spectra were not computed."
    case .scores: "No scores at \(state.setting.current.ridgeText)."
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
        task.title, task.progress, barWidth: min(30, width / 2), appearance: appearance)
      let used = gauge.width(numbers: appearance.numbers)
      let row = Rect(x: max(0, (canvas.size.width - used) / 2), y: 3 + text.count, width: used, height: 1)
      gauge.draw(into: &canvas, rect: row, appearance: appearance)
    }
  }
}
