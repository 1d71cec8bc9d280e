import ArgumentParser
import FeatureFiles
import OODData
import OODDetection
import TerminalRendering

struct Fit: AsyncParsableCommand, DistributedCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fits one Gaussian per class and saves the model.",
    discussion: """
      Moments of several files are merged as if the model were fitted to all of their samples. They do not replace the \
      samples for --reg loo, nor for commands that leave samples out.
      """)

  @OptionGroup var source: FitSourceOptions
  @OptionGroup var setting: SettingOptions

  @Option(
    name: [.short, .long],
    help: "The file to save the model to: .safetensors or .npz, or - for standard output.")
  var output: OutputPath?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The size above which a .safetensors model is divided into files with an index, such as 2GB (default: 5GB).",
      valueName: "size"), transform: OptionValue.fileSize)
  var maxShardSize = MemoryBudget(bytes: 5_000_000_000)

  func validate() throws {
    _ = try output?.format(among: ["safetensors", "npz"], otherwise: "safetensors", what: "a model is saved")
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      if source.moments.isEmpty { try await fitSamples() } else { try await fitMoments() }
    }
  }

  @MainActor private func fitSamples() async throws {
    try output?.requireNoInput(of: source.request)
    let run = try CommandRun(setting)
    let opened = try await run.open(source.request)
    let data = opened.data
    let chosen = run.setting(for: opened)
    let fitted = try await run.fitted(opened)
    let detector = try DetectorAtSetting(fitted, at: chosen.regularization, score: chosen.score)
    run.remark(on: data, detector)
    let names = data.classNames
    try await save(run) { pipeline in
      let sources = try await pipeline.ranks.together {
        pipeline.ranks.rank == 0 ? try ModelSource.list(of: data) : []
      }
      return ModelFile(
        detector: fitted, regularization: chosen.regularization, score: chosen.score, classNames: names,
        featureNames: data.featureNames ?? [], sources: sources)
    }
    report(fitted, detector, classNames: names)
  }

  @MainActor private func fitMoments() async throws {
    try RankProcess.requireSingle("fit --moments")
    try output?.requireNoInput(of: DataRequest(train: source.moments))
    let run = try CommandRun(setting)
    let paths = source.moments
    let moments = try await run.step("opening") { _, _ in try MergedMoments(paths: paths) }
    var chosen = setting.choice.resolved(with: .standard)
    if let normalization = setting.choice.normalization, normalization != moments.normalization {
      throw fail(
        "\(paths[0]): holds moments at normalization \(moments.normalization.value), which a fit cannot change; save "
          + "moments at --normalization \(normalization.value)")
    }
    chosen.fit.normalization = moments.normalization
    let (fit, regularization, score) = (chosen.fit, chosen.regularization, chosen.score)
    let names = moments.classNames
    let fitted = try await run.step("fitting") { try await $0.fit(moments, setting: fit, progress: $1) }
    let detector = try DetectorAtSetting(fitted, at: regularization, score: score)
    try await save(run) { _ in
      ModelFile(
        detector: fitted, regularization: regularization, score: score, classNames: names,
        featureNames: moments.featureNames, sources: moments.sources)
    }
    report(fitted, detector, classNames: names)
  }

  @MainActor private func save(
    _ run: CommandRun, _ model: @escaping @Sendable (DetectorPipeline) async throws -> ModelFile
  ) async throws {
    guard let path = try output?.checked() else { return }
    let (limit, isStream) = (maxShardSize.bytes, AtomicFile.isStream(path))
    try await run.step("saving") { pipeline, _ in
      try await model(pipeline).write(
        to: path, maximumFileByteCount: isStream ? nil : limit, over: pipeline.ranks)
    }
  }

  @MainActor private func report(
    _ fitted: SpectralDetector, _ detector: DetectorAtSetting, classNames: [String]
  ) {
    guard !setting.quiet else { return }
    let numbers = NumberFormat(unicode: false)
    let worst = detector.summaries.max { $0.conditionNumber < $1.conditionNumber }.map {
      "; worst condition number \(numbers.scientific($0.conditionNumber)), "
        + "class \(classNames.indices.contains($0.label) ? classNames[$0.label] : String($0.label))"
    }
    StandardError.writeLine(
      "fitted \(fitted.classes.count) classes to \(fitted.sampleCount) samples of \(fitted.dimension) "
        + "dimensions\(worst ?? "")" + (output.map { "; saved to \($0.name)" } ?? "; -o FILE saves it"))
  }
}
