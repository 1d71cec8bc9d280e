import CTerminalSignals

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A full-screen program: takes the terminal, hands every input to its delegate, draws what the delegate shows,
/// and gives the terminal back.
///
/// Keys, signals and frames are events on the main actor; between them it is free, so work that reports back to
/// it is never kept waiting by the terminal, nor keys by the work.
public final class TerminalApp {
  private let input: Int32
  private let output: Int32
  private var loop: EventLoop?

  public convenience init() { self.init(input: 0, output: 1) }

  /// - Parameters:
  ///   - input: Where keys come from, `output` where cells go: two descriptors of one terminal.
  init(input: Int32, output: Int32) {
    self.input = input
    self.output = output
  }

  /// Shows `delegate` until it is finished or a signal ends the program. When this returns or throws, the
  /// terminal is as it was found.
  public func run(
    delegate: any FrontEndDelegate, options: TerminalOptions = TerminalOptions()
  ) async throws(TerminalError) -> ExitReason {
    // Started in the background, it is stopped before it does anything to the terminal.
    guard isatty(input) == 0 || terminal_signals_await_foreground(input) else { throw .inBackground }
    // Before the session: ncurses leaves alone the signals that already have a handler.
    let signals = SignalReader()
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

  /// What the delegate shows has changed: it is drawn soon, once for all changes until then. Does nothing
  /// while no loop runs.
  public func setNeedsDisplay() { loop?.setNeedsDisplay() }

  /// Draws the whole screen anew, over what another program may have left on it.
  public func redraw() { loop?.redraw() }

  /// Gives the terminal back and stops, with the whole job, until the shell continues it.
  public func suspend() { loop?.suspend() }

  /// Asks the terminal to put text on the user's clipboard (OSC 52).
  ///
  /// - Returns: False if nothing was sent: no loop runs, or the text is longer than terminals accept. Whether
  ///   a terminal obeyed cannot be known.
  @discardableResult
  public func copyToClipboard(_ text: String) -> Bool {
    guard let loop,
      let bytes = ClipboardSequence.bytes(copying: text, insideTmux: !Environment["TMUX"].isEmpty)
    else { return false }
    loop.send(bytes)
    return true
  }
}
