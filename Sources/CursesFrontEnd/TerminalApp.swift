import CTerminalSignals
import SystemSupport
public import TerminalRendering

/// A full-screen terminal program: takes over the terminal, passes input to its delegate, draws the
/// delegate's content and restores the terminal.
///
/// Keys, signals and frames are events on the main actor. Between events the actor is free, so the terminal
/// does not delay work that reports to it, and that work does not delay keys.
public final class TerminalApp {
  private let input: Int32
  private let output: Int32
  private let patience: UInt32
  private var loop: EventLoop?

  public convenience init() { self.init(input: 0, output: 1) }

  /// - Parameters:
  ///   - input: Where keys come from, `output` where cells go: two descriptors of one terminal.
  ///   - patience: The seconds until a signal that the main actor did not act on ends the process.
  init(input: Int32, output: Int32, patience: UInt32 = 2) {
    self.input = input
    self.output = output
    self.patience = patience
  }

  /// Shows `delegate` until it is finished or a signal ends the program. Restores the terminal before it
  /// returns or throws.
  public func run(
    delegate: any FrontEndDelegate, options: TerminalOptions = TerminalOptions()
  ) async throws(TerminalError) -> ExitReason {
    // A job that starts in the background stops here, before it changes the terminal.
    guard isatty(input) == 0 || terminal_signals_await_foreground(input) else { throw .inBackground }
    // Install the handlers before the session: ncurses keeps signal handlers that already exist.
    let signals = SignalReader(patience: patience)
    let session = try TerminalSession(input: input, output: output, options: options)
    let loop = EventLoop(session: session, delegate: delegate)
    self.loop = loop
    signals.onSignal = { [weak loop] in loop?.receive(signal: $0) }
    let reason = await loop.run()
    self.loop = nil
    session.close()
    signals.stop()
    return reason
  }

  /// Schedules a frame that draws all changes until then. Does nothing while no loop runs.
  public func setNeedsDisplay() { loop?.setNeedsDisplay() }

  /// Redraws the whole screen, including cells that another program changed.
  public func redraw() { loop?.redraw() }

  /// Restores the terminal and stops the whole job until the shell continues it.
  public func suspend() { loop?.suspend() }

  /// Copies text to the user's clipboard through the terminal (OSC 52).
  ///
  /// - Returns: `false` if nothing was sent, because no loop runs or the text is longer than terminals
  ///   accept. Terminals do not report whether they copied the text.
  @discardableResult
  public func copyToClipboard(_ text: String) -> Bool {
    guard let loop,
      let bytes = ClipboardSequence.bytes(copying: text, insideTmux: !Environment["TMUX"].isEmpty)
    else { return false }
    loop.send(bytes)
    return true
  }
}

/// Provides the content of the event loop and handles its input.
public protocol FrontEndDelegate: AnyObject {
  /// The current content of the whole screen. Called at most once per frame. Must not change what is shown.
  func draw(size: Size, capabilities: TerminalCapabilities) -> Canvas

  /// Handles an input. The delegate receives all input in order, including ^C, ^L and ^Z.
  func handle(_ input: TerminalInput, size: Size, capabilities: TerminalCapabilities)

  /// Whether the loop should end. Read after every input and every frame.
  var isFinished: Bool { get }
}
