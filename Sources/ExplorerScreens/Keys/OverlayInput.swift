import ExplorerModel
import TerminalRendering

/// Handles input while an overlay is open. The overlay receives all input.
struct OverlayInput {
  var overlay: ExplorerModel.Overlay
  var context: KeyContext
  /// The size of the terminal.
  var size: Size
  var appearance: Appearance

  func actions(for input: TerminalInput) -> [Action] {
    switch (overlay, input) {
    case (.help(let scroll), .key(let key)): helpActions(for: key, scroll: scroll)
    case (.help(let scroll), .mouse(let mouse)): wheelLines(mouse).map { helpScroll($0, from: scroll) } ?? []
    case (.palette(let query, let selected), .key(let key)):
      paletteActions(for: key, PaletteOverlay(query: query, selected: selected, state: context.state))
    case (.palette, .mouse(let mouse)): wheelLines(mouse).map { [.movePaletteSelection($0.signum())] } ?? []
    case (.prompt, .key(let key)): promptActions(for: key)
    case (.palette, .paste(let text)), (.prompt, .paste(let text)):
      [TextInput.insertion(of: text)].compactMap(\.self)
    case (.help, .paste), (.prompt, .mouse), (_, .resize): []
    }
  }

  private func wheelLines(_ mouse: MouseEvent) -> Int? {
    switch mouse.kind {
    case .wheelUp: -3
    case .wheelDown: 3
    case .press, .release, .drag, .doubleClick: nil
    }
  }

  private func helpActions(for key: KeyPress, scroll: Int) -> [Action] {
    let page = max(1, HelpOverlay.textSize(in: size, appearance: appearance).height - 1)
    switch key {
    case .down, .character("j"), .enter: return helpScroll(1, from: scroll)
    case .up, .character("k"): return helpScroll(-1, from: scroll)
    case .pageDown, .control("f"), .control("d"), .character(" "): return helpScroll(page, from: scroll)
    case .pageUp, .control("b"), .control("u"): return helpScroll(-page, from: scroll)
    case .home, .character("g"): return helpScroll(-scroll, from: scroll)
    case .end, .character("G"): return helpScroll(.max / 2, from: scroll)
    case .escape, .character("q"), .character("?"), .function(1), .control("c"): return [.closeOverlay]
    case .character("Q"): return [.quit]
    default: return []
    }
  }

  private func helpScroll(_ lines: Int, from scroll: Int) -> [Action] {
    let last = HelpOverlay.lastScroll(
      in: size, only: context.state.chooserGroup, appearance: appearance)
    let target = min(max(min(scroll, last) + lines, 0), last)
    return target == scroll ? [] : [.scrollHelp(target - scroll)]
  }

  private func paletteActions(for key: KeyPress, _ palette: PaletteOverlay) -> [Action] {
    switch key {
    case .down, .control("n"), .tab:
      return palette.selectedIndex + 1 < palette.matches.count ? [.movePaletteSelection(1)] : []
    case .up, .control("p"), .backTab:
      return palette.selectedIndex > 0 ? [.movePaletteSelection(-1)] : []
    case .enter:
      guard let binding = palette.chosen, case .action(let action) = binding.outcome else { return [] }
      var closed = context
      _ = closed.state.apply(.closeOverlay)
      return [.closeOverlay] + [action(closed)].compactMap(\.self)
    default:
      return editing(key)
    }
  }

  private func promptActions(for key: KeyPress) -> [Action] {
    key == .enter ? [.submitPrompt] : editing(key)
  }

  private func editing(_ key: KeyPress) -> [Action] {
    switch key {
    case .escape, .control("c"): [.closeOverlay]
    default: TextInput.edits(for: key)
    }
  }
}
