import FeatureFiles

/// What to open: the files of each split or a saved model, and how to read them.
public struct DataRequest: Sendable, Equatable, Codable {
  /// Files, folders or patterns to fit the detector to. Several files are shards of one split.
  public var train: [String]
  /// Files to score. They may mix in- and out-of-distribution samples.
  public var test: [String]
  /// Files whose samples are out-of-distribution regardless of their labels. They are scored with the test
  /// files.
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
  /// Whether to leave out samples with NaN or infinite features instead of throwing an error.
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
    get throws { try PathExpansion.files(for: train + test + outOfDistribution) }
  }
}

extension DataRequest {
  /// Every input path, for comparison with an output path: the files of folders and patterns, the saved
  /// model, and label files.
  ///
  /// Paths that cannot be expanded are left out; opening them reports the error. A labels entry may be a key
  /// rather than a path.
  public var inputPaths: [String] {
    let samples = (train + test + outOfDistribution).flatMap { (try? PathExpansion.expand($0).data) ?? [] }
    return samples + [model, keys.labels, testKeys.labels, outOfDistributionKeys.labels].compactMap(\.self)
  }
}

/// Array names given by the user. A nil name selects the array by its conventional names.
public struct ArrayKeys: Sendable, Equatable, Codable {
  public var features: String?
  /// A key inside the file, or the path of a label file.
  public var labels: String?
  public var ids: String?

  public init(features: String? = nil, labels: String? = nil, ids: String? = nil) {
    self.features = features
    self.labels = labels
    self.ids = ids
  }

  /// These keys, with nil entries filled from `others`.
  func filled(from others: ArrayKeys) -> ArrayKeys {
    ArrayKeys(
      features: features ?? others.features, labels: labels ?? others.labels, ids: ids ?? others.ids)
  }
}
