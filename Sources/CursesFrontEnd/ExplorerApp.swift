public import ExplorerModel
import ExplorerScreens
public import TerminalRendering

/// The explorer in a terminal: connects the store, the screens and the event loop.
public final class ExplorerApp: FrontEndDelegate {
  private let store: ExplorerStore
  private let options: TerminalOptions
  private let remarks: [String]
  private let terminal = TerminalApp()

  /// - Parameter remarks: Warnings to show at startup.
  public init(store: ExplorerStore, options: TerminalOptions, remarks: [String] = []) {
    self.store = store
    self.options = options
    self.remarks = remarks
    store.onChange = { [terminal] in terminal.setNeedsDisplay() }
    store.onCopy = { [terminal, weak store] text in
      guard !terminal.copyToClipboard(text) else { return }
      store?.send(
        .noticed(Message(.warning, "Cannot copy: the text is too long for the terminal's clipboard.")))
    }
  }

  /// Opens the files of the request, or the file chooser if it names none. Runs until the user quits or a
  /// signal ends the program.
  ///
  /// - Throws: ``TerminalError`` if there is no usable terminal.
  public func run() async throws(TerminalError) -> ExitReason {
    store.send(store.state.data.request.isEmpty ? .chooseFiles : .open(store.state.data.request))
    if !remarks.isEmpty { store.send(.noticed(Message(.warning, remarks.joined(separator: " ")))) }
    return try await terminal.run(delegate: self, options: options)
  }

  public func draw(size: Size, capabilities: TerminalCapabilities) -> Canvas {
    Explorer.draw(store.state, size: size, capabilities: capabilities)
  }

  public func handle(_ input: TerminalInput, size: Size, capabilities: TerminalCapabilities) {
    switch Explorer.frontEndCommand(for: input) {
    case .redraw: terminal.redraw()
    case .suspend: terminal.suspend()
    case nil:
      for action in Explorer.actions(
        for: input, in: store.state, size: size, capabilities: capabilities)
      {
        store.send(action)
      }
    }
  }

  public var isFinished: Bool { store.state.isFinished }
}
