import ExplorerModel
import TerminalRendering

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
