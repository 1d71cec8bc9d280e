import Foundation

/// The bytes that ask a terminal to put text on the user's clipboard (OSC 52), also across SSH.
nonisolated enum ClipboardSequence {
  /// What most terminals still accept, in bytes of text: base64 makes 100,000 of it.
  static let longestText = 74_994

  /// - Parameter insideTmux: Sends it twice, once to tmux (which takes it with `set-clipboard on`) and once
  ///   through it to the outer terminal (with `allow-passthrough on`); what is not allowed is ignored.
  /// - Returns: nil where `text` is longer than terminals accept.
  static func bytes(copying text: String, insideTmux: Bool) -> [UInt8]? {
    guard text.utf8.count <= longestText else { return nil }
    let payload = Data(text.utf8).base64EncodedString()
    let sequence = "\u{1B}]52;c;\(payload)\u{07}"
    guard insideTmux else { return Array(sequence.utf8) }
    return Array((sequence + "\u{1B}Ptmux;\u{1B}\(sequence)\u{1B}\\").utf8)
  }
}
