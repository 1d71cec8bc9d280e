import MessagePassing
import Testing

/// What launchers say in the environment, and a binary without MPI that several were started of.
@Suite struct LaunchTests {
  @Test(
    arguments: [
      // Open MPI's mpirun, also within a step of srun.
      (["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"], "mpirun", 4, 2),
      (
        [
          "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0", "SLURM_STEP_ID": "0", "SLURM_PROCID": "0",
          "SLURM_STEP_NUM_TASKS": "1",
        ], "mpirun", 2, 0
      ),
      // MPICH, and srun with PMI.
      (["PMI_SIZE": "3", "PMI_RANK": "1"], "mpiexec", 3, 1),
      (["PMI_SIZE": "3", "PMI_RANK": "1", "SLURM_STEP_ID": "0"], "srun", 3, 1),
      // srun without any; an old one that counts only the tasks of the job.
      (
        ["SLURM_STEP_ID": "0", "SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "8", "SLURM_NTASKS": "8"],
        "srun", 8, 1
      ),
      (["SLURM_STEP_ID": "5", "SLURM_PROCID": "0", "SLURM_NTASKS": "2"], "srun", 2, 0),
      (["PMIX_RANK": "1"], "a PMIx launcher", nil, 1),
    ] as [([String: String], String, Int?, Int)])
  func severalProcessesAreRecognized(
    environment: [String: String], launcher: String, rankCount: Int?, rank: Int
  ) throws {
    let launch = try #require(Launch(environment: environment))
    #expect(launch.launcher == launcher && launch.rankCount == rankCount && launch.rank == rank)
    #expect(launch.isFirst == (rank == 0))
  }

  @Test(
    arguments: [
      [:], ["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"], ["PMIX_RANK": "0"],
      // A batch script for four tasks, which has not called srun.
      ["SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_JOB_ID": "7"],
      // The same where Slurm numbers the script itself, and an interactive step of salloc.
      ["SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_STEP_ID": "4294967291"],
      ["SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_STEP_ID": "4294967290", "SLURM_STEP_NUM_TASKS": "1"],
      // One task of a job that has more.
      ["SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_STEP_ID": "1", "SLURM_STEP_NUM_TASKS": "1"],
      // mpirun for one rank within a job of several.
      [
        "OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0", "SLURM_STEP_ID": "0", "SLURM_PROCID": "1",
        "SLURM_STEP_NUM_TASKS": "2",
      ],
      ["OMPI_COMM_WORLD_SIZE": "many", "PMI_SIZE": ""],
    ] as [[String: String]])
  func aProcessStartedAloneIsNone(environment: [String: String]) {
    #expect(Launch(environment: environment) == nil)
  }

  @Test func aBinaryWithoutMPIStopsWithOneLine() async throws {
    let environment = ["OMPI_COMM_WORLD_SIZE": "3"]
    for arguments in [["inspect", Gmmscope.sample("train.npz")], ["--version"], []] {
      let results = try await [0, 1, 2].asyncMap { rank in
        try await Command.run(
          Gmmscope.path, arguments,
          environment: environment.merging(["OMPI_COMM_WORLD_RANK": "\(rank)"]) { $1 })
      }
      let statuses = results.map(\.status)
      #expect(statuses == [1, 1, 1])
      let outputs = results.map(\.output)
      #expect(outputs == ["", "", ""])
      let errors = results.map(\.errors)
      let line =
        "gmmscope: mpirun started 3 processes, but this gmmscope has no MPI and each would do all the work; build one "
        + "that has it with make cluster, or start it without mpirun\n"
      #expect(errors == [line, "", ""])
    }
  }

  @Test func aBatchScriptOfSlurmRunsIt() async throws {
    let result = try await Gmmscope.run(
      "--version", environment: ["SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_JOB_ID": "7"])
    #expect(result.status == 0 && result.errors.isEmpty)
  }

  @Test func theVersionNamesTheMPILibrary() async throws {
    let result = try await Gmmscope.run("--version", "--verbose")
    #expect(result.output.contains("\nMPI: none; make cluster builds with it\n"))
  }
}

extension Sequence {
  fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await body(element)) }
    return values
  }
}
