import Foundation
import MessagePassing
import OODDetection

/// Compares every collective with what each rank can compute on its own, for parts of many sizes. Started by mpirun;
/// rank 0 prints "ok" and the number of comparisons.
@main
struct CommunicatorCheck {
  static func main() throws {
    // Messages in pieces of 7 bytes, as large ones are in pieces of 2³⁰.
    let launch = Launch(environment: ProcessInfo.processInfo.environment)
    guard let job = try RankLaunch.join(launch, pieceByteCount: 7) else { return print("alone") }
    var check = CommunicatorCheck(ranks: Ranks(job), job: job)
    for round in 0..<6 { try check.run(round) }
    try check.compareProgress()
    guard let endings = job.ending(check.failureCount, patience: .seconds(60)) else {
      return job.abort(status: 1)
    }
    let isPassed = endings.allSatisfy { $0 == 0 }
    if job.rank == 0 { print(isPassed ? "ok \(check.count)" : "failed: \(endings)") }
    job.finish()
    exit(isPassed || job.rank > 0 ? 0 : 1)
  }

  let ranks: Ranks
  let job: any RankJob
  var count = 0
  var failureCount: Int32 = 0

  /// What rank `source` sends to rank `target`, as every rank knows it.
  private func part(_ round: Int, from source: Int, to target: Int) -> [Double] {
    let size = [0, 1, 5, 40][(round + 3 * source + target) % 4]
    return (0..<size).map { Double(1000 * round + 100 * source + 10 * target) + Double($0) / 64 }
  }

  private mutating func run(_ round: Int) throws {
    let (own, all) = (ranks.rank, Array(0..<ranks.count))
    for root in all {
      expect(try ranks.broadcast(part(round, from: own, to: 9), from: root) == part(round, from: root, to: 9))
      let gathered = try ranks.gather(part(round, from: own, to: root), at: root)
      expect(gathered == (own == root ? all.map { part(round, from: $0, to: root) } : nil))
    }
    expect(
      try ranks.allGather(part(round, from: own, to: 8)) == all.map { part(round, from: $0, to: 8) })
    expect(
      try ranks.exchange(all.map { part(round, from: own, to: $0) })
        == all.map { part(round, from: $0, to: own) })
    try ranks.barrier()
    expect(Set(job.neighbors.map(\.rank)) == Set(all) && job.coreCount >= 1)
    // Progress passes between collectives. Nothing waits for it.
    let sum = job.sharing(WorkProgress(completed: Double(own), planned: 10), ofStep: 0)
    expect((sum != nil) == (own == 0) && sum?.completed ?? 0 >= 0)
  }

  /// Rank 0 gets to know the progress of all ranks together, up to its end.
  private mutating func compareProgress() throws {
    for part in [0.3, 1] {
      let own = WorkProgress(
        completed: part * Double(10 * (ranks.rank + 1)), planned: Double(10 * (ranks.rank + 1)))
      let planned = Double(5 * ranks.count * (ranks.count + 1))
      var sum = job.sharing(own, ofStep: 1)
      try ranks.barrier()
      // The numbers of other ranks are on their way.
      for _ in 0..<1000 where ranks.rank == 0 && abs((sum?.fraction ?? 0) - part) > 1e-9 {
        usleep(1000)
        sum = job.sharing(own, ofStep: 1)
      }
      expect(ranks.rank > 0 || sum?.planned == planned && abs((sum?.fraction ?? 0) - part) <= 1e-9)
      try ranks.barrier()
    }
  }

  private mutating func expect(_ isTrue: Bool) {
    count += 1
    if !isTrue { failureCount += 1 }
  }
}
