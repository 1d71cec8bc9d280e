import ArgumentParser
import CProcessStart
import OODData
import OODDetection

/// How much memory a command may take.
struct MemoryOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The memory to use at most, such as 8GiB, 512MB or 50% (default: half of the memory).",
      discussion: """
        Triangular factors and spectra that do not fit are kept in $XDG_CACHE_HOME/gmmscope, where the next run on \
        the same samples finds them. Where they cannot be kept, commands that need spectra say so, and the explorer \
        does without.
        """,
      valueName: "size"), transform: OptionValue.memory)
  var memory: MemoryBudget?

  /// The memory to use. Without the option it is at most half of what a limit on address space leaves, and the ranks on
  /// one machine share half of its memory.
  var budget: MemoryBudget {
    if let memory { return memory }
    let left = Int(clamping: process_address_space_left())
    return MemoryBudget(bytes: min(MemoryBudget.standard.bytes / RankProcess.neighborCount, left / 2))
  }
}

/// How much of the machine a command uses.
struct ThreadOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "The number of threads to read tables and compute with (default: one per core).",
    transform: { try OptionValue.count($0, in: 1...1024) })
  var threads: Int?

  /// The number of threads without the option: one per core. Ranks on one machine share its cores.
  static var standardCount: Int { RankProcess.coreCount ?? DetectorPipeline.defaultThreadCount }

  /// The number of threads that can compute: fewer than requested if the address space is limited.
  ///
  /// - Throws: exit status 1 after one line if not even one thread can.
  func granted() throws -> Int { try Self.granted(threads ?? Self.standardCount) }

  /// The same for a given number of threads.
  static func granted(_ wanted: Int) throws -> Int {
    let left = process_address_space_left()
    guard left != .max else { return wanted }
    let granted = Engine.reserveBuffers(for: wanted, within: Int(clamping: left))
    guard granted > 0 else {
      throw fail(
        "the limit on address space (ulimit -v) leaves only \(left >> 20) MiB; raise it by "
          + "\(max(1, (Engine.leastAddressSpace - Int(left)) >> 20)) MiB or more")
    }
    return granted
  }
}
