import ArgumentParser
import OODData
import OODDetection

/// λ, the score, and the resources to compute with.
struct SettingOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("regularization")], parsing: .unconditional,
    help: ArgumentHelp(
      "λ, added to the diagonal of every covariance (default: that of the model, else 1e-6).",
      valueName: "λ"), transform: OptionValue.regularization)
  var reg: Regularization?

  @Option(help: "The outlier score: nll (negative log-likelihood, the default) or mahalanobis (min d² / D).")
  var score: ScoreKind?

  var scoreKind: ScoreKind { score ?? .negativeLogLikelihood }

  @OptionGroup var threading: ThreadOptions

  @OptionGroup var memory: MemoryOptions

  @Flag(help: "Suppress progress and remarks on standard error; errors are still shown.")
  var quiet = false

  /// - Throws: exit status 1 after one line if the address space is too small to compute in.
  func pipeline() throws -> DetectorPipeline {
    var pipeline = DetectorPipeline(threadCount: try threading.granted())
    pipeline.memory = memory.budget
    pipeline.cache = FactorCache(directory: FactorCache.standardDirectory)
    return pipeline
  }
}
