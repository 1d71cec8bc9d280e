import ExplorerModel
import OODDetection

/// One line on standard error that is written over as work goes on, and gone when it is done.
final class ProgressLine {
  private var shown = ""

  func show(_ kind: TaskKind, _ progress: WorkProgress) {
    let text = "\(kind.title) \(Int(progress.fraction * 100)) %"
    guard text != shown else { return }
    shown = text
    StandardError.write("\r\u{1B}[K\(text)")
  }

  func clear() {
    guard !shown.isEmpty else { return }
    StandardError.write("\r\u{1B}[K")
    shown = ""
  }
}
