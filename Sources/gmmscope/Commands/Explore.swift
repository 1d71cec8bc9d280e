import ArgumentParser
import CursesFrontEnd
import ExplorerModel
import ExplorerScreens
import Foundation
import OODData
import OODDetection

struct Explore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Opens the explorer (also without naming this command).",
    discussion: """
      Without a file it shows the files there are. Press ? in the explorer for its keys. Settings of yours are read \
      from gmmscope/config.toml in $XDG_CONFIG_HOME or ~/.config: [general] with reg, score, color, unicode, mouse; \
      [theme], [keys], [columns] and [session].
      """)

  @OptionGroup var input: ExplorerOptions
  @OptionGroup var setting: SettingOptions

  @Flag(inversion: .prefixedNo, help: "Use colours, or none (as with NO_COLOR).")
  var color: Bool?

  @Flag(inversion: .prefixedNo, help: "Use braille and block characters, or plain ASCII.")
  var unicode: Bool?

  @Flag(inversion: .prefixedNo, help: "Use the mouse, or leave it to the terminal.")
  var mouse: Bool?

  @Flag(
    inversion: .prefixedNo,
    help: "Draw pictures at full resolution in kitty and Ghostty, or with characters as elsewhere.")
  var graphics: Bool = true

  @Flag(inversion: .prefixedNo, help: "Come back to where you were in these files, or start afresh.")
  var session: Bool?

  /// At a terminal, the user can choose files in the explorer. Elsewhere the command line must name them.
  func validate() throws {
    if !input.request.isEmpty || isatty(0) == 0 || isatty(1) == 0 { try input.requireDetector() }
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      let folders = UserFolders(environment: ProcessInfo.processInfo.environment)
      let (settings, settingsProblems) = UserSettings.read(in: folders)
      let checked = PreferenceCheck.checked(settings.preferences)
      let entryProblems = checked.problems.map {
        UserSettings.problem(with: $0.entry, $0.text, in: folders)
      }
      var columns = ColumnsState()
      let columnProblems = columns.setDefaults(settings.columns) { table, problem in
        UserSettings.problem(with: ["columns", table], problem, in: folders).description
      }
      let user = ExplorerUser(folders: folders, keepsSessions: session ?? settings.restoresSession ?? true)
      let problems =
        (settingsProblems + entryProblems).map(\.description) + columnProblems
        + user.stateProblems().map(\.description)
      // Shown in the explorer, and on standard error for when it has ended.
      for problem in problems { StandardError.writeLine("gmmscope: \(problem)") }
      let options = TerminalOptions(
        color: color ?? settings.color ?? true, unicode: unicode ?? settings.unicode ?? true,
        mouse: mouse ?? settings.mouse ?? true, graphics: graphics)
      var state = ExplorerState(
        request: input.request, choice: setting.choice,
        standard: settings.choice.resolved(with: .standard), preferences: checked.preferences)
      state.columns = columns
      let runner = EffectRunner(try setting.pipeline(), user: user)
      let store = ExplorerStore(state: state, runner: runner)
      let app = ExplorerApp(
        store: store, options: options, clipboard: ClipboardFile(user.folders), remarks: problems)
      let keeper = SessionKeeper(session: { store.state.session }, write: SessionFile(user).write)
      if user.keepsSessions { app.onChange = keeper.noteChange }
      let reason = try await app.run()
      if user.keepsSessions { await keeper.finish() }
      leave(status: reason.status)
    }
  }
}
