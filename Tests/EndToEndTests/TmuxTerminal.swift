import Foundation
import TestData

/// A real terminal with a shell in it: a tmux server of its own, of fixed size, type and locale, with a home of its
/// own.
final class TmuxTerminal {
  static let isAvailable = Command.path(of: "tmux") != nil
  static let absence = "tmux is not installed"

  /// What a program must leave as it was.
  struct State: Equatable {
    var modes: String
    var isAlternateScreen: Bool
    var isCursorVisible: Bool
    var reportsMouse: Bool
  }

  struct TimedOut: Error, CustomStringConvertible {
    var awaited: String
    var screen: String
    var description: String { "\(awaited) did not come. The last screen was:\n\(screen)" }
  }

  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  /// The shell's home, its current folder, and what is deleted in the end.
  let home: ScratchFolder
  private let environment: [String: String]

  private init(home: ScratchFolder, environment: [String: String]) {
    self.home = home
    self.environment = environment
  }

  /// Lends a terminal whose shell is ready for a command.
  ///
  /// - Parameters:
  ///   - type: What programs in it find in `TERM`.
  ///   - environment: Added to what the shell and its programs find.
  static func open(
    width: Int = 120, height: Int = 40, type: String = "screen-256color", locale: String = "C.UTF-8",
    environment: [String: String] = [:], _ body: (TmuxTerminal) async throws -> Void
  ) async throws {
    let home = try ScratchFolder()
    try Data(shellSettings.utf8).write(to: URL(fileURLWithPath: home.file(shellFile)))
    let pinned = [
      "HOME": home.path, "TMUX_TMPDIR": home.path, "TMUX": "", "SHELL": "/bin/sh", "PS1": "$ ",
      "ENV": home.file(shellFile),
      "LC_ALL": locale, "LANG": locale, "NO_COLOR": "", "COLORTERM": "", "LINES": "", "COLUMNS": "",
      "XDG_CONFIG_HOME": home.file("config"), "XDG_STATE_HOME": home.file("state"),
      // A crash shows on the screen as it would without the toolchain.
      "SWIFT_BACKTRACE": "enable=no",
    ]
    let terminal = TmuxTerminal(home: home, environment: pinned.merging(environment) { $1 })
    do {
      try await terminal.tmux(
        "start-server", ";", "set-option", "-g", "default-terminal", type, ";", "set-option", "-g", "status",
        "off",
        ";", "set-option", "-g", "set-clipboard", "on", ";", "set-option", "-sg", "escape-time", "0",
        ";", "new-session", "-d", "-x", "\(width)", "-y", "\(height)", "-c", home.path,
        "unset TMUX LINES COLUMNS NO_COLOR; exec /bin/sh")
      try await terminal.waitForPrompt()
      try await body(terminal)
    } catch {
      _ = try? await terminal.tmux("kill-server")
      throw error
    }
    try await terminal.tmux("kill-server")
  }

  @discardableResult
  private func tmux(_ arguments: String...) async throws -> String {
    let result = try await Command.run(
      "tmux", ["-L", "gmmscope", "-f", "/dev/null"] + arguments, environment: environment)
    guard result.status == 0 else { throw Failed(description: "tmux \(arguments[0]): \(result.errors)") }
    return result.output
  }

  // MARK: Acting

  /// Types text as it stands.
  func type(_ text: String) async throws { try await tmux("send-keys", "-l", "--", text) }

  /// Presses keys by tmux's names: `Enter`, `Up`, `C-c`, `F1`, `NPage`, or a character.
  func press(_ keys: String...) async throws {
    for key in keys { try await tmux("send-keys", "--", key) }
  }

  /// Presses keys, then waits until the screen shows a text.
  func press(_ keys: String..., until text: String) async throws {
    for key in keys { try await press(key) }
    try await wait(for: text)
  }

  /// Presses keys, then waits until the screen shows all of several texts at once.
  func press(_ keys: String..., untilAll texts: [String]) async throws {
    for key in keys { try await press(key) }
    try await wait(forAll: texts)
  }

  /// Sends what a terminal would for something that has no key: mouse reports, pasted text.
  func send(sequence: String) async throws {
    try await type("\u{1B}" + sequence)
  }

  /// Gives the shell a command line.
  func enter(_ command: String) async throws {
    try await type(command)
    try await press("Enter")
  }

  func resize(width: Int, height: Int) async throws {
    try await tmux("resize-window", "-x", "\(width)", "-y", "\(height)")
  }

  /// Has the shell run a command line whose program can then be sent signals.
  func launch(_ command: String) async throws {
    try? FileManager.default.removeItem(atPath: home.file(Self.identifierFile))
    try await enter("launch \(command)")
    try await wait(for: "the program's start") { _ in
      ((try? home.text(of: Self.identifierFile)) ?? "").hasSuffix("\n")
    }
  }

  /// Sends a signal to the program that was launched last.
  func signal(_ number: Int32) throws {
    let text = try home.text(of: Self.identifierFile).trimmingCharacters(in: .whitespacesAndNewlines)
    guard let identifier = Int32(text), kill(identifier, number) == 0 else {
      throw Failed(description: "no program \(text) to send signal \(number) to")
    }
  }

  private static let identifierFile = ".pid"
  /// Read by the shell when it starts.
  private static let shellFile = ".shrc"
  private static let shellSettings = """
    launch() { sh -c 'echo $$ >"$HOME/\(identifierFile)"; exec "$@"' sh "$@"; }
    """

  // MARK: Seeing

  /// The screen's rows without trailing spaces.
  func rows() async throws -> [String] {
    try await tmux("capture-pane", "-p").split(separator: "\n", omittingEmptySubsequences: false).map {
      String($0.replacing(/\s+$/, with: ""))
    }
  }

  /// The screen with the escape sequences of its colors.
  func colors() async throws -> String { try await tmux("capture-pane", "-p", "-e") }

  func screen() async throws -> String { try await rows().joined(separator: "\n") }

  /// What programs have put on the clipboard.
  func clipboard() async throws -> String { try await tmux("show-buffer") }

  func state() async throws -> State {
    let format = "#{pane_tty} #{alternate_on} #{cursor_flag} #{mouse_any_flag}"
    let fields = try await tmux("display-message", "-p", format).split { $0.isWhitespace }.map(String.init)
    guard fields.count == 4 else { throw Failed(description: "tmux says nothing about its pane") }
    let modes = try await Command.run("stty", ["-F", fields[0], "-g"])
    return State(
      modes: modes.output, isAlternateScreen: fields[1] == "1", isCursorVisible: fields[2] == "1",
      reportsMouse: fields[3] == "1")
  }

  // MARK: Waiting

  /// How long something may take on a machine that does much else: only what never comes takes as long.
  static let patience = Duration.seconds(180)

  /// Waits until the screen shows `text`, and returns it.
  @discardableResult
  func wait(for text: String, within time: Duration = patience) async throws -> String {
    try await wait(for: "\"\(text)\"", within: time) { $0.contains(text) }
  }

  /// Waits until the screen shows all of `texts` at once, in whatever order they arrive, and returns it; throws
  /// which of them never came.
  @discardableResult
  func wait(forAll texts: [String], within time: Duration = patience) async throws -> String {
    do {
      return try await wait(for: "all that was awaited", within: time) { screen in
        texts.allSatisfy(screen.contains)
      }
    } catch let error as TimedOut {
      let missing = texts.filter { !error.screen.contains($0) }.map { "\"\($0)\"" }
      throw TimedOut(awaited: missing.joined(separator: ", "), screen: error.screen)
    }
  }

  /// Waits until the screen is as it should be, and returns it; throws what it was at last if it never is.
  @discardableResult
  func wait(
    for awaited: String, within time: Duration = patience, until condition: (String) throws -> Bool,
    asking ask: () async throws -> Void = {}
  ) async throws -> String {
    let deadline = ContinuousClock.now + time
    while true {
      try await ask()
      let screen = try await screen()
      if try condition(screen) { return screen }
      guard ContinuousClock.now < deadline else { throw TimedOut(awaited: awaited, screen: screen) }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Waits until the shell asks for a command.
  func waitForPrompt() async throws {
    try await wait(for: "the shell's prompt") { screen in
      screen.split(separator: "\n").last == "$"
    }
  }

  /// The exit status of the last command, asked of the shell.
  func lastStatus() async throws -> Int32 {
    let marker = "status-\(Int.random(in: 0..<1_000_000))"
    try await enter("echo \(marker)=$?")
    // Typed before the prompt came, the command line is echoed by the terminal and the answer stands behind the prompt.
    func answer(in screen: String) -> Substring? {
      screen.split(separator: "\n").lazy.compactMap { line in
        line.range(of: marker + "=").map { line[$0.upperBound...] }
      }.last { $0.first?.isNumber == true }
    }
    let screen = try await wait(for: "the last command's status") { answer(in: $0) != nil }
    guard let status = answer(in: screen).flatMap({ Int32($0) }) else {
      throw Failed(description: "the shell said no status:\n\(screen)")
    }
    return status
  }
}

/// The explorer on the sample data.
extension TmuxTerminal {
  static let explorer =
    "\(Gmmscope.path) explore \(Gmmscope.sample("train.npz")) \(Gmmscope.sample("test.npz"))"
  /// What it says when everything is computed.
  static let explorerIsReady = "Leave-one-out likelihood proposes"

  /// Lends a terminal in which the explorer has loaded, fitted and scored.
  static func openExplorer(
    width: Int = 120, height: Int = 40, locale: String = "C.UTF-8", options: String = "",
    _ body: (TmuxTerminal) async throws -> Void
  ) async throws {
    try await open(width: width, height: height, locale: locale) { terminal in
      try await terminal.launch("\(explorer) \(options)")
      try await terminal.wait(for: explorerIsReady)
      try await body(terminal)
    }
  }

  func quitExplorer() async throws {
    try await press("Q")
    try await waitForPrompt()
  }
}
