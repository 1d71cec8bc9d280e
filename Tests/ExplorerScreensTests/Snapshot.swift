import ExplorerModel
import ExplorerScreens
import Foundation
import TerminalRendering
import Testing

/// Snapshots of screens beside the tests: the text, then the styles of each row, such as `3: 0-5 bold, 9 fg2`
/// for row 3. GMMSCOPE_UPDATE_SNAPSHOTS=1 overwrites those that differ, and fails, so that an update is never
/// mistaken for a pass.
enum Snapshot {
  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Snapshots")

  /// Compares a canvas with the snapshot of this name. A missing snapshot is a failure.
  static func expect(
    _ canvas: Canvas, named name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let file = directory.appendingPathComponent(name + ".txt")
    let drawn = canvas.lines + ["", "styles"] + styles(of: canvas)
    let kept = try? String(contentsOf: file, encoding: .utf8)
    let text = drawn.joined(separator: "\n") + "\n"
    if kept == text { return }
    if ProcessInfo.processInfo.environment["GMMSCOPE_UPDATE_SNAPSHOTS"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("\(name).txt was updated.", sourceLocation: sourceLocation)
      return
    }
    guard let kept else {
      Issue.record(
        "The snapshot \(name).txt does not exist; create it with GMMSCOPE_UPDATE_SNAPSHOTS=1.",
        sourceLocation: sourceLocation)
      return
    }
    let lines = kept.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.count == drawn.count, "lines of \(name)", sourceLocation: sourceLocation)
    for (row, pair) in zip(lines, drawn).enumerated() where pair.0 != pair.1 {
      Issue.record(
        "\(name), line \(row)\n  kept  \(pair.0)\n  drawn \(pair.1)", sourceLocation: sourceLocation)
    }
  }

  /// Compares what the explorer draws with the snapshot of this name.
  static func expect(
    _ state: ExplorerState, _ name: String, width: Int = 120, height: Int = 40,
    capabilities: TerminalCapabilities = Fixture.unicode, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let canvas = Explorer.draw(state, size: Size(width: width, height: height), capabilities: capabilities)
    try expect(canvas, named: name, sourceLocation: sourceLocation)
  }

  /// The runs of styled cells, row by row.
  private static func styles(of canvas: Canvas) -> [String] {
    (0..<canvas.size.height).compactMap { y in
      var runs: [(style: Style, columns: ClosedRange<Int>)] = []
      for x in 0..<canvas.size.width {
        let style = canvas[x, y].style
        if let last = runs.last, last.style == style {
          runs[runs.count - 1].columns = last.columns.lowerBound...x
        } else {
          runs.append((style, x...x))
        }
      }
      let styled = runs.filter { $0.style != .plain }.map { run in
        let (first, last) = (run.columns.lowerBound, run.columns.upperBound)
        return "\(first)\(first == last ? "" : "-\(last)") \(name(of: run.style))"
      }
      return styled.isEmpty ? nil : "\(y): " + styled.joined(separator: ", ")
    }
  }

  private static func name(of style: Style) -> String {
    let attributes: [(Style.Attributes, String)] = [
      (.bold, "bold"), (.dim, "dim"), (.underline, "underline"), (.reverse, "reverse"), (.italic, "italic"),
    ]
    let colors = [("fg", style.foreground), ("bg", style.background)].filter { $0.1 != .terminalDefault }
    return
      (attributes.filter { style.attributes.contains($0.0) }.map(\.1) + colors.map { $0.0 + name(of: $0.1) })
      .joined(separator: " ")
  }

  private static func name(of color: Color) -> String {
    switch color {
    case .terminalDefault: ""
    case .ansi(let index): "\(index)"
    case .indexed(let index): "x\(index)"
    case .rgb(let red, let green, let blue): String(format: "#%02x%02x%02x", red, green, blue)
    }
  }
}
