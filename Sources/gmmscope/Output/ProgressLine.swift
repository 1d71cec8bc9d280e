import OODData
import OODDetection

/// A progress line on standard error, overwritten as work proceeds and erased at the end.
final class ProgressLine {
  private var shown = ""
  private var isDone = false

  /// Shows a task and its progress. Reports after ``clear()`` are ignored.
  func show(_ title: String, _ progress: WorkProgress) {
    let text = "\(title) \(Int(progress.fraction * 100)) %"
    guard text != shown, !isDone else { return }
    shown = text
    StandardError.replaceLine(text)
  }

  func clear() {
    isDone = true
    guard !shown.isEmpty else { return }
    StandardError.replaceLine("")
    shown = ""
  }
}
