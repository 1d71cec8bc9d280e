import FeatureFiles

/// What to open: the files of each split or a saved model, and how to read them.
public struct DataRequest: Sendable, Equatable, Codable {
  /// Files, folders or patterns to fit the detector to. Several files are shards of one split.
  public var train: [String]
  /// Files to score. They may mix in- and out-of-distribution samples.
  public var test: [String]
  /// Files whose samples are out-of-distribution regardless of their labels, as `FILE`, `NAME=FILE` or
  /// `GROUP/NAME=FILE` to name the OOD set. They are scored with the test files.
  public var outOfDistribution: [String]
  /// A saved model to use instead of training files.
  public var model: String?
  /// Arrays to use instead of those found by name. A label file applies to the training split or, with a
  /// saved model, to the samples to score.
  public var keys: ArrayKeys
  /// Keys for the test files only. A nil key falls back to ``keys``.
  public var testKeys = ArrayKeys()
  /// Keys for the out-of-distribution files only. A nil key falls back to ``testKeys``, then to ``keys``.
  /// Labels are ignored.
  public var outOfDistributionKeys = ArrayKeys()
  /// Whether to exclude samples with NaN or infinite features instead of throwing an error.
  public var skipsNonFinite: Bool

  public init(
    train: [String] = [], test: [String] = [], outOfDistribution: [String] = [], model: String? = nil,
    keys: ArrayKeys = ArrayKeys(),
    skipsNonFinite: Bool = false
  ) {
    self.train = train
    self.test = test
    self.outOfDistribution = outOfDistribution
    self.model = model
    self.keys = keys
    self.skipsNonFinite = skipsNonFinite
  }
}

extension DataRequest {
  /// The files that hold samples, with folders and patterns expanded. A file named twice appears twice.
  ///
  /// - Throws: An error if a folder or pattern cannot be expanded.
  var files: [String] {
    get throws { try PathExpansion.files(for: train + test + outOfDistributionSources.map(\.path)) }
  }
}

extension DataRequest {
  /// Every input path, for comparison with an output path: the files of folders and patterns, the saved
  /// model, and label files.
  ///
  /// Paths that cannot be expanded are left out; opening them reports the error. A labels entry may be a key
  /// rather than a path.
  public var inputPaths: [String] {
    let samples = (train + test + outOfDistributionSources.map(\.path)).flatMap {
      (try? PathExpansion.expand($0).data) ?? []
    }
    return samples
      + [model, keys.labels, testKeys.labels, testKeys.oodSets, outOfDistributionKeys.labels].compactMap(
        \.self)
  }
}

/// Array names given by the user. A nil name selects the array by its conventional names.
public struct ArrayKeys: Sendable, Equatable, Codable {
  public var features: String?
  /// A key inside the file, or the path of a label file.
  public var labels: String?
  public var ids: String?
  /// A key inside the file, or the path of a file, that names the OOD set of each sample to score.
  public var oodSets: String?

  public init(
    features: String? = nil, labels: String? = nil, ids: String? = nil, oodSets: String? = nil
  ) {
    self.features = features
    self.labels = labels
    self.ids = ids
    self.oodSets = oodSets
  }

  /// These keys, with nil entries filled from `others`.
  func filled(from others: ArrayKeys) -> ArrayKeys {
    ArrayKeys(
      features: features ?? others.features, labels: labels ?? others.labels, ids: ids ?? others.ids,
      oodSets: oodSets ?? others.oodSets)
  }
}

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
  /// The file that names the OOD set of each sample to score.
  let oodSetsPath: String?

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
    oodSetsPath = Self.file(testKeys.oodSets)
    if oodSetsPath != nil { testKeys.oodSets = nil }
    // A column that names sets is not a feature of training files either.
    shared.oodSets = testKeys.oodSets
    train = Part(keys: shared, labelsPath: request.train.isEmpty ? nil : sharedPath)
    test = Part(
      keys: testKeys, labelsPath: testPath, hasOwnFeatures: testKeys.features != shared.features,
      options: request.train.isEmpty ? .all : .test)
    var outside = request.outOfDistributionKeys.filled(from: testKeys)
    outside.labels = request.outOfDistributionKeys.labels
    outOfDistribution = Part(
      keys: outside, hasOwnFeatures: outside.features != shared.features, options: .outOfDistribution)
  }

  /// The label files of all parts, and the file of OOD sets.
  var labelsPaths: [String] {
    [train, test, outOfDistribution].compactMap(\.labelsPath) + [oodSetsPath].compactMap(\.self)
  }

  /// The path that a key is, if it is that of a file and not the name of an array.
  static func file(_ name: String?) -> String? {
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
