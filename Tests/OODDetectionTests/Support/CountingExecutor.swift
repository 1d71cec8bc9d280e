import Dispatch
import Synchronization

/// Runs jobs one after the other on a thread of its own, and counts them: one more whenever a task leaves its thread to
/// others.
final class CountingExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "counting")
  private let count = Mutex(0)

  var jobCount: Int { count.withLock { $0 } }

  func enqueue(_ job: consuming ExecutorJob) {
    count.withLock { $0 += 1 }
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
