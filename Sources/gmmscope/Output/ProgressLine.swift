import OODData
import OODDetection

/// Progress on standard error: a line that is overwritten as work proceeds and erased at the end. With several ranks,
/// standard error is not a terminal, so a new line is written every ten seconds.
final class ProgressLine {
  /// Whether the line is overwritten.
  let isErasable: Bool
  private var shown = ""
  private var isDone = false
  private var lastLine = ContinuousClock.now

  /// The time between two lines that stay.
  private static let interval = Duration.seconds(10)

  init(isErasable: Bool = true) { self.isErasable = isErasable }

  /// The one for this process; nil where nobody would see it.
  static var standard: ProgressLine? {
    if RankProcess.job != nil { return RankProcess.isWriter ? ProgressLine(isErasable: false) : nil }
    return StandardError.isTerminal ? ProgressLine() : nil
  }

  /// Shows a task and its progress. Reports after ``clear()`` are ignored.
  func show(_ title: String, _ progress: WorkProgress) {
    let text = "\(title) \(Int(progress.fraction * 100)) %"
    guard text != shown, !isDone else { return }
    if isErasable {
      StandardError.replaceLine(text)
    } else {
      guard ContinuousClock.now - lastLine >= Self.interval else { return }
      lastLine = .now
      StandardError.writeLine("gmmscope: \(text)")
    }
    shown = text
  }

  /// Ends a task: if lines that stay have shown it, the last one says that it is complete.
  func finish(_ title: String) {
    let text = "\(title) 100 %"
    guard !isErasable, shown.hasPrefix(title + " "), shown != text else { return }
    StandardError.writeLine("gmmscope: \(text)")
    shown = text
  }

  func clear() {
    isDone = true
    guard isErasable, !shown.isEmpty else { return }
    StandardError.replaceLine("")
    shown = ""
  }
}
