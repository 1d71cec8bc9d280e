extension FeatureFile {
  /// The words that tell sets of samples apart other than by class.
  private static let wordsOfSets: Set<String> = [
    "id", "ood", "ind", "in", "out", "near", "far", "train", "val", "test",
  ]

  /// A file of one matrix per class, by name, as a file of `features` and `labels`: the matrices one below the other in
  /// file order, and for each row the name of its matrix. Nil for any other file.
  ///
  /// Matrices of equal height with numbered names are more likely layers of a network or elements of a tuple.
  package func joiningClasses() -> FeatureFile? {
    guard table == nil, unreadable.isEmpty, arrays.count > 1, let first = arrays.first,
      first.elementType.isFloatingPoint, first.asMatrix.rowLength > 0
    else { return nil }
    let matrices = arrays.map(\.asMatrix)
    let areAlike = matrices.allSatisfy {
      $0.shape.count == 2 && $0.rowLength == matrices[0].rowLength && $0.elementType == first.elementType
        && $0.aliasOf == nil && $0.rowCount > 0
    }
    guard areAlike else { return nil }
    let names = arrays.map {
      $0.name.split(whereSeparator: { "/.".contains($0) }).last.map(String.init) ?? $0.name
    }
    let areNumbers = names.allSatisfy { $0.allSatisfy(\.isNumber) }
    let areEqual = matrices.allSatisfy { $0.rowCount == matrices[0].rowCount }
    let areNumbered = names.allSatisfy { $0.last?.isNumber == true }
    guard Set(names).count == names.count,
      !names.contains(where: { Self.wordsOfSets.contains($0.lowercased()) }),
      areNumbers ? names.count > PickledArrays.recordLimit : !(areEqual && (areNumbered || names.count < 3))
    else { return nil }
    // The labels of a file that compresses to less than a byte per row would take much more memory than the file.
    let rowCount = matrices.reduce(0) { $0.addingReportingOverflow($1.rowCount).partialValue }
    guard rowCount <= byteCount, matrices.allSatisfy({ $0.rowCount <= byteCount }) else { return nil }
    let joined = JoinedArrays(matrices)
    let labels = zip(names, matrices).flatMap { Array(repeating: $0, count: $1.rowCount) }
    let features = NamedArray(
      name: "features", shape: [labels.count, matrices[0].rowLength], elementType: first.elementType,
      path: path,
      storage: .joined(joined))
    let ofRows = NamedArray(
      name: "labels", shape: [labels.count], elementType: .string, path: path, storage: .strings(labels))
    return try? FeatureFile(path: path, format: format, byteCount: byteCount, arrays: [features, ofRows])
  }

  /// A file of one vector per sample, by name, as a file of `features` and `ids`. Nil for any other file.
  ///
  /// A few vectors are more likely statistics of a network, such as a mean and a variance.
  package func joiningSamples() -> FeatureFile? {
    let fewest = 8
    guard table == nil, unreadable.isEmpty, arrays.count >= fewest, let first = arrays.first,
      first.elementType.isFloatingPoint, first.elementCount > 1
    else { return nil }
    let areAlike = arrays.allSatisfy {
      $0.shape == [first.elementCount] && $0.elementType == first.elementType && $0.aliasOf == nil
    }
    guard areAlike, let rows = try? arrays.map({ try $0.asRow() }) else { return nil }
    let features = NamedArray(
      name: "features", shape: [rows.count, first.elementCount], elementType: first.elementType, path: path,
      storage: .joined(JoinedArrays(rows)))
    let ids = NamedArray(
      name: "ids", shape: [rows.count], elementType: .string, path: path,
      storage: .strings(arrays.map(\.name)))
    return try? FeatureFile(path: path, format: format, byteCount: byteCount, arrays: [features, ids])
  }
}
