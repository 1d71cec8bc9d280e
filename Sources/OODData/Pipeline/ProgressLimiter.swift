package import OODDetection
import Synchronization

/// Lets progress through at most thirty times a second, and none of work that is done sooner, so that reporting never
/// slows the work down: whoever is told of it needs a core for that, which the work is just about to use.
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
