import ArgumentParser
import OODData
import OODDetection

struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Exports a saved model to another library.")

  enum Library: String, ExpressibleByArgument, CaseIterable {
    case pytorchOOD = "pytorch-ood"
  }

  @Argument(help: "A model saved by gmmscope fit.")
  var model: String

  @Option(name: .customLong("for"), help: "The library that reads the result.")
  var library: Library

  @Option(
    name: [.long, .customLong("regularization")], parsing: .unconditional,
    help: ArgumentHelp(
      "λ, or the multiplier t of the model's ridge rule, which becomes part of the result (default: that of the model).",
      valueName: "λ"),
    transform: OptionValue.regularization)
  var reg: Regularization?

  @Option(name: [.short, .long], help: "The output file: .npz, or - for standard output.")
  var output: OutputPath

  @Flag(help: "Suppress remarks on standard error; errors are still shown.")
  var quiet = false

  func validate() throws {
    _ = try output.format(among: ["npz"], otherwise: "npz", what: "it is written")
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      try output.requireNoInput(of: DataRequest(model: model))
      _ = try ThreadOptions.granted(1)
      let model = try ModelFile(contentsOf: model)
      var setting = model.setting
      if let reg { setting.regularization = reg }
      try PytorchOODExport(detector: model.detector, regularization: setting.regularization).write(
        to: output.checked())
      if !quiet {
        StandardError.writeLine(
          "wrote \(model.detector.classes.count) classes at \(setting.ridgeText) to \(output.name)"
        )
      }
    }
  }
}
