public import TerminalRendering

/// Provides the content of the event loop and handles its input.
public protocol FrontEndDelegate: AnyObject {
  /// The current content of the whole screen. Called at most once per frame. Must not change what is shown.
  func draw(size: Size, capabilities: TerminalCapabilities) -> Canvas

  /// Handles an input. The delegate receives all input in order, including ^C, ^L and ^Z.
  func handle(_ input: TerminalInput, size: Size, capabilities: TerminalCapabilities)

  /// Whether the loop should end. Read after every input and every frame.
  var isFinished: Bool { get }
}
