import ArgumentParser
import OODData

/// The files that the explorer opens, for `explore` and `snapshot`.
struct ExplorerOptions: ParsableArguments {
  @Argument(help: "The file to fit to, then files to score. With --train or --model, all of them are scored.")
  var files: [String] = []

  @Option(parsing: .upToNextOption, help: "Files, folders or patterns to fit to, if there are several.")
  var train: [String] = []

  @Option(help: "A model saved by gmmscope fit, instead of files to fit to.")
  var model: String?

  @OptionGroup var scored: ScoredOptions

  @Flag(help: "Exclude samples with NaN or infinite features instead of stopping.")
  var skipNonFinite = false

  @OptionGroup var keys: KeyOptions

  var request: DataRequest {
    let hasDetector = model != nil || !train.isEmpty
    var request = DataRequest(
      train: hasDetector ? train : Array(files.prefix(1)), model: model, keys: keys.keys,
      skipsNonFinite: skipNonFinite)
    scored.add(hasDetector ? files : Array(files.dropFirst()), to: &request)
    return request
  }

  func validate() throws {
    if model != nil && !train.isEmpty { throw ValidationError("Give either --train or --model, not both.") }
  }

  /// Whether the command line names neither training files nor a model.
  var namesNoDetector: Bool { model == nil && train.isEmpty && files.isEmpty }

  /// - Throws: a usage error if the command line names neither training files nor a model.
  func requireDetector() throws {
    guard namesNoDetector else { return }
    throw ValidationError("Name a file to fit to, for example: gmmscope train.npz test.npz")
  }
}
