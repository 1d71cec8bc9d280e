/// One opened file: its arrays and what each is used as, for `inspect` and the data screen.
public struct FileReport: Sendable, Equatable {
  public var path: String
  public var format: String
  public var byteCount: Int
  /// Nil for a file that only `inspect` looked at.
  public var split: Split?
  public var arrays: [ArrayReport]
  public var labelCounts: [LabelCount]
  /// The file that the labels came from, where it is another.
  public var labelsPath: String?
  /// Arrays that would be labels if they were named; looked for where there are none.
  public var fitting: [FittingArrays] = []

  public init(
    path: String, format: String, byteCount: Int, split: Split?, arrays: [ArrayReport],
    labelCounts: [LabelCount]
  ) {
    self.path = path
    self.format = format
    self.byteCount = byteCount
    self.split = split
    self.arrays = arrays
    self.labelCounts = labelCounts
  }
}

/// What an array is used as.
public enum ArrayRole: String, Sendable, CaseIterable {
  case features, labels, ids, classNames = "class names", images, column, unused
}

public struct ArrayReport: Sendable, Equatable {
  public var name: String
  public var shape: [Int]
  public var elementType: String
  /// In the file, decompressed; nil where that is not known, as for text of different lengths.
  public var byteCount: Int?
  public var role: ArrayRole
  /// How many NaN and infinite values; nil where the array holds no floating-point numbers or was not scanned.
  public var nonFiniteCount: Int?
  /// How many of them are NaN; nil where the array was not scanned.
  public var nanCount: Int?
  /// The first few rows that hold them, from 0.
  public var nonFiniteRows: [Int]
  /// Smallest, largest and mean value; nil where not numeric or not scanned.
  public var range: ValueRange?

  public init(
    name: String, shape: [Int], elementType: String, role: ArrayRole, nonFiniteCount: Int? = nil,
    nonFiniteRows: [Int] = [], range: ValueRange? = nil
  ) {
    self.name = name
    self.shape = shape
    self.elementType = elementType
    self.role = role
    self.nonFiniteCount = nonFiniteCount
    self.nonFiniteRows = nonFiniteRows
    self.range = range
  }
}

extension ArrayReport {
  /// How many infinite values; nil where the array was not scanned.
  public var infiniteCount: Int? {
    guard let nonFiniteCount, let nanCount else { return nil }
    return nonFiniteCount - nanCount
  }
}

public struct ValueRange: Sendable, Equatable {
  public var minimum: Double
  public var maximum: Double
  public var mean: Double

  public init(minimum: Double, maximum: Double, mean: Double) {
    self.minimum = minimum
    self.maximum = maximum
    self.mean = mean
  }
}

public struct LabelCount: Sendable, Equatable {
  public var label: Int
  public var name: String
  public var count: Int

  public init(label: Int, name: String, count: Int) {
    self.label = label
    self.name = name
    self.count = count
  }
}
