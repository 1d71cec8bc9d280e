package import OODDetection

/// The ranks that a launcher started, as the program of one of them sees them.
package protocol RankJob: Communicator {
  /// The number of cores for this rank, at least 1: the cores that it may run on, divided by the ranks that share them.
  var coreCount: Int { get }

  /// The process numbers of the ranks on this machine, by rank.
  var neighbors: [(rank: Int, process: Int32)] { get }

  /// Tells all ranks how this one ends, and waits for the others to do the same.
  ///
  /// - Parameters:
  ///   - status: A small number that says how this rank ends.
  ///   - patience: How long to wait; nil for as long as it takes.
  /// - Returns: The numbers of all ranks; nil if some rank did not come in time.
  func ending(_ status: Int32, patience: Duration?) -> [Int32]?

  /// Sends the progress of this rank to rank 0, without waiting.
  ///
  /// - Returns: At rank 0 the sum over all ranks of what they last sent; nil elsewhere.
  func sharing(_ progress: WorkProgress, ofStep step: Int) -> WorkProgress?

  /// Leaves MPI when all ranks do so, after ``ending(_:patience:)``.
  func finish()

  /// Ends all ranks at once.
  func abort(status: Int32)
}

/// How a process becomes a rank.
package enum RankLaunch {
  /// Joins the other ranks if a launcher has started several.
  ///
  /// - Parameter pieceByteCount: The most bytes of one message, at most 2³¹ − 1, for that is as far as MPI counts.
  /// - Throws: ``LaunchError`` if they cannot work together.
  package static func join(
    _ launch: Launch?, pieceByteCount: Int = 1 << 30
  ) throws -> (any RankJob)? {
    guard let launch else { return nil }
    #if MPI
      let job = try MPIJob.start(pieceByteCount: pieceByteCount)
      guard job.rankCount > 1 else { throw LaunchError.unconnected(launch) }
      return job
    #else
      throw LaunchError.noMPI(launch)
    #endif
  }

  /// The MPI library, such as "Open MPI v4.1.4"; nil if there is none in the program.
  package static var library: String? {
    #if MPI
      MPIJob.library
    #else
      nil
    #endif
  }
}
