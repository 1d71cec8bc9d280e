import CNCurses
import CTerminalSignals
import SystemSupport
import TerminalRendering

/// Control over the terminal: `init` takes it over; `close` restores it, or `deinit` at the latest.
///
/// Only one session can exist at a time, because ncurses has a single screen.
final class TerminalSession {
  private(set) var capabilities: TerminalCapabilities
  let input: Int32
  private let output: Int32
  private let mouse: Bool
  private let screen: OpaquePointer
  private let streams: [UnsafeMutablePointer<FILE>]
  private let colors = ColorEnvironment(
    term: Environment["TERM"], isTmux: !Environment["TMUX"].isEmpty, colorTerm: Environment["COLORTERM"],
    colorFgBg: Environment["COLORFGBG"])
  private var isOpen = true

  /// - Parameters:
  ///   - input: Where keys come from, `output` where cells go: two descriptors of one terminal.
  init(input: Int32 = 0, output: Int32 = 1, options: TerminalOptions) throws(TerminalError) {
    guard isatty(input) == 1 else { throw .notATerminal(.input) }
    guard isatty(output) == 1 else { throw .notATerminal(.output) }
    let name = Environment["TERM"]
    guard !["", "dumb", "unknown"].contains(name) else { throw .dumbTerminal(name) }

    let isUTF8 = TerminalLocale.adopt()
    let reset = try Self.resetSequence(name, output: output, mouse: options.mouse)
    // From here on, a signal or a crash restores the terminal. Nothing has changed it so far.
    _ = terminal_signals_remember(output)
    terminal_signals_set_reset_sequence(reset, reset.utf8.count)
    terminal_signals_arm(true)
    let opened = [(input, "r"), (output, "w")].compactMap { fdopen(dup($0.0), $0.1) }
    guard opened.count == 2, let screen = newterm(nil, opened[1], opened[0]) else {
      terminal_signals_arm(false)
      opened.forEach { fclose($0) }
      throw .cannotInitialise(name)
    }
    self.input = input
    self.output = output
    self.screen = screen
    streams = opened
    mouse = options.mouse
    let depth = Self.startColors(allowed: options.color, colors)
    let isUnicode = isUTF8 && options.unicode
    capabilities = TerminalCapabilities(
      unicode: isUnicode, colorDepth: depth, background: colors.background,
      drawsImages: isUnicode && options.graphics && depth >= .indexed256
        && TerminalImages.areDrawn(by: Environment.current, tmux: TerminalImages.askTmux))
    setUpInput()
    adoptSize()
    send(TerminalModes.enter(mouse: mouse))
  }

  isolated deinit { close() }

  /// Restores the terminal.
  func close() {
    guard isOpen else { return }
    isOpen = false
    leaveScreen()
    delscreen(screen)
    streams.forEach { fclose($0) }
  }

  // MARK: Size

  var size: Size {
    Size(width: Int(getmaxx(cn_stdscr())), height: Int(getmaxy(cn_stdscr())))
  }

  /// Adopts the current size of the terminal.
  func adoptSize() {
    var window = winsize()
    guard ioctl(output, UInt(TIOCGWINSZ), &window) == 0, window.ws_row > 0, window.ws_col > 0 else { return }
    if window.ws_row != getmaxy(cn_stdscr()) || window.ws_col != getmaxx(cn_stdscr()) {
      resizeterm(Int32(window.ws_row), Int32(window.ws_col))
    }
  }

  // MARK: Suspension

  /// Restores the terminal temporarily; the next refresh takes it over again.
  func leaveScreen() {
    send(TerminalModes.leave(mouse: mouse))
    endwin()
    terminal_signals_arm(false)
  }

  /// Whether the process receives keys, which is `false` for a background job.
  var isInForeground: Bool {
    let group = tcgetpgrp(input)
    return group < 0 || group == getpgrp()
  }

  /// Whether the other end of the terminal is closed.
  var hasHungUp: Bool {
    var state = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
    return poll(&state, 1, 0) > 0 && Int32(state.revents) & Int32(POLLHUP | POLLERR | POLLNVAL) != 0
  }

  /// Takes over the terminal again after `leaveScreen` or after the process was stopped.
  ///
  /// - Parameter wasLeft: Whether other programs used the terminal since `leaveScreen` and may have changed
  ///   its settings.
  func enterScreen(wasLeft: Bool) {
    if wasLeft {
      _ = terminal_signals_remember(output)
      def_shell_mode()
    }
    terminal_signals_arm(true)
    reset_prog_mode()
    adoptSize()
    _ = wrefresh(cn_stdscr())
    send(TerminalModes.enter(mouse: mouse))
  }

  // MARK: Output

  /// Sends bytes without ncurses. They must not change any cell of the screen.
  func send(_ sequence: String) { send(Array(sequence.utf8)) }

  func send(_ bytes: [UInt8]) {
    // A closed terminal is detected on reading.
    try? bytes.withUnsafeBytes { try writeAll($0, to: output) }
  }

  // MARK: Colors

  /// Asks the terminal for its colors, on a screen that the next frame draws completely.
  ///
  /// - Returns: `false` for a terminal that is not asked.
  func ask() -> Bool {
    guard colors.allowsQueries(at: capabilities.colorDepth) else { return false }
    _ = wrefresh(cn_stdscr())
    send(TerminalQuery.request)
    return true
  }

  func adopt(_ reply: TerminalReply) {
    switch reply {
    case .background(let background): capabilities.background = background
    case .trueColor: capabilities.colorDepth = .trueColor
    case .attributes: break
    }
  }

  // MARK: Setting up

  /// The sequence that leaves all modes of this session, from the terminal description alone.
  private static func resetSequence(
    _ name: String, output: Int32, mouse: Bool
  ) throws(TerminalError) -> String {
    var found: Int32 = 0
    guard setupterm(name, output, &found) == OK else { throw .cannotInitialise(name) }
    // ncurses reads the description again for the screen.
    defer { cn_forget_terminal() }
    guard !TerminalModes.capability("cup").isEmpty else { throw .dumbTerminal(name) }
    return TerminalModes.reset(mouse: mouse)
  }

  private static func startColors(allowed: Bool, _ colors: ColorEnvironment) -> ColorDepth {
    guard allowed, Environment["NO_COLOR"].isEmpty, has_colors(), start_color() == OK else { return .none }
    return colors.depth(ofColorCount: Int(cn_colors()))
  }

  /// Creates a painter for this screen.
  func makePainter() -> any ScreenPainter {
    let cells = makeCellPainter()
    guard capabilities.drawsImages else { return cells }
    let images = TerminalImages(depth: capabilities.colorDepth, isInsideTmux: !Environment["TMUX"].isEmpty)
    return PicturePainter(cells: cells, images: images) { [weak self] in self?.send($0) }
  }

  private func makeCellPainter() -> any ScreenPainter {
    if capabilities.colorDepth == .trueColor {
      // Enters the screen that the painter draws on without ncurses.
      _ = wrefresh(cn_stdscr())
      return DirectPainter { [weak self] in self?.send($0) }
    }
    let hasDefaults = capabilities.colorDepth != .none && use_default_colors() == OK
    return Painter(
      depth: capabilities.colorDepth,
      pairs: ColorPairs(
        depth: capabilities.colorDepth, capacity: Int(cn_color_pairs()), hasDefaultColors: hasDefaults),
      gatherer: OutputGatherer(fileno(streams[1])))
  }

  private func setUpInput() {
    let window = cn_stdscr()
    cbreak()
    noecho()
    nonl()
    keypad(window, true)
    curs_set(0)
    // ncurses does not read keys, and pending keys must not stop it from drawing.
    typeahead(-1)
    // ^C, ^Z, ^S, ^Q, ^V and ^O are ordinary keys; ^\ still ends a program that does not respond.
    var modes = termios()
    if tcgetattr(input, &modes) == 0 {
      modes.c_iflag &= ~tcflag_t(IXON)
      modes.c_lflag &= ~tcflag_t(IEXTEN)
      withUnsafeMutableBytes(of: &modes.c_cc) { characters in
        for index in [VINTR, VSUSP] { characters[Int(index)] = cn_disabled_character() }
      }
      tcsetattr(input, TCSANOW, &modes)
    }
    def_prog_mode()
  }
}

/// Terminal modes that ncurses does not set, and the sequence that restores an ordinary terminal.
enum TerminalModes {
  /// Enables bracketed paste and SGR mouse reports of clicks, the wheel and drags.
  private static let pasteModes = [2004]
  private static let mouseModes = [1000, 1002, 1006]

  static func enter(mouse: Bool) -> String { modes(mouse: mouse).map { "\u{1B}[?\($0)h" }.joined() }

  static func leave(mouse: Bool) -> String {
    modes(mouse: mouse).reversed().map { "\u{1B}[?\($0)l" }.joined()
  }

  private static func modes(mouse: Bool) -> [Int] { pasteModes + (mouse ? mouseModes : []) }

  /// The complete reset after a crash: modes, attributes, colors, keypad, cursor and main screen.
  static func reset(mouse: Bool) -> String {
    leave(mouse: mouse) + ["sgr0", "op", "rmkx", "cnorm", "rmcup"].map(capability).joined()
  }

  /// A string capability of the terminal description, without padding; empty if it is absent.
  static func capability(_ name: String) -> String {
    guard let value = tigetstr(name), Int(bitPattern: value) != -1 else { return "" }
    return String(cString: value).replacing(/\$<[0-9.]+[*\/]*>/, with: "")
  }
}
