import FeatureFiles

/// What to open: files of each split or a saved model, and how to read them.
public struct DataRequest: Sendable, Equatable, Codable {
  /// Files, folders or patterns that the detector is fitted to; several files are shards of one split.
  public var train: [String]
  /// Files that are scored, in- and out-of-distribution samples together.
  public var test: [String]
  /// Files whose samples are out-of-distribution whatever their labels; scored with the test files.
  public var outOfDistribution: [String]
  /// A saved model, instead of training files.
  public var model: String?
  /// Arrays to use instead of the ones found by name. A file of labels is that of the split to be fitted or, with a
  /// saved model, of the samples to be scored.
  public var keys: ArrayKeys
  /// The same for the test files alone; where nil, ``keys`` hold.
  public var testKeys = ArrayKeys()
  /// The same for the out-of-distribution files alone; where nil, ``testKeys``, then ``keys`` hold. Their labels do
  /// not matter.
  public var outOfDistributionKeys = ArrayKeys()
  /// Leave out samples with NaN or infinite features instead of refusing them.
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
  /// The files that hold samples, folders and patterns taken apart; one that is named twice is there twice.
  ///
  /// - Throws: what is wrong with a folder or pattern.
  var files: [String] {
    get throws { try PathExpansion.files(for: train + test + outOfDistribution) }
  }
}

extension DataRequest {
  /// Every file that is named, to be compared with an output: files of folders and patterns one by one, saved models,
  /// files of labels; what cannot be expanded is left out, for opening it says why. Labels may be a key: then no file
  /// of that name, or one that is none of the inputs, is among these.
  public var inputPaths: [String] {
    let samples = (train + test + outOfDistribution).flatMap { (try? PathExpansion.expand($0).data) ?? [] }
    return samples + [model, keys.labels, testKeys.labels, outOfDistributionKeys.labels].compactMap(\.self)
  }
}

/// Names of arrays that the user gave; nil where they are to be found by their usual names.
public struct ArrayKeys: Sendable, Equatable, Codable {
  public var features: String?
  /// A key inside the file, or the path of a file of labels.
  public var labels: String?
  public var ids: String?

  public init(features: String? = nil, labels: String? = nil, ids: String? = nil) {
    self.features = features
    self.labels = labels
    self.ids = ids
  }

  /// These keys, and others where these are nil.
  func filled(from others: ArrayKeys) -> ArrayKeys {
    ArrayKeys(
      features: features ?? others.features, labels: labels ?? others.labels, ids: ids ?? others.ids)
  }
}
