import Foundation

/// The escape sequence that copies text to the user's clipboard (OSC 52). It also works over SSH.
nonisolated enum ClipboardSequence {
  /// The maximum text size in bytes that most terminals accept. Base64 encodes it as 100,000 bytes.
  static let longestText = 74_994

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
