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

  /// - Throws: `noSuchKey` for a key that is not there, or what makes the named array unreadable.
  init(_ file: FeatureFile, keys: ArrayKeys) throws {
    func find(_ key: String?, _ names: [String]) throws -> NamedArray? {
      if let key { return try file.array(named: key) }
      return names.lazy.compactMap { file[$0] }.first
    }
    features = try find(keys.features, Self.featureNames) ?? Self.onlyMatrix(file)
    labels = try find(keys.labels, Self.labelNames)
    ids = try find(keys.ids, Self.idNames)
    classNames = try find(nil, Self.classNameNames)
    images = try find(nil, Self.imageNames)
    let used = Set([features, labels, ids, classNames, images].compactMap { $0?.name })
    let count = features?.rowCount
    columns = file.arrays.filter { array in
      !used.contains(array.name) && array.shape.count == 1 && array.rowCount == count
        && !array.elementType.isFloatingPoint
    }
  }

  /// The one matrix of numbers in the file, where there is just one: it can only be the features.
  private static func onlyMatrix(_ file: FeatureFile) -> NamedArray? {
    let matrices = file.arrays.filter {
      $0.shape.count == 2 && ($0.elementType.isFloatingPoint || file.arrays.count == 1)
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
