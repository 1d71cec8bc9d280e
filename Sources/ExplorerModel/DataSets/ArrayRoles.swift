import FeatureFiles

/// Which arrays of one file are used as what: by the keys the user gave, else by their usual names.
struct ArrayRoles {
  static let featureNames = ["features", "feats", "embeddings", "z", "X", "x"]
  static let labelNames = ["labels", "label", "y", "targets", "target"]
  static let idNames = ["ids", "id", "names", "paths", "filenames"]
  static let classNameNames = ["class_names", "classes"]
  static let imageNames = ["images", "image", "thumbnails"]

  var features: NamedArray?
  var labels: NamedArray?
  var ids: NamedArray?
  var classNames: NamedArray?
  var images: NamedArray?
  /// Further arrays of text or whole numbers with one entry per sample.
  var columns: [NamedArray] = []

  /// Names in nested data count by their last part, where just one array has such a name and can be features; labels,
  /// ids, class names and images are then looked for beside it first.
  ///
  /// - Throws: `noSuchArray` for a key that is not there, or what makes the named array unreadable.
  init(_ file: FeatureFile, keys: ArrayKeys) throws {
    let named = try keys.features.map { (key) throws(FeatureFileError) in try file.array(named: key) }
    let found =
      named ?? Self.featureNames.lazy.compactMap { file[$0] }.first ?? Self.onlyNested(file)
      ?? Self.onlyMatrix(file)
    let features = found?.asMatrix
    let (group, count) = (features.map { NestedName($0.name).group } ?? "", features?.rowCount)
    func find(_ key: String?, _ names: [String], where fits: (NamedArray) -> Bool = { _ in true }) throws
      -> NamedArray?
    {
      if let key { return try file.array(named: key) }
      let places = group.isEmpty ? names : names.map { group + $0 } + names
      return places.lazy.compactMap { file[$0] }.first(where: fits)
    }
    // What goes by a usual name and is of another length, such as the names of columns, is something else.
    let fits = { (array: NamedArray) in count == nil || array.rowCount == count }
    self.features = features
    labels = try find(keys.labels, Self.labelNames)
    ids = try find(keys.ids, Self.idNames, where: fits)
    classNames = try find(nil, Self.classNameNames)
    images = try find(nil, Self.imageNames, where: fits)
    // Of several names for the same values, any.
    let used = Set([features, labels, ids, classNames, images].compactMap { $0?.aliasOf ?? $0?.name })
    columns = file.arrays.filter { array in
      array.aliasOf == nil && !used.contains(array.name) && array.shape.count == 1 && array.rowCount == count
        && !array.elementType.isFloatingPoint
    }
  }

  /// The one array that is named like features within what it is in.
  private static func onlyNested(_ file: FeatureFile) -> NamedArray? {
    let nested = file.arrays.filter { array in
      array.asMatrix.shape.count >= 2 && array.asMatrix.rowLength > 0 && array.elementType.isNumeric
        && featureNames.contains(String(NestedName(array.name).last))
    }
    return Set(nested.map { $0.aliasOf ?? $0.name }).count == 1 ? nested[0] : nil
  }

  /// The one matrix of numbers in the file, where there is just one: it can only be the features.
  private static func onlyMatrix(_ file: FeatureFile) -> NamedArray? {
    let matrices = file.arrays.filter {
      $0.aliasOf == nil && $0.shape.count == 2 && ($0.elementType.isFloatingPoint || file.arrays.count == 1)
        && $0.elementType.isNumeric
    }
    return matrices.count == 1 ? matrices[0] : nil
  }

  func role(of name: String) -> ArrayRole {
    switch name {
    case features?.name: .features
    case labels?.name: .labels
    case ids?.name: .ids
    case classNames?.name: .classNames
    case images?.name: .images
    default: columns.contains { $0.name == name } ? .column : .unused
    }
  }
}

/// The name of an array in nested data, such as `train/features` of HDF5 and `train.features` of a dictionary in a
/// dictionary.
struct NestedName {
  /// What the array is called within what it is in.
  let last: Substring
  /// What precedes that, with the separator; empty for an array that is in nothing.
  let group: String

  init(_ name: String) {
    last = name.split(whereSeparator: { $0 == "/" || $0 == "." }).last ?? ""
    group = name.hasSuffix(last) ? String(name.dropLast(last.count)) : ""
  }
}
