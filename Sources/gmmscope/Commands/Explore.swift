import ArgumentParser
import CursesFrontEnd
import ExplorerModel

struct Explore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Opens the explorer (also without naming this command).",
    discussion: "Press ? in the explorer for its keys.")

  @OptionGroup var input: ExplorerOptions
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
        request: input.request, regularization: setting.reg, scoreKind: setting.score)
      let explorer = ExplorerApp(
        store: ExplorerStore(state: state, runner: setting.runner), options: options)
      let reason = try await explorer.run()
      leave(status: reason.status)
    }
  }
}
