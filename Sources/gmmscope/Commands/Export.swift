import ArgumentParser
import ExplorerModel
import OODDetection

struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a saved model in the form of another library.")

  enum Library: String, ExpressibleByArgument, CaseIterable {
    case pytorchOOD = "pytorch-ood"
  }

  @Argument(help: "A model saved by gmmscope fit.")
  var model: String

  @Option(name: .customLong("for"), help: "The library that is to read it.")
  var library: Library

  @Option(
    name: [.long, .customLong("regularization")],
    help: ArgumentHelp("λ, which becomes part of the result (default: the model's).", valueName: "λ"))
  var reg: Regularization?

  @Option(name: [.short, .long], help: "Where to write: .npz.")
  var output: String

  @Flag(help: "No remarks on standard error; errors still show.")
  var quiet = false

  func validate() throws {
    guard output.hasSuffix(".npz") else { throw ValidationError("-o \(output): it is written as .npz.") }
  }

  @MainActor func run() async throws {
    try await reportingFailures {
      let model = try ModelFile(contentsOf: model)
      let regularization = reg ?? model.regularization ?? .standard
      try PytorchOODExport(detector: model.detector, regularization: regularization).write(to: output)
      if !quiet {
        StandardError.writeLine(
          "wrote \(model.detector.classes.count) classes at λ = \(shortText(regularization)) to \(output)")
      }
    }
  }
}
