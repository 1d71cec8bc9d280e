import ArgumentParser
import ExplorerModel
import ExplorerScreens
import FeatureFiles
import OODData
import OODDetection
import TerminalRendering

struct Snapshot: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws one explorer screen as text, ANSI or SVG, or records keys pressed in it.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, ansi, svg, cast
  }

  @OptionGroup var input: ExplorerOptions
  @OptionGroup var setting: SettingOptions

  @Option(help: "The screen: classes, scores, outliers, tuning, distances, compare or data.")
  var screen: Screen = .classes

  @Option(
    parsing: .unconditional, help: ArgumentHelp("The size in columns and rows.", valueName: "W×H"),
    transform: OptionValue.screenSize)
  var size = ScreenSize(width: 120, height: 40)

  @Option(
    help:
      "The output format: text, ansi, svg, or cast: a recording for asciinema with a frame after each key.")
  var format: Format = .text

  @Option(
    parsing: .unconditional,
    help:
      "Keys to press first, such as 'jj' or 'o<Enter>' (<Enter>, <Esc>, <Tab>, <Up>, <Down>, <Left>, <Right>, <^S>).",
    transform: { try KeySequence(parsing: $0) })
  var press = KeySequence()

  @Option(help: "The theme: dark, light or terminal, the 16 colours of the terminal's palette.")
  var theme: DisplayPreferences.Theme = .dark

  @Flag(name: .customLong("no-unicode"), help: "Use plain ASCII.")
  var noUnicode = false

  @Flag(name: .customLong("no-color"), help: "Use no colours.")
  var noColor = false

  @Option(name: [.short, .long], help: "The output file (default: standard output).")
  var output: OutputPath?

  func validate() throws { try input.requireDetector() }

  @MainActor func run() async throws {
    try await reportingFailures {
      try output?.requireNoInput(of: input.request)
      var preferences = DisplayPreferences()
      preferences.theme = theme
      let state = ExplorerState(
        request: input.request, choice: setting.choice, preferences: preferences)
      let run = try CommandRun(setting)
      let store = ExplorerStore(state: state, runner: EffectRunner(run.pipeline))
      store.onChange = { [unowned store] in
        if let task = store.state.tasks.longTask {
          run.show(task.kind.title(store.state.setting.fit.ridgeRule), task.progress)
        }
      }
      store.shownScreen = { [unowned store] in
        Explorer.shown(store.state, size: size.size, capabilities: capabilities)
      }
      await store.settle(after: .open(input.request))
      if let failure = store.state.messages.failure { throw failure.error ?? fail(failure.text) }
      if let data = store.state.data.dataSet { run.remark(on: data, store.state.detectorAtSetting) }
      var recording = ScreenRecording(size: size.size, depth: capabilities.colorDepth)
      let canvas = try await draw(store) { canvas, key, help in
        if format == .cast { try recording.add(canvas, after: key, doing: help) }
      }
      let text =
        switch format {
        case .text: canvas.plainText()
        case .ansi: canvas.ansi(depth: capabilities.colorDepth)
        case .svg: canvas.svg(title: "gmmscope", background: background)
        case .cast: try recording.text(title: "gmmscope")
        }
      guard let output else { return try StandardOutput.write(drawing: text) }
      try AtomicFile.write(to: output.checked()) { try $0.write(text.hasSuffix("\n") ? text : text + "\n") }
    }
  }

  private var capabilities: TerminalCapabilities {
    TerminalCapabilities(
      unicode: !noUnicode, colorDepth: noColor ? .none : .trueColor, background: background)
  }

  private var background: TerminalBackground { theme == .light ? .light : .dark }

  /// Shows the screen, presses the keys one by one as a user would, and draws the result.
  ///
  /// - Parameter onFrame: Called with the first frame, and after each key with what it does.
  @MainActor private func draw(
    _ store: ExplorerStore, onFrame: (Canvas, KeyPress?, String?) throws -> Void
  ) async throws -> Canvas {
    await store.settle(after: .dismissNotice, .show(screen))
    func frame() -> Canvas { Explorer.draw(store.state, size: size.size, capabilities: capabilities) }
    var canvas = frame()
    try onFrame(canvas, nil, nil)
    for key in press.keys {
      let help = Explorer.help(for: key, in: store.state, capabilities: capabilities)
      let actions = Explorer.actions(
        for: .key(key), in: store.state, size: size.size, capabilities: capabilities)
      for action in actions { store.send(action) }
      await store.settle()
      canvas = frame()
      try onFrame(canvas, key, help)
    }
    return canvas
  }
}
