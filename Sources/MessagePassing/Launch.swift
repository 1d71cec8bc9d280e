/// What mpirun, srun or another launcher says about a process that it has started.
package struct Launch: Sendable, Equatable {
  /// The launcher's usual name.
  package let launcher: String
  /// The number of processes started together; nil if the launcher does not say it, but there are several.
  package let rankCount: Int?
  /// The number of this process among them, from 0; nil if unknown.
  package let rank: Int?

  /// Reads the variables that launchers set. Nil for a process that was started alone.
  ///
  /// Slurm also sets variables in batch scripts and in the shell of `salloc`, which are not started by srun: there the
  /// step is missing or one of its special ones. A process that mpirun starts within a step of srun is mpirun's.
  package init?(environment: [String: String]) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    if let count = number("OMPI_COMM_WORLD_SIZE") {
      self.init("mpirun", count: count, rank: number("OMPI_COMM_WORLD_RANK"))
    } else if let count = number("PMI_SIZE") {
      self.init(
        environment["SLURM_STEP_ID"] == nil ? "mpiexec" : "srun", count: count, rank: number("PMI_RANK"))
    } else if let step = number("SLURM_STEP_ID"), (0..<Self.firstSpecialStep).contains(step),
      let rank = number("SLURM_PROCID"),
      let count = number("SLURM_STEP_NUM_TASKS") ?? number("SLURM_NTASKS")
    {
      self.init("srun", count: count, rank: rank)
    } else if let rank = number("PMIX_RANK"), rank > 0 {
      // PMIx tells the number of ranks only to those who ask its server. Rank 0 might be alone.
      self.init(launcher: "a PMIx launcher", rankCount: nil, rank: rank)
    } else {
      return nil
    }
  }

  /// Steps that srun does not number: batch scripts, interactive shells and the like.
  private static let firstSpecialStep = 0xFFFF_FF00

  private init(launcher: String, rankCount: Int?, rank: Int?) {
    (self.launcher, self.rankCount, self.rank) = (launcher, rankCount, rank)
  }

  private init?(_ launcher: String, count: Int, rank: Int?) {
    guard count > 1 else { return nil }
    self.init(launcher: launcher, rankCount: count, rank: rank)
  }

  /// Whether this process reports what all of them have in common.
  package var isFirst: Bool { rank ?? 0 == 0 }
}

/// Why the processes of a launcher cannot work as ranks.
package enum LaunchError: Error, Equatable, CustomStringConvertible {
  /// The program was built without MPI.
  case noMPI(Launch)
  /// MPI knows nothing of the other processes.
  case unconnected(Launch)
  /// The MPI library cannot be used from several threads.
  case singleThreaded
  /// MPI reports an error.
  case failed(String)

  package var description: String {
    switch self {
    case .noMPI(let launch):
      "\(launch.launcher) started \(Self.processes(launch)), but this gmmscope has no MPI and each would do "
        + "all the work; build one that has it with make cluster, or start it without \(launch.launcher)"
    case .unconnected(let launch):
      "\(launch.launcher) started \(Self.processes(launch)), but MPI connects none of them; use the mpirun of the "
        + "MPI library that gmmscope --version --verbose names, or srun --mpi=pmix"
    case .singleThreaded:
      "the MPI library does not let threads call it (MPI_THREAD_SERIALIZED); use one that does"
    case .failed(let reason): "MPI: \(reason)"
    }
  }

  private static func processes(_ launch: Launch) -> String {
    launch.rankCount.map { "\($0) processes" } ?? "several processes"
  }
}
