import ExplorerModel
import TerminalRendering

/// What keys do to a line of text that is being typed.
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

  /// Pasted text is one line without control characters, as if it had been typed.
  static func insertion(of text: String) -> Action? {
    let printable = String(
      text.map { $0.isNewline || $0 == "\t" ? " " : $0 }
        .filter { $0.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } })
    return printable.isEmpty ? nil : .editText(.insert(printable))
  }
}
