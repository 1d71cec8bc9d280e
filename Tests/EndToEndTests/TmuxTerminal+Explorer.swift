/// The explorer on the sample data.
extension TmuxTerminal {
  static let explorer =
    "\(Gmmscope.path) explore \(Gmmscope.sample("train.npz")) \(Gmmscope.sample("test.npz"))"
  /// What it says when everything is computed.
  static let explorerIsReady = "Leave-one-out likelihood proposes"

  /// Lends a terminal in which the explorer has loaded, fitted and scored.
  static func openExplorer(
    width: Int = 120, height: Int = 40, locale: String = "C.UTF-8", options: String = "",
    _ body: (TmuxTerminal) async throws -> Void
  ) async throws {
    try await open(width: width, height: height, locale: locale) { terminal in
      try await terminal.launch("\(explorer) \(options)")
      try await terminal.wait(for: explorerIsReady)
      try await body(terminal)
    }
  }

  func quitExplorer() async throws {
    try await press("Q")
    try await waitForPrompt()
  }
}
