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
    case (.help(let help), .key(let key)): helpActions(for: key, help)
    case (.help(let help), .mouse(let mouse)): helpActions(for: mouse, help)
    case (.help(let help), .paste(let text)) where help.isTyping:
      TextInput.insertion(of: text).map { searching(after: $0) } ?? []
    case (.palette(let query, let selected), .key(let key)):
      paletteActions(for: key, PaletteOverlay(query: query, selected: selected, state: context.state))
    case (.palette(let query, let selected), .mouse(let mouse)):
      paletteActions(for: mouse, PaletteOverlay(query: query, selected: selected, state: context.state))
    case (.columns(let list), _):
      ColumnsOverlay(list: list, state: context.state, appearance: appearance).actions(for: input, size: size)
    case (.prompt, .key(let key)): promptActions(for: key)
    case (.palette, .paste(let text)), (.prompt, .paste(let text)):
      [TextInput.insertion(of: text)].compactMap(\.self)
    case (.help, .paste), (.prompt, .mouse), (_, .resize): []
    }
  }

  // MARK: Help

  private func drawn(_ help: HelpView, in state: ExplorerState) -> HelpOverlay {
    HelpOverlay(help, of: state, size: size, appearance: appearance)
  }

  private func helpActions(for key: KeyPress, _ help: HelpView) -> [Action] {
    if help.isTyping {
      switch key {
      case .enter, .escape, .control("c"): return [.searchHelp(isTyping: false)]
      default: return TextInput.edits(for: key).flatMap(searching)
      }
    }
    let overlay = drawn(help, in: context.state)
    let page = overlay.pageHeight
    func scroll(_ lines: Int) -> [Action] {
      let target = min(max(overlay.firstLine + lines, 0), overlay.lastScroll)
      return target == help.scroll ? [] : [.scrollHelp(target - help.scroll)]
    }
    switch key {
    case .down, .character("j"), .enter: return scroll(1)
    case .up, .character("k"): return scroll(-1)
    case .pageDown, .control("f"), .control("d"), .character(" "): return scroll(page)
    case .pageUp, .control("b"), .control("u"): return scroll(-page)
    case .home, .character("g"): return scroll(-overlay.firstLine)
    case .end, .character("G"): return scroll(overlay.lastScroll)
    case .tab, .right, .character("l"), .character("?"): return [.showHelpPage(help.page.next(1))]
    case .backTab, .left, .character("h"): return [.showHelpPage(help.page.next(-1))]
    case .character("/"): return [.searchHelp(isTyping: true)]
    case .character("n"): return jump(in: overlay, help, forward: true)
    case .character("N"): return jump(in: overlay, help, forward: false)
    case .escape, .character("q"), .function(1), .control("c"): return [.closeOverlay]
    case .character("Q"): return [.quit]
    default: return []
    }
  }

  /// Edits the searched text, and goes to its first match from the shown line on: on this page, or else on the one with
  /// everything.
  private func searching(after edit: Action) -> [Action] {
    var state = context.state
    _ = state.apply(edit)
    guard case .help(let help) = state.overlay else { return [edit] }
    let overlay = drawn(help, in: state)
    let matches = overlay.matchingLines
    if let line = matches.first(where: { $0 >= overlay.firstLine }) ?? matches.first {
      return [edit] + scroll(to: line, in: overlay, help)
    }
    guard !help.search.isEmpty, help.page != .everything else { return [edit] }
    var everything = help
    (everything.page, everything.scroll) = (.everything, 0)
    let all = drawn(everything, in: state)
    guard let line = all.matchingLines.first else { return [edit] }
    return [edit, .showHelpPage(.everything)] + scroll(to: line, in: all, everything)
  }

  /// Goes to the next line with the searched text, around the end.
  private func jump(in overlay: HelpOverlay, _ help: HelpView, forward: Bool) -> [Action] {
    let matches = overlay.matchingLines
    // A match near the end is visible, but cannot be the first line.
    let place = max(help.scroll, overlay.firstLine)
    let target =
      forward
      ? matches.first { $0 > place } ?? matches.first : matches.last { $0 < place } ?? matches.last
    return target.map { [.scrollHelp($0 - help.scroll)] } ?? []
  }

  private func scroll(to line: Int, in overlay: HelpOverlay, _ help: HelpView) -> [Action] {
    line == help.scroll ? [] : [.scrollHelp(line - help.scroll)]
  }

  private func helpActions(for mouse: MouseEvent, _ help: HelpView) -> [Action] {
    let overlay = drawn(help, in: context.state)
    if let lines = wheelLines(mouse) {
      let target = min(max(overlay.firstLine + lines, 0), overlay.lastScroll)
      return target == help.scroll ? [] : [.scrollHelp(target - help.scroll)]
    }
    guard mouse.kind == .press else { return [] }
    return overlay.page(at: mouse.position).map { [.showHelpPage($0)] } ?? []
  }

  private func wheelLines(_ mouse: MouseEvent) -> Int? {
    switch mouse.kind {
    case .wheelUp: -3
    case .wheelDown: 3
    case .press, .release, .drag, .doubleClick: nil
    }
  }

  // MARK: Palette

  private func paletteActions(for key: KeyPress, _ palette: PaletteOverlay) -> [Action] {
    switch key {
    case .down, .control("n"), .tab:
      return palette.selectedIndex + 1 < palette.matches.count ? [.movePaletteSelection(1)] : []
    case .up, .control("p"), .backTab:
      return palette.selectedIndex > 0 ? [.movePaletteSelection(-1)] : []
    case .pageDown:
      let left = palette.matches.count - 1 - palette.selectedIndex
      return left > 0 ? [.movePaletteSelection(min(10, left))] : []
    case .pageUp:
      return palette.selectedIndex > 0 ? [.movePaletteSelection(-min(10, palette.selectedIndex))] : []
    case .enter:
      return palette.chosen?.actions(in: context) ?? []
    default:
      return editing(key)
    }
  }

  /// A click selects a row, and a click on the selected row chooses it.
  private func paletteActions(for mouse: MouseEvent, _ palette: PaletteOverlay) -> [Action] {
    if let lines = wheelLines(mouse) {
      let target = min(max(palette.selectedIndex + lines.signum(), 0), palette.matches.count - 1)
      return target == palette.selectedIndex || target < 0
        ? [] : [.movePaletteSelection(target - palette.selectedIndex)]
    }
    guard [.press, .doubleClick].contains(mouse.kind), let place = palette.match(at: mouse.position, in: size)
    else { return [] }
    return place == palette.selectedIndex
      ? palette.matches[place].actions(in: context) : [.movePaletteSelection(place - palette.selectedIndex)]
  }

  // MARK: Prompt

  private func promptActions(for key: KeyPress) -> [Action] {
    switch key {
    case .enter: [.submitPrompt]
    case .tab: [.cycleExport(offset: 1)]
    case .backTab: [.cycleExport(offset: -1)]
    default: editing(key)
    }
  }

  private func editing(_ key: KeyPress) -> [Action] {
    switch key {
    case .escape, .control("c"): [.closeOverlay]
    default: TextInput.edits(for: key)
    }
  }
}

extension HelpView.Page {
  fileprivate func next(_ offset: Int) -> Self {
    let all = Self.allCases
    let place = (all.firstIndex(of: self) ?? 0) + offset + all.count
    return all[place % all.count]
  }
}

/// The edits that keys make to a line of text.
enum TextInput {
  static func edits(for key: KeyPress) -> [Action] {
    switch key {
    case .character(let character): [insertion(of: String(character))].compactMap(\.self)
    case .backspace, .control("h"): [.editText(.deleteBackward)]
    case .control("w"): [.editText(.deleteWord)]
    case .control("u"): [.editText(.clear)]
    default: []
    }
  }

  /// Inserts pasted text as one line without control characters.
  static func insertion(of text: String) -> Action? {
    let printable = String(
      text.map { $0.isNewline || $0 == "\t" ? " " : $0 }
        .filter { $0.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } })
    return printable.isEmpty ? nil : .editText(.insert(printable))
  }
}
