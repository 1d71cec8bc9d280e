import FeatureFiles

/// Which arrays to use for each part of a data set, and where its labels are.
struct SplitKeys {
  struct Part {
    var keys: ArrayKeys
    /// A file of labels, instead of the files' own.
    var labelsPath: String?
    /// Whether its features are named apart from those of files to fit to, so that their columns go by other names.
    var hasOwnFeatures = false
    /// The options that name its arrays.
    var options = OptionPart.all
  }

  let train: Part
  let test: Part
  let outOfDistribution: Part

  /// A name of labels that is a file's names that file: the labels of the split it is given for. `--labels` without a
  /// split is that to be fitted or, with a saved model, the samples to be scored.
  init(_ request: DataRequest) {
    var shared = request.keys
    let sharedPath = Self.file(shared.labels)
    if sharedPath != nil { shared.labels = nil }
    var testKeys = request.testKeys.filled(from: shared)
    var testPath = request.train.isEmpty ? sharedPath : nil
    if let path = Self.file(request.testKeys.labels) {
      testKeys.labels = nil
      testPath = path
    } else if request.testKeys.labels != nil {
      testPath = nil
    }
    train = Part(keys: shared, labelsPath: request.train.isEmpty ? nil : sharedPath)
    test = Part(
      keys: testKeys, labelsPath: testPath, hasOwnFeatures: testKeys.features != shared.features,
      options: request.train.isEmpty ? .all : .test)
    var outside = request.outOfDistributionKeys.filled(from: testKeys)
    outside.labels = request.outOfDistributionKeys.labels
    outOfDistribution = Part(
      keys: outside, hasOwnFeatures: outside.features != shared.features, options: .outOfDistribution)
  }

  /// Files of labels.
  var labelsPaths: [String] { [train, test, outOfDistribution].compactMap(\.labelsPath) }

  private static func file(_ name: String?) -> String? {
    if name == "-" { return name }
    guard let name, let status = FileStatus(of: name), status.kind != .folder else { return nil }
    return name
  }
}

/// The files that options which name arrays are for.
enum OptionPart {
  /// All files, as far as no other option is for them.
  case all
  case test
  case outOfDistribution

  /// The option that names the array used as `use`, such as `--test-features`.
  func option(_ use: String) -> String {
    switch self {
    case .all: "--\(use)"
    case .test: "--test-\(use)"
    case .outOfDistribution: "--ood-\(use)"
    }
  }
}
