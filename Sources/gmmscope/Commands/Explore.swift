import ArgumentParser
import CursesFrontEnd
import ExplorerModel

struct Explore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Opens the explorer (also without naming this command).",
    discussion: "Press ? in the explorer for its keys.")

  @Argument(help: "The file to fit to, then files to score. With --train or --model, all are scored.")
  var files: [String] = []

  @Option(parsing: .upToNextOption, help: "Files to fit to, where there are several.")
  var train: [String] = []

  @Option(help: "A model saved by gmmscope fit, instead of files to fit to.")
  var model: String?

  @Flag(help: "Leave out samples with NaN or infinite features instead of stopping.")
  var skipNonFinite = false

  @OptionGroup var keys: KeyOptions
  @OptionGroup var setting: SettingOptions

  @Flag(name: .customLong("no-color"), help: "No colours (NO_COLOR does the same).")
  var noColor = false

  @Flag(name: .customLong("no-unicode"), help: "Plain ASCII.")
  var noUnicode = false

  @Flag(name: .customLong("no-mouse"), help: "Leave the mouse to the terminal.")
  var noMouse = false

  @MainActor func run() async throws {
    try await reportingFailures {
      let options = TerminalOptions(color: !noColor, unicode: !noUnicode, mouse: !noMouse)
      let state = ExplorerState(
        request: request, regularization: setting.reg, scoreKind: setting.score)
      let explorer = ExplorerApp(
        store: ExplorerStore(state: state, runner: setting.runner), options: options)
      let reason = try await explorer.run()
      if reason.status != 0 { throw ExitCode(reason.status) }
    }
  }

  var request: DataRequest {
    let hasDetector = model != nil || !train.isEmpty
    return DataRequest(
      train: hasDetector ? train : Array(files.prefix(1)),
      test: hasDetector ? files : Array(files.dropFirst()),
      model: model, keys: keys.keys, skipsNonFinite: skipNonFinite)
  }

  func validate() throws {
    if model != nil && !train.isEmpty { throw ValidationError("Give either --train or --model, not both.") }
    if model == nil && train.isEmpty && files.isEmpty {
      throw ValidationError("Name a file to fit to, for example: gmmscope train.npz test.npz")
    }
  }
}
