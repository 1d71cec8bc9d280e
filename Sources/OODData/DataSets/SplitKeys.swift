import FeatureFiles

/// The arrays to use for each part of a data set, and the location of its labels.
struct SplitKeys {
  struct Part {
    var keys: ArrayKeys
    /// A label file to use instead of labels in the feature files.
    var labelsPath: String?
    /// Whether the features key differs from the training key, in which case column names may differ too.
    var hasOwnFeatures = false
    /// The options that name the arrays of this part.
    var options = OptionPart.all
  }

  let train: Part
  let test: Part
  let outOfDistribution: Part

  /// Resolves the keys of each part. A labels key that is the path of a file selects that label file for its
  /// split. `--labels` applies to the training split or, with a saved model, to the samples to score.
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

  /// The label files of all parts.
  var labelsPaths: [String] { [train, test, outOfDistribution].compactMap(\.labelsPath) }

  private static func file(_ name: String?) -> String? {
    if name == "-" { return name }
    guard let name, let status = FileStatus(of: name), status.kind != .folder else { return nil }
    return name
  }
}

/// The files that a group of array options applies to.
enum OptionPart {
  /// All files that have no more specific option.
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
