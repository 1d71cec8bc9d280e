import OODDetection
import Synchronization

/// Lets progress through at most thirty times a second, so that reporting never slows the work down.
struct ProgressLimiter {
  let handler: ProgressHandler

  init(interval: Duration = .milliseconds(33), _ receive: @escaping ProgressHandler) {
    let last = LastReport()
    handler = { progress in
      if last.isDue(after: interval) { receive(progress) }
    }
  }

  private final class LastReport: Sendable {
    private let instant = Mutex<ContinuousClock.Instant?>(nil)

    func isDue(after interval: Duration) -> Bool {
      let now = ContinuousClock.now
      return instant.withLock { last in
        if let last, now - last < interval { return false }
        last = now
        return true
      }
    }
  }
}
