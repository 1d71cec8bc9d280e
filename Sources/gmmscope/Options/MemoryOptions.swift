import ArgumentParser
import OODDetection

/// How much memory a command may take.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How much memory may be used, such as 8GiB, 512MB or 50% (default: half of it).",
      discussion: """
        Triangular factors and spectra that do not fit are kept in $XDG_CACHE_HOME/gmmscope, where the next run on \
        the same samples finds them. Where they cannot be kept, commands that need spectra say so, and the explorer \
        does without.
        """,
      valueName: "size"))
  var memory: MemoryBudget?

  var budget: MemoryBudget { memory ?? .standard }
}
