import ArgumentParser
import OODData
import OODDetection

/// The setting of the detector.
struct DetectorSettingOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("regularization")], parsing: .unconditional,
    help: ArgumentHelp(
      """
      The ridge on the diagonal of every covariance: λ; 0.01x, a multiple of each class's mean variance; loo, chosen \
      for each class by leave-one-out; oas or ledoit-wolf, shrinkage (default: that of the model, else 1e-6).
      """,
      valueName: "λ"), transform: OptionValue.ridge)
  var reg: RidgeChoice?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A factor of the ridge that --reg sets (default: 1).", valueName: "t"),
    transform: OptionValue.regularization)
  var regScale: Regularization?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The share of the pooled covariance in each class's, from 0 (each its own, the default) to 1 (tied).",
      valueName: "α"), transform: OptionValue.pooling)
  var pooling: Pooling?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Divides every feature vector by its length to the power of β, from 0 or none (the default) to 1 or l2.",
      valueName: "β"), transform: OptionValue.normalization)
  var normalization: Normalization?

  @Option(
    help: """
      The outlier score: nll (negative log-likelihood, the default), mahalanobis (min d² / D), or either relative to \
      one Gaussian of all training samples, relative-nll or relative-mahalanobis.
      """)
  var score: ScoreKind?

  /// The parts of the setting that the options name.
  var choice: SettingChoice {
    SettingChoice(
      normalization: normalization, pooling: pooling, ridgeRule: reg?.rule, regularization: regularization,
      score: score)
  }

  /// t: the value of --reg times --reg-scale, each 1 if it is not given.
  private var regularization: Regularization? {
    guard let factor = regScale else { return reg?.value }
    let value = (reg?.value?.value ?? (reg == nil ? Regularization.standard.value : 1)) * factor.value
    return try? Regularization(value)
  }
}

/// The setting of the detector, and the resources to compute with.
struct SettingOptions: ParsableArguments {
  @OptionGroup var detectorSetting: DetectorSettingOptions

  /// The parts of the setting that the options name.
  var choice: SettingChoice { detectorSetting.choice }

  /// Whether an option sets the ridge.
  var setsRidge: Bool { detectorSetting.reg != nil || detectorSetting.regScale != nil }

  @OptionGroup var resources: ResourceOptions

  var quiet: Bool { resources.quiet }

  /// - Throws: exit status 1 after one line if the address space is too small to compute in.
  func pipeline() throws -> DetectorPipeline { try resources.pipeline() }
}

/// The resources to compute with, and whether to talk.
struct ResourceOptions: ParsableArguments {
  @OptionGroup var threading: ThreadOptions

  @OptionGroup var memory: MemoryOptions

  @Flag(help: "Suppress progress and remarks on standard error; errors are still shown.")
  var quiet = false

  /// - Throws: exit status 1 after one line if the address space is too small to compute in.
  func pipeline() throws -> DetectorPipeline {
    var pipeline = DetectorPipeline(threadCount: try threading.granted())
    pipeline.memory = memory.budget
    pipeline.cache = FactorCache(
      directory: FactorCache.standardDirectory, writerCount: RankProcess.ranks.count)
    return pipeline
  }
}
