import ArgumentParser
import CProcessStart
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
