import ArgumentParser
import OODData

/// The options that name arrays inside files.
struct KeyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The array of features; for a table, its columns, separated by commas, where * matches any text.",
      valueName: "key"))
  var features: String?

  @Option(
    help: ArgumentHelp(
      "The array or column of labels, or a file of labels: those of --train, or with --model of the files to score.",
      valueName: "key or file"))
  var labels: String?

  @Option(help: ArgumentHelp("The array or column of sample ids.", valueName: "key"))
  var ids: String?

  var keys: ArrayKeys { ArrayKeys(features: features, labels: labels, ids: ids) }
}

/// The files to score, and the names of their arrays where they differ from those of the training files.
struct ScoredOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: "Files, folders or patterns to score, in addition to DATA.")
  var test: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Files, folders or patterns of out-of-distribution samples, whatever their labels. NAME= or GROUP/NAME= before one names its OOD set; otherwise the file does, and folders in a folder are groups.",
      valueName: "[name=]file"))
  var ood: [String] = []

  @Option(
    help: ArgumentHelp(
      "The array or column, or a file, that names the OOD set of each sample to score (default: ood_set, ood_sets, dataset or source; else distinct labels below 0).",
      valueName: "key or file"))
  var oodSets: String?

  @Option(
    help: ArgumentHelp("The features of the files to score (default: as for --features).", valueName: "key"))
  var testFeatures: String?

  @Option(
    help: ArgumentHelp(
      "The labels of the files to score, or a file of labels (default: as for --labels, if that is a key).",
      valueName: "key or file"))
  var testLabels: String?

  @Option(help: ArgumentHelp("The ids of the files to score (default: as for --ids).", valueName: "key"))
  var testIds: String?

  @Option(
    help: ArgumentHelp(
      "The features of the --ood files (default: as for the files to score).", valueName: "key"))
  var oodFeatures: String?
}

extension ScoredOptions {
  /// - Throws: a usage error if neither these options nor `data` name a file to score.
  func validate(with data: [String]) throws {
    if (data + test + ood).isEmpty {
      throw ValidationError("Name files to score, or give --test FILE or --ood FILE.")
    }
  }

  /// Adds the files to score to a request.
  func add(_ data: [String], to request: inout DataRequest) {
    request.test = data + test
    request.outOfDistribution = ood
    request.testKeys = ArrayKeys(features: testFeatures, labels: testLabels, ids: testIds, oodSets: oodSets)
    request.outOfDistributionKeys = ArrayKeys(features: oodFeatures)
  }
}

/// The source of the detector: training files or a saved model.
struct DetectorOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: "Files, folders or patterns to fit to; several files are shards of one data set.")
  var train: [String] = []

  @Option(help: "A model saved by gmmscope fit, instead of --train.")
  var model: String?

  @Flag(help: "Exclude samples with NaN or infinite features instead of stopping.")
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

  func request(_ data: [String] = [], _ scored: ScoredOptions? = nil) -> DataRequest {
    var request = DataRequest(
      train: train, model: model, keys: keys.keys, skipsNonFinite: skipNonFinite)
    scored?.add(data, to: &request)
    return request
  }
}

/// The source of a fit: training files or files of moments.
struct FitSourceOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: "Files, folders or patterns to fit to; several files are shards of one data set.")
  var train: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: "Files saved by gmmscope moments, instead of --train; the fit is to the samples of all of them.")
  var moments: [String] = []

  // Only to say that it is the wrong one.
  @Option(help: .hidden)
  var model: String?

  @Flag(help: "Exclude samples with NaN or infinite features instead of stopping.")
  var skipNonFinite = false

  @OptionGroup var keys: KeyOptions

  func validate() throws {
    if model != nil { throw ValidationError("fit takes --train or --moments, not --model.") }
    guard train.isEmpty != moments.isEmpty else {
      throw ValidationError(
        train.isEmpty
          ? "Name what to fit to with --train FILE, or with --moments FILE what gmmscope moments has saved."
          : "Give either --train or --moments, not both.")
    }
  }

  var request: DataRequest { DataRequest(train: train, keys: keys.keys, skipsNonFinite: skipNonFinite) }
}
