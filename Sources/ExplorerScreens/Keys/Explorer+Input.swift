public import ExplorerModel
public import TerminalRendering

extension Explorer {
  /// What an input does, to be applied in order. `size` is the terminal's, as it was drawn last.
  public static func actions(
    for input: TerminalInput, in state: ExplorerState, size: Size, capabilities: TerminalCapabilities
  ) -> [Action] {
    guard let layout = FrameLayout(size: size) else { return actionsWhileTooSmall(input) }
    let context = KeyContext(state: state, screenSize: layout.screen.size)
    if let overlay = state.overlay {
      return OverlayInput(
        overlay: overlay, context: context, size: size, appearance: Appearance(capabilities)
      )
      .actions(for: input)
    }
    // A notice stays until the next key, whatever the key does.
    let dismissal: [Action] = state.notice == nil ? [] : [.dismissNotice]
    switch input {
    case .key(let key):
      if case .action(let action)? = KeyBindings.binding(for: key, in: state)?.outcome {
        return dismissal + [action(context)].compactMap(\.self)
      }
      // What else is typed narrows the files.
      return dismissal + (state.takesText ? TextInput.edits(for: key) : [])
    case .mouse(let mouse):
      return actions(for: mouse, in: state, layout: layout, appearance: Appearance(capabilities))
    case .paste(let text):
      return state.takesText ? [TextInput.insertion(of: text)].compactMap(\.self) : []
    case .resize:
      return []
    }
  }

  /// What a key asks of the terminal itself rather than of the state.
  public static func frontEndCommand(for input: TerminalInput) -> FrontEndCommand? {
    guard case .key(let key) = input else { return nil }
    for binding in KeyBindings.all where binding.keys.contains(key) {
      if case .frontEnd(let command) = binding.outcome { return command }
    }
    return nil
  }

  private static func actionsWhileTooSmall(_ input: TerminalInput) -> [Action] {
    switch input {
    case .key(.character("q")): [.quit]
    case .key(.control("c")): [.cancelTask]
    default: []
    }
  }

  private static func actions(
    for mouse: MouseEvent, in state: ExplorerState, layout: FrameLayout, appearance: Appearance
  ) -> [Action] {
    if !state.isChoosing, mouse.kind == .press, layout.tabs.contains(mouse.position) {
      let tabs = TabLine(state: state, width: layout.tabs.width, appearance: appearance)
      return tabs.screen(atColumn: mouse.position.x - layout.tabs.x).map { [.show($0)] } ?? []
    }
    guard layout.screen.contains(mouse.position) || mouse.kind == .drag else { return [] }
    let position = Point(x: mouse.position.x - layout.screen.x, y: mouse.position.y - layout.screen.y)
    return state.view.actions(
      for: MouseEvent(mouse.kind, at: position), in: state, size: layout.screen.size, appearance: appearance)
  }
}

extension ExplorerState {
  /// Whether what is typed narrows a list of files.
  fileprivate var takesText: Bool { fileChooser != nil && arrayChooser == nil }
}
