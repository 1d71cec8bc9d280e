import ArgumentParser
import ExplorerModel
import OODDetection
import TerminalRendering

struct Fit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fits one Gaussian per class and saves the model.")

  @OptionGroup var detector: DetectorOptions
  @OptionGroup var setting: SettingOptions

  @Option(
    name: [.short, .long], help: "Where to save the model: .safetensors or .npz, or - for standard output.")
  var output: OutputPath?

  func validate() throws {
    if detector.model != nil { throw ValidationError("fit takes --train, not --model.") }
    _ = try output?.format(among: ["safetensors", "npz"], otherwise: "safetensors", what: "a model is saved")
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      try output?.requireNoInput(of: detector.request())
      let state = try await Session.finished(detector.request(), goal: .fit, setting: setting)
      guard let fitted = state.detector else { throw fail("nothing was fitted") }
      if let output {
        try ModelFile(
          detector: fitted, regularization: state.regularization, classNames: state.data?.classNames ?? [],
          featureNames: state.data?.featureNames ?? [],
          sources: try state.data.map { try ModelSource.list(of: $0) } ?? []
        ).write(to: output.checked())
      }
      guard !setting.quiet else { return }
      let numbers = NumberFormat(unicode: false)
      let worst = state.worstConditionedClass
        .map {
          "; worst condition number \(numbers.scientific(state.summaries[$0].conditionNumber)), "
            + "class \(state.className($0))"
        }
      StandardError.writeLine(
        "fitted \(fitted.classes.count) classes to \(fitted.sampleCount) samples of \(fitted.dimension) "
          + "dimensions\(worst ?? "")" + (output.map { "; saved to \($0.name)" } ?? "; -o FILE saves it"))
    }
  }
}
