import ArgumentParser
import ExplorerModel

/// How arrays are found in files.
struct KeyOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The array that holds the features.", valueName: "key"))
  var features: String?

  @Option(
    help: ArgumentHelp("The array that holds the labels, or a file of labels.", valueName: "key or file"))
  var labels: String?

  @Option(help: ArgumentHelp("The array that holds the samples' ids.", valueName: "key"))
  var ids: String?

  var keys: ArrayKeys { ArrayKeys(features: features, labels: labels, ids: ids) }
}

/// Files of samples that are known to be out-of-distribution.
struct OutOfDistributionOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: "Files whose samples are out-of-distribution whatever their labels; scored after the others.")
  var ood: [String] = []
}

extension OutOfDistributionOptions {
  /// - Throws: where neither these nor `data` name a file to score.
  func validate(with data: [String]) throws {
    if data.isEmpty && ood.isEmpty { throw ValidationError("Name files to score, or give --ood FILE.") }
  }
}

/// Where the detector comes from: files to fit to, or a saved model.
struct DetectorOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: "Files, folders or patterns to fit to; several files are shards of one data set.")
  var train: [String] = []

  @Option(help: "A model saved by gmmscope fit, instead of --train.")
  var model: String?

  @Flag(help: "Leave out samples with NaN or infinite features instead of stopping.")
  var skipNonFinite = false

  @OptionGroup var keys: KeyOptions

  func validate() throws {
    guard train.isEmpty != (model == nil) else {
      throw ValidationError(
        train.isEmpty
          ? "Name what to fit to with --train FILE, or a saved model with --model FILE."
          : "Give either --train or --model, not both.")
    }
  }

  func request(test: [String] = [], outOfDistribution: [String] = []) -> DataRequest {
    DataRequest(
      train: train, test: test, outOfDistribution: outOfDistribution, model: model, keys: keys.keys,
      skipsNonFinite: skipNonFinite)
  }
}
