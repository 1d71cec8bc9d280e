public import TerminalRendering

/// What the event loop shows and who answers its input.
public protocol FrontEndDelegate: AnyObject {
  /// The whole screen as it should look now. Called at most once per frame; changes nothing.
  func draw(size: Size, capabilities: TerminalCapabilities) -> Canvas

  /// Everything the user does arrives here in order; the loop keeps no key for itself, not even ^C, ^L and ^Z.
  func handle(_ input: TerminalInput, size: Size, capabilities: TerminalCapabilities)

  /// Read after every input and every frame; true ends the loop.
  var isFinished: Bool { get }
}
