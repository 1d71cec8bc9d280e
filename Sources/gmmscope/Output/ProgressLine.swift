import OODData
import OODDetection

/// One line on standard error that is written over as work goes on, and gone when it is done.
final class ProgressLine {
  private var shown = ""
  private var isDone = false

  /// Shows what is done and how far it is. Reports that come after ``clear()`` are too late.
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
