import ArgumentParser
import OODData
import OODDetection
import TerminalRendering

struct Fit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fits one Gaussian per class and saves the model.")

  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions

  @Option(
    name: [.short, .long],
    help: "The file to save the model to: .safetensors or .npz, or - for standard output.")
  var output: OutputPath?

  func validate() throws {
    if detector.model != nil { throw ValidationError("fit takes --train, not --model.") }
    _ = try output?.format(among: ["safetensors", "npz"], otherwise: "safetensors", what: "a model is saved")
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      try output?.requireNoInput(of: detector.request())
      let run = try CommandRun(setting)
      let opened = try await run.open(detector.request())
      let data = opened.data
      let chosen = run.setting(for: opened)
      let fitted = try await run.fitted(opened)
      let detector = try DetectorAtSetting(fitted, at: chosen.regularization, score: chosen.score)
      run.remark(on: data, detector)
      if let output {
        let path = try output.checked()
        try await run.step("saving") { _, _ in
          try ModelFile(
            detector: fitted, regularization: chosen.regularization, score: chosen.score,
            classNames: data.classNames,
            featureNames: data.featureNames ?? [], sources: try ModelSource.list(of: data)
          ).write(to: path)
        }
      }
      guard !setting.quiet else { return }
      let numbers = NumberFormat(unicode: false)
      let worst = detector.summaries.max { $0.conditionNumber < $1.conditionNumber }.map {
        "; worst condition number \(numbers.scientific($0.conditionNumber)), class \(data.name(ofLabel: $0.label))"
      }
      StandardError.writeLine(
        "fitted \(fitted.classes.count) classes to \(fitted.sampleCount) samples of \(fitted.dimension) "
          + "dimensions\(worst ?? "")" + (output.map { "; saved to \($0.name)" } ?? "; -o FILE saves it"))
    }
  }
}
