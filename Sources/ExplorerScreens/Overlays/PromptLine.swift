import ExplorerModel
import TerminalRendering

/// A prompt at the bottom of the screen: `setting: 1e-3▏`, with a hint or the problem of the typed text.
enum PromptLine {
  static func draw(_ prompt: Prompt, on canvas: inout Canvas, rect: Rect, appearance: Appearance) {
    let (theme, glyphs) = (appearance.theme, appearance.glyphs)
    let label = glyphs.spelled(prompt.label) + " "
    let note =
      prompt.problem.map { StyledText(glyphs.spelled($0), style: theme.bad) }
      ?? StyledText(glyphs.spelled(hint(for: prompt)), style: theme.muted)
    let noteWidth = DisplayText.width(note.text)
    // The typed text takes precedence over the hint.
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

  private static func hint(for prompt: Prompt) -> String {
    switch prompt.purpose {
    case .regularization: "1e-3, 0.01x, loo, oas, a 0.03, b 0.5, relative-nll; Esc cancels"
    case .filter: "part of a name, or a condition: score > 3 and label != 4; Esc closes"
    case .find: "part of a name; n and N repeat the search"
    case .threshold: "a score such as 12.5, or a rate: tpr 0.9, fpr 5 %; Esc cancels"
    case .tag: "a word for the marked samples; empty removes it"
    case .export, .exportScores:
      (prompt.exports.first?.endings.map { ".\($0)" }.joined(separator: " ") ?? "")
        + (prompt.exports.dropFirst().first.map { "; Tab: \($0.title)" } ?? "")
    }
  }
}
