public import ExplorerModel
import ExplorerScreens
public import TerminalRendering

/// The explorer in a terminal: connects the store, the screens and the event loop.
public final class ExplorerApp: FrontEndDelegate {
  private let store: ExplorerStore
  private let options: TerminalOptions
  private let clipboard: ClipboardFile?
  private let remarks: [String]
  /// Called after every change of the state.
  public var onChange: (() -> Void)?
  /// What was drawn last, for exports of the screen.
  private var drawn = (
    size: Explorer.minimumSize, capabilities: TerminalCapabilities(unicode: false, colorDepth: .none)
  )
  private let terminal = TerminalApp()

  /// - Parameters:
  ///   - clipboard: Where copied text is written, too, if the terminal might not take it.
  ///   - remarks: Warnings to show at startup.
  public init(
    store: ExplorerStore, options: TerminalOptions, clipboard: ClipboardFile? = nil, remarks: [String] = []
  ) {
    self.store = store
    self.options = options
    self.clipboard = clipboard
    self.remarks = remarks
    store.onChange = { [terminal, unowned self] in
      terminal.setNeedsDisplay()
      onChange?()
    }
    store.onCopy = { [unowned self] in copy($0) }
    store.shownScreen = { [unowned self] in
      Explorer.shown(self.store.state, size: drawn.size, capabilities: drawn.capabilities)
    }
  }

  private func copy(_ text: String) {
    let isSent = terminal.copyToClipboard(text)
    let isTaken = isSent && ClipboardSequence.isTaken(by: Environment.current)
    let file = isTaken ? nil : clipboard?.write(text)
    store.send(.copied(text, isTaken ? .taken : isSent ? .sent(file: file) : .tooLong(file: file)))
  }

  /// Opens the files of the request, or the file chooser if it names none. Runs until the user quits or a
  /// signal ends the program.
  ///
  /// - Throws: ``TerminalError`` if there is no usable terminal.
  public func run() async throws(TerminalError) -> ExitReason {
    // Tasks that end later still tell the store, which may outlive this object.
    defer { (store.onChange, store.onCopy, store.shownScreen) = (nil, nil, nil) }
    store.send(store.state.data.request.isEmpty ? .chooseFiles : .open(store.state.data.request))
    if !remarks.isEmpty { store.send(.noticed(Message(.warning, remarks.joined(separator: " ")))) }
    return try await terminal.run(delegate: self, options: options)
  }

  public func draw(size: Size, capabilities: TerminalCapabilities) -> Canvas {
    drawn = (size, capabilities)
    return Explorer.draw(store.state, size: size, capabilities: capabilities)
  }

  public func handle(_ input: TerminalInput, size: Size, capabilities: TerminalCapabilities) {
    let command = Explorer.frontEndCommand(for: input, in: store.state, size: size)
    // A command that the palette was asked for closes it, too.
    for action in Explorer.actions(
      for: input, in: store.state, size: size, capabilities: capabilities)
    {
      store.send(action)
    }
    switch command {
    case .redraw: terminal.redraw()
    case .suspend: terminal.suspend()
    case nil: break
    }
  }

  public var isFinished: Bool { store.state.isFinished }
}
