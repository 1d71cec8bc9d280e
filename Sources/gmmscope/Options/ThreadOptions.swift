import ArgumentParser

/// How much of the machine is used.
struct ThreadOptions: ParsableArguments {
  @Option(help: "How many threads read tables and compute (default: one per core).")
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
  }
}
