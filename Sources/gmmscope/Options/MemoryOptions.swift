import ArgumentParser
import OODDetection

/// How much memory a command may take.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How much memory may be used, such as 8GiB, 512MB or 50% (default: half of it).",
      discussion: """
        score, evaluate and outliers keep triangular factors that do not fit in $XDG_CACHE_HOME/gmmscope, where the \
        next run on the same samples finds them. Where spectra do not fit, commands that need them say so, and the explorer does \
        without.
        """,
      valueName: "size"))
  var memory: MemoryBudget?

  var budget: MemoryBudget { memory ?? .standard }
}
