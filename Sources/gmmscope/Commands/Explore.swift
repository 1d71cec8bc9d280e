import ArgumentParser
import CursesFrontEnd
import ExplorerModel
import Foundation
import OODDetection

struct Explore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Opens the explorer (also without naming this command).",
    discussion: """
      Without a file it shows the files there are. Press ? in the explorer for its keys. Settings of yours are read \
      from gmmscope/config.json in $XDG_CONFIG_HOME or ~/.config, such as {"reg": 1e-3, "score": "mahalanobis", \
      "color": true, "unicode": true, "mouse": false}.
      """)

  @OptionGroup var input: ExplorerOptions
  @OptionGroup var setting: SettingOptions

  @Flag(inversion: .prefixedNo, help: "Colours, or none (NO_COLOR does the same).")
  var color: Bool?

  @Flag(inversion: .prefixedNo, help: "Braille and block characters, or plain ASCII.")
  var unicode: Bool?

  @Flag(inversion: .prefixedNo, help: "Take the mouse, or leave it to the terminal.")
  var mouse: Bool?

  /// Without a file one can be chosen, but only by someone at a terminal.
  func validate() throws {
    if !input.request.isEmpty || isatty(0) == 0 || isatty(1) == 0 { try input.requireDetector() }
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      let user = ExplorerUser(folders: UserFolders(environment: ProcessInfo.processInfo.environment))
      let (settings, settingsProblems) = UserSettings.read(in: user.folders)
      let problems = (settingsProblems + user.stateProblems()).map(\.description)
      // Beneath the explorer, to be read when it is gone, and in it.
      for problem in problems { StandardError.writeLine("gmmscope: \(problem)") }
      let options = TerminalOptions(
        color: color ?? settings.color ?? true, unicode: unicode ?? settings.unicode ?? true,
        mouse: mouse ?? settings.mouse ?? true)
      let state = ExplorerState(
        request: input.request, regularization: setting.reg,
        standardRegularization: settings.regularization ?? .standard,
        scoreKind: setting.score ?? settings.score ?? .negativeLogLikelihood)
      let runner = EffectRunner(try setting.pipeline(), user: user)
      let explorer = ExplorerApp(
        store: ExplorerStore(state: state, runner: runner), options: options, remarks: problems)
      let reason = try await explorer.run()
      leave(status: reason.status)
    }
  }
}
