public import ExplorerModel
public import TerminalRendering

extension Explorer {
  /// The actions of an input, to be applied in order. `size` is the terminal size of the last drawing.
  public static func actions(
    for input: TerminalInput, in state: ExplorerState, size: Size, capabilities: TerminalCapabilities
  ) -> [Action] {
    guard let layout = FrameLayout(size: size) else { return actionsWhileTooSmall(input) }
    let context = KeyContext(state: state, screenSize: layout.screen.size)
    if let overlay = state.overlay {
      return OverlayInput(
        overlay: overlay, context: context, size: size,
        appearance: Appearance(capabilities, state.preferences)
      )
      .actions(for: input)
    }
    // Any key dismisses the notice.
    let dismissal: [Action] = state.messages.notice == nil ? [] : [.dismissNotice]
    switch input {
    case .key(let key):
      if case .action(let action)? = KeyBindings.binding(for: key, in: state)?.outcome {
        return dismissal + [action(context)].compactMap(\.self)
      }
      // Any other character edits the filter of the file chooser.
      return dismissal + (state.takesText ? TextInput.edits(for: key) : [])
    case .mouse(let mouse):
      let appearance = Appearance(capabilities, state.preferences)
      if mouse.kind == .press, layout.hints.contains(mouse.position), state.showsHints(in: layout) {
        return dismissal + hintActions(at: mouse.position, context, layout: layout, glyphs: appearance.glyphs)
      }
      return actions(for: mouse, in: state, layout: layout, appearance: appearance)
    case .paste(let text):
      return state.takesText ? [TextInput.insertion(of: text)].compactMap(\.self) : []
    case .resize:
      return []
    }
  }

  /// What a key does in a state, in the words of the help; `nil` if it does nothing or is typed as text.
  public static func help(
    for key: KeyPress, in state: ExplorerState, capabilities: TerminalCapabilities
  ) -> String? {
    guard state.overlay == nil, let binding = KeyBindings.binding(for: key, in: state) else { return nil }
    return Appearance(capabilities).glyphs.spelled(binding.help)
  }

  /// The front-end command of a key, if it has one.
  public static func frontEndCommand(
    for input: TerminalInput, in state: ExplorerState, size: Size
  ) -> FrontEndCommand? {
    if case .palette(let query, let selected) = state.overlay,
      let command = PaletteOverlay.command(
        for: input, query: query, selected: selected, in: state, size: size)
    {
      return command
    }
    guard case .key(let key) = input else { return nil }
    for binding in KeyBindings.all(in: state) where binding.keys.contains(key) {
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

  /// What the key of the footer's hint under the mouse does.
  private static func hintActions(
    at position: Point, _ context: KeyContext, layout: FrameLayout, glyphs: Glyphs
  ) -> [Action] {
    let binding = KeyBindings.binding(
      atColumn: position.x - layout.hints.x, width: layout.hints.width, for: context.state, glyphs: glyphs)
    guard case .action(let action)? = binding?.outcome else { return [] }
    return [action(context)].compactMap(\.self)
  }

  private static func actions(
    for mouse: MouseEvent, in state: ExplorerState, layout: FrameLayout, appearance: Appearance
  ) -> [Action] {
    if !state.choosing.isOpen, mouse.kind == .press, layout.tabs.contains(mouse.position) {
      let tabs = TabLine(state: state, width: layout.tabs.width, appearance: appearance)
      let column = mouse.position.x - layout.tabs.x
      if tabs.cancels(atColumn: column, width: layout.tabs.width) { return [.cancelTask] }
      return tabs.screen(atColumn: column).map { [.show($0)] } ?? []
    }
    guard layout.screen.contains(mouse.position) || mouse.kind == .drag else { return [] }
    let position = Point(x: mouse.position.x - layout.screen.x, y: mouse.position.y - layout.screen.y)
    return state.view.actions(
      for: MouseEvent(mouse.kind, at: position), in: state, size: layout.screen.size, appearance: appearance)
  }
}

extension ExplorerState {
  /// Whether typed text edits the filter of the file chooser.
  fileprivate var takesText: Bool { choosing.files != nil && choosing.arrays == nil }
}
