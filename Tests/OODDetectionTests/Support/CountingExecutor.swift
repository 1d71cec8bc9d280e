import Dispatch
import Synchronization

/// Runs jobs one by one on its own thread and counts them. Each time a task yields adds one job.
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
