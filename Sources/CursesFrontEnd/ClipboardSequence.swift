import Foundation

/// The escape sequence that copies text to the user's clipboard (OSC 52). It also works over SSH.
nonisolated enum ClipboardSequence {
  /// The maximum text size in bytes that most terminals accept. Base64 encodes it as 100,000 bytes.
  static let longestText = 74_994

  /// The environment variables that tell which terminal it is.
  static let variables = [
    "TERM", "TERM_PROGRAM", "TMUX", "STY", "KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "WT_SESSION",
  ]

  /// Whether the terminal is one that puts text on the clipboard unless its user forbids it. Others ignore the sequence,
  /// as xterm and tmux do by default, or cannot be told apart from those.
  static func isTaken(by environment: [String: String]) -> Bool {
    func value(_ name: String) -> String { environment[name] ?? "" }
    guard value("TMUX").isEmpty, value("STY").isEmpty else { return false }
    if !["KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "WT_SESSION"].allSatisfy({ value($0).isEmpty }) {
      return true
    }
    if ["ghostty", "WezTerm", "rio"].contains(value("TERM_PROGRAM")) { return true }
    return ["xterm-kitty", "xterm-ghostty", "foot", "alacritty", "wezterm", "contour", "rio"].contains {
      value("TERM") == $0 || value("TERM").hasPrefix($0 + "-")
    }
  }

  /// - Parameter insideTmux: Whether to send the sequence twice: to tmux, which needs `set-clipboard on`, and
  ///   through tmux to the outer terminal, which needs `allow-passthrough on`. Tmux ignores a sequence that
  ///   is not allowed.
  /// - Returns: `nil` if `text` is longer than terminals accept.
  static func bytes(copying text: String, insideTmux: Bool) -> [UInt8]? {
    guard text.utf8.count <= longestText else { return nil }
    let payload = Data(text.utf8).base64EncodedString()
    let sequence = "\u{1B}]52;c;\(payload)\u{07}"
    guard insideTmux else { return Array(sequence.utf8) }
    return Array((sequence + "\u{1B}Ptmux;\u{1B}\(sequence)\u{1B}\\").utf8)
  }
}
