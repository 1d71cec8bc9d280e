package import OODDetection
import Synchronization

/// Forwards progress at most 30 times per second, and nothing for work that finishes sooner. Receiving a
/// report takes CPU time, so frequent reports would slow the work down.
package struct ProgressLimiter {
  package let handler: ProgressHandler

  package init(interval: Duration = .milliseconds(33), _ receive: @escaping ProgressHandler) {
    let last = LastReport()
    handler = { progress in
      if last.isDue(after: interval) { receive(progress) }
    }
  }

  private final class LastReport: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    func isDue(after interval: Duration) -> Bool {
      let now = ContinuousClock.now
      return instant.withLock { last in
        guard now - last >= interval else { return false }
        last = now
        return true
      }
    }
  }
}
