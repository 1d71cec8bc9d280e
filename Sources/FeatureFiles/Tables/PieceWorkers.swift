import Dispatch
import Synchronization

/// Threads that share out pieces of work, each taking the next one that nobody has.
struct PieceWorkers {
  enum Outcome { case complete, refused, cancelled }

  let threadCount: Int

  /// Does all pieces, unless `body` says of one that it is of no use to go on, or the calling task is cancelled: then
  /// each thread ends with the piece it is at.
  func forEach(_ pieces: Range<Int>, _ body: @Sendable (Int) -> Bool) -> Outcome {
    let next = Atomic(pieces.lowerBound)
    let isRefused = Atomic(false)
    let isCancelled = Atomic(false)
    @Sendable func work() {
      // Dispatch's threads belong to no task: the caller's own, which works with them, notices for all.
      while !isRefused.load(ordering: .relaxed), !isCancelled.load(ordering: .relaxed) {
        if Task.isCancelled { return isCancelled.store(true, ordering: .relaxed) }
        let (piece, _) = next.add(1, ordering: .relaxed)
        guard piece < pieces.upperBound else { return }
        if !body(piece) { isRefused.store(true, ordering: .relaxed) }
      }
    }
    let workerCount = min(threadCount, pieces.count)
    if workerCount <= 1 {
      work()
    } else {
      DispatchQueue.concurrentPerform(iterations: workerCount) { _ in work() }
    }
    if isCancelled.load(ordering: .relaxed) || Task.isCancelled { return .cancelled }
    return isRefused.load(ordering: .relaxed) ? .refused : .complete
  }
}
