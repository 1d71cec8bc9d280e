import CProcessStart
import Foundation
import MessagePassing
import OODDetection
import Synchronization

/// This process as one of the ranks that mpirun or srun started, or as the only one.
///
/// Rank 0 alone reads standard input and writes: results, remarks, progress and files. Other ranks keep their last
/// line for the case that they alone fail.
nonisolated enum RankProcess {
  private struct State {
    var job: (any RankJob)?
    var ranks = Ranks.single
    /// Where standard error went before it was silenced.
    var errors: Int32 = STDERR_FILENO
    var lastLine: String?
  }

  private static let state = Mutex(State())

  /// The connection to the other ranks; nil if this process is the only one.
  static var job: (any RankJob)? { state.withLock { $0.job } }

  /// All ranks, or this process alone.
  static var ranks: Ranks { state.withLock { $0.ranks } }

  /// Whether this process writes results and messages.
  static var isWriter: Bool { job.map { $0.rank == 0 } ?? true }

  /// The number of ranks on this machine.
  static var neighborCount: Int { job?.neighbors.count ?? 1 }

  /// The number of cores for this rank; nil if this process is the only one.
  static var coreCount: Int? { job?.coreCount }

  /// A status of ``ExitCode`` for a rank that ends because another one failed, which reports why.
  static let followsPeer: Int32 = 1 << 16

  /// How long a rank that failed waits for the others to notice. They may be computing.
  private static let patience = Duration.seconds(3)

  /// Joins the ranks that a launcher has started. Call once, at the start.
  ///
  /// - Throws: exit status 1 after one line if they cannot work together.
  static func join() throws {
    guard let launch = Launch(environment: ProcessInfo.processInfo.environment) else { return }
    process_expect_notice()
    let joined: (any RankJob)?
    do {
      joined = try RankLaunch.join(launch)
    } catch {
      guard launch.isFirst else { leave(status: 1) }
      throw fail("\(error)")
    }
    guard let joined else { return }
    // The line of a lost rank goes where standard error went until now.
    let errors = joined.rank == 0 ? STDERR_FILENO : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
    let neighbors = joined.neighbors
    process_report_lost_rank(
      Int32(joined.rank), neighbors.map { Int32($0.rank) }, neighbors.map(\.process), Int32(neighbors.count),
      errors)
    process_end_at_signals(false)
    if joined.rank > 0 { silence() }
    let ranks = Ranks(joined)
    state.withLock { $0 = State(job: joined, ranks: ranks, errors: errors) }
  }

  /// Discards what this process writes to its standard output and error.
  private static func silence() {
    let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard null >= 0 else { return }
    dup2(null, STDOUT_FILENO)
    dup2(null, STDERR_FILENO)
    close(null)
  }

  /// Refuses what several ranks would do as often.
  ///
  /// - Parameters:
  ///   - command: As on the command line.
  ///   - instead: What the user can do beside starting it once.
  /// - Throws: exit status 1 after one line.
  static func requireSingle(_ command: String, instead: String? = nil) throws {
    guard let job else { return }
    throw fail(
      "\(command) runs as a single process, but \(job.rankCount) were started; start it without mpirun or srun"
        + (instead.map { ", \($0)" } ?? ""))
  }

  /// Keeps a line of a rank that does not write.
  static func note(_ line: String) { state.withLock { $0.lastLine = line } }

  /// Ends this rank together with the others. The first rank that failed reports its line; if the others do not come
  /// to know in time, the job is aborted.
  ///
  /// - Returns: The exit status of this process: at rank 0 that of the job.
  static func end(status: Int32) -> Int32 {
    guard
      let job = state.withLock({ state in
        defer { state.job = nil }
        return state.job
      })
    else { return status == followsPeer ? 1 : status }
    guard let endings = job.ending(status, patience: status == 0 ? nil : patience) else {
      // Several ranks may give up at once, and the first ends the others.
      usleep(UInt32(min(job.rank, 20)) * 50_000)
      process_expect_end_of_ranks(true)
      report(rank: job.rank)
      job.abort(status: status == followsPeer ? 1 : status)
      return 1
    }
    process_expect_end_of_ranks(false)
    let first =
      endings.firstIndex { $0 != 0 && $0 != followsPeer } ?? endings.firstIndex { $0 != 0 }
    if first == job.rank { report(rank: job.rank) }
    job.finish()
    // Launchers report what other ranks end with as failures of their own.
    guard job.rank == 0, let first else { return 0 }
    return endings[first] == followsPeer ? 1 : endings[first]
  }

  /// Writes the last line of a rank other than 0, which has written its own.
  private static func report(rank: Int) {
    guard rank > 0 else { return }
    let (line, errors) = state.withLock { ($0.lastLine, $0.errors) }
    let cause = line.map { $0.hasPrefix("gmmscope: ") ? String($0.dropFirst(10)) : $0 } ?? "failed"
    let text = "gmmscope: rank \(rank): \(cause)\n"
    try? FileHandle(fileDescriptor: errors).write(contentsOf: Data(text.utf8))
  }
}

/// A command whose work the ranks of a job share.
nonisolated protocol DistributedCommand {}

/// A command that a single process runs, though ranks can do a part of its work beforehand.
nonisolated protocol PreparableCommand {
  /// What to let ranks, or several processes, do.
  static var preparation: String { get }
}
