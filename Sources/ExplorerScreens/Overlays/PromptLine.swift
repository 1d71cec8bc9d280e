import ExplorerModel
import TerminalRendering

/// A question at the foot of the screen: `λ = 1e-3▏`, and what is wrong with the answer so far.
enum PromptLine {
  static func draw(_ prompt: Prompt, on canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let label = glyphs.spelled(prompt.label) + " "
    let note =
      prompt.problem.map { StyledText(glyphs.spelled($0), style: theme.bad) }
      ?? StyledText(glyphs.spelled(hint(for: prompt.purpose)), style: theme.muted)
    let noteWidth = DisplayText.width(note.text)
    // What is typed matters more than the remark beside it.
    let needed = DisplayText.width(label) + DisplayText.width(prompt.text) + 3
    let showsNote = prompt.problem != nil || needed + noteWidth <= rect.width
    canvas.fill(rect)
    let used = canvas.write(label, at: rect.origin, style: theme.key)
    let field = rect.inset(left: used, right: showsNote ? noteWidth + 2 : 0)
    drawInput(prompt.text, on: &canvas, rect: field, appearance: appearance)
    if showsNote {
      canvas.write(
        note.text, at: rect.origin, style: note.style, maxWidth: rect.width, alignment: .trailing,
        ellipsis: glyphs.ellipsis)
    }
  }

  private static func hint(for purpose: Prompt.Purpose) -> String {
    switch purpose {
    case .regularization: "a number such as 1e-3; Esc leaves it as it is"
    case .filter: "rows whose name contains this; Esc closes"
    case .find: "part of a name; n and N go on"
    case .export: "a CSV file; Esc cancels"
    }
  }
}
