/// One opened file with the role of each array, as shown by `inspect` and the data screen.
public struct FileReport: Sendable, Equatable {
  public var path: String
  public var format: String
  public var byteCount: Int
  /// The split of the file. Nil for a file opened by `inspect`.
  public var split: Split?
  public var arrays: [ArrayReport]
  public var labelCounts: [LabelCount]
  /// The label file, if the labels come from another file.
  public var labelsPath: String?
  /// Arrays that could serve as labels. Searched only if the file has no labels.
  public var fitting: [ArrayCandidates] = []
}

/// The role of an array.
public enum ArrayRole: String, Sendable, CaseIterable {
  case features, labels, ids, classNames = "class names", images, logits
  /// Weight and bias of the network's last layer.
  case headWeight = "head weight"
  case headBias = "head bias"
  case oodSets = "OOD sets"
  /// What would be scored of a file whose other arrays are for training.
  case testFeatures = "test features"
  case testLabels = "test labels"
  /// What can be scored instead of the test samples of the same file.
  case validationFeatures = "validation features"
  case validationLabels = "validation labels"
  case column, unused
}

public struct ArrayReport: Sendable, Equatable {
  public var name: String
  public var shape: [Int]
  public var elementType: String
  /// The decompressed size in bytes. Nil if unknown, as for text of varying length.
  public var byteCount: Int?
  public var role: ArrayRole
  /// The number of NaN and infinite values. Nil before a scan, and for arrays that are not floating-point.
  public var nonFiniteCount: Int?
  /// The number of NaN values. Nil before a scan.
  public var nanCount: Int?
  /// The first few rows with NaN or infinite values, from 0.
  public var nonFiniteRows: [Int] = []
  /// The minimum, maximum and mean of the finite values. Nil for non-numeric arrays and before a scan.
  public var range: ValueRange?
}

extension ArrayReport {
  /// The number of infinite values. Nil before a scan.
  public var infiniteCount: Int? {
    guard let nonFiniteCount, let nanCount else { return nil }
    return nonFiniteCount - nanCount
  }
}

public struct ValueRange: Sendable, Equatable {
  public var minimum: Double
  public var maximum: Double
  public var mean: Double
}

public struct LabelCount: Sendable, Equatable {
  public var label: Int
  public var name: String
  public var count: Int
}
