import ArgumentParser
import TerminalRendering

/// A size in columns and rows, written as `120x40`.
struct ScreenSize: ExpressibleByArgument {
  let size: Size

  init(width: Int, height: Int) { size = Size(width: width, height: height) }

  nonisolated init?(argument: String) {
    let parts = argument.lowercased().split(whereSeparator: { $0 == "x" || $0 == "×" })
    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
      (1...1000).contains(width), (1...1000).contains(height)
    else { return nil }
    size = Size(width: width, height: height)
  }

  nonisolated var defaultValueDescription: String { "\(size.width)x\(size.height)" }
}
