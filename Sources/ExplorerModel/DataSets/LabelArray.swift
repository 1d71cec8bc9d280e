import FeatureFiles

extension NamedArray {
  /// The labels of so many samples: one whole number each.
  ///
  /// - Parameters:
  ///   - path: the file they are in, for messages.
  ///   - known: the numbers, where they have been read; nil to read them.
  /// - Throws: ``DataSetError`` without a word on what would fit instead, or `FeatureFileError`.
  func labels(of sampleCount: Int, path: String, known: [Int]? = nil) throws -> [Int] {
    if let reason = DataSetError.unusableLabels(self, path: path, sampleCount: sampleCount) { throw reason }
    guard elementCount == sampleCount else {
      throw DataSetError.countMismatch(path: path, name: name, count: elementCount, sampleCount: sampleCount)
    }
    return try known ?? integers()
  }
}

extension DataSetError {
  /// What is wrong with an array as labels whatever numbers are in it; nil where nothing is.
  static func unusableLabels(_ array: NamedArray, path: String, sampleCount: Int?) -> DataSetError? {
    let hasRows = array.rowLength > 1 && (sampleCount == nil || array.rowCount == sampleCount)
    guard !array.elementType.isNumeric || hasRows else { return nil }
    return .unusableLabels(
      path: path, name: array.name, shape: array.shape, elementType: array.elementType.rawValue)
  }
}
