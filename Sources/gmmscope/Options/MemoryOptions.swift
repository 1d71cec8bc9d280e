import ArgumentParser
import OODDetection

/// How much memory a command may take.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How much memory may be used, such as 8GiB, 512MB or 50% (default: half of it).",
      discussion: """
        score, evaluate and outliers keep triangular factors that do not fit in $XDG_CACHE_HOME/gmmscope, where the \
        next run on the same samples finds them. Commands that need spectra say so where they do not fit.
        """,
      valueName: "size"))
  var memory: MemoryBudget?

  var budget: MemoryBudget { memory ?? .standard }
}
