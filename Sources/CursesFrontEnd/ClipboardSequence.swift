/// The bytes that ask a terminal to put text on the user's clipboard (OSC 52), also across SSH.
nonisolated enum ClipboardSequence {
  /// What most terminals still accept, in bytes of text: base64 makes 100,000 of it.
  static let longestText = 74_994

  /// - Parameter insideTmux: Sends it twice, once to tmux (which takes it with `set-clipboard on`) and once
  ///   through it to the outer terminal (with `allow-passthrough on`); what is not allowed is ignored.
  /// - Returns: nil where `text` is longer than terminals accept.
  static func bytes(copying text: String, insideTmux: Bool) -> [UInt8]? {
    guard text.utf8.count <= longestText else { return nil }
    let payload = base64(Array(text.utf8))
    let sequence = "\u{1B}]52;c;\(payload)\u{07}"
    guard insideTmux else { return Array(sequence.utf8) }
    return Array((sequence + "\u{1B}Ptmux;\u{1B}\(sequence)\u{1B}\\").utf8)
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func base64(_ bytes: [UInt8]) -> String {
    var encoded: [UInt8] = []
    encoded.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for place in 0..<4 {
        encoded.append(
          place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}
