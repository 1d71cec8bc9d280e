import FeatureFiles

/// Which arrays of one file are used as what: by the keys the user gave, else by their usual names.
struct ArrayRoles {
  static let featureNames = [
    "features", "feats", "feat", "embeddings", "embedding", "emb", "z", "X", "x", "feat_list", "img_emb",
    "image_embeds", "image_features", "text_embeds", "pooler_output", "last_hidden_state", "penultimate",
    "latents",
    "representations", "vectors",
  ]
  static let labelNames = [
    "labels", "label", "y", "targets", "target", "label_list", "labels_true", "y_true", "fine_label",
    "class_id",
    "class_idx",
  ]
  static let idNames = [
    "ids", "id", "names", "paths", "filenames", "filename", "filepath", "image_path",
  ]
  static let classNameNames = ["class_names", "classes"]
  static let imageNames = ["images", "image", "thumbnails"]
  /// Further columns that are read, to be shown beside a sample.
  static let columnLimit = 64

  /// The file, the columns of a table taken as the keys say.
  let file: FeatureFile
  var features: NamedArray?
  var labels: NamedArray?
  var ids: NamedArray?
  var classNames: NamedArray?
  var images: NamedArray?
  /// Further arrays of text or whole numbers with one entry per sample.
  var columns: [NamedArray] = []
  /// Why an array that is named like features, or like labels, cannot be read, where it comes before any that can.
  private(set) var unreadableFeatures: FeatureFileError?
  private(set) var unreadableLabels: FeatureFileError?
  /// Arrays of other usual names that cannot be read, by name.
  private(set) var unreadable: [String: FeatureFileError] = [:]
  private var roles: [String: ArrayRole] = [:]

  /// What else is known of the samples, for features of shape (N), which are N samples of one dimension or one of N.
  struct Hint {
    var dimension: Int?
    var sampleCount: Int?
    /// Names of the features' columns in other files.
    var columnNames: [String]?
  }

  /// Names in nested data count by their last part, where just one array has such a name and can be features; labels,
  /// ids, class names and images are then looked for beside it first. O(number of arrays).
  ///
  /// - Throws: `noSuchArray` for a key that is not there, or what makes the named array unreadable.
  init(_ file: FeatureFile, keys: ArrayKeys, hint: Hint = Hint()) throws {
    let file = try file.using(TableUse(features: keys.features, labels: keys.labels, ids: keys.ids))
    self.file = file
    var found = Found(file)
    let named = try keys.features.map { (key) throws(FeatureFileError) in try file.array(named: key) }
    let usual = named.map(Result.success) ?? found.first(Self.featureNames) { Self.isUsable($0) }
    if case .failure(let reason) = usual { unreadableFeatures = reason }
    var features = try? usual?.get()
    if usual == nil {
      features = Self.onlyNested(file)
      if features == nil, let reason = Self.unreadableNested(file) {
        unreadableFeatures = reason
      } else {
        features =
          features ?? Self.columns(hint.columnNames ?? [], of: file) ?? Self.onlyMatrix(file)
          ?? Self.onlyVector(file, hint)
      }
    }
    found.group = features.map { NestedName($0.name).group } ?? ""
    if let key = keys.labels {
      labels = try file.array(named: key)
    } else {
      switch found.first(Self.labelNames) {
      case .success(let array): labels = array
      case .failure(let reason): unreadableLabels = reason
      case nil: break
      }
    }
    features = features?.asMatrix
    if let vector = features, vector.shape.count < 2 {
      features = try Self.asMatrix(vector, labels: labels, hint) ?? vector
    }
    self.features = features
    let count = features?.rowCount
    // What goes by a usual name and is of another length, such as the names of columns, is something else.
    let fits = { (array: NamedArray) in count == nil || array.rowCount == count }
    func optional(_ key: String?, _ names: [String], where fits: (NamedArray) -> Bool = { _ in true }) throws
      -> NamedArray?
    {
      if let key { return try file.array(named: key) }
      switch found.first(names, where: fits) {
      case .success(let array): return array
      case .failure(let reason):
        if let name = found.unreadableName(names) { unreadable[name] = reason }
        return nil
      case nil: return nil
      }
    }
    ids = try optional(keys.ids, Self.idNames, where: fits)
    classNames = try optional(nil, Self.classNameNames)
    images = try optional(nil, Self.imageNames, where: fits)
    for (array, role) in [
      (features, .features), (labels, .labels), (ids, .ids), (classNames, .classNames), (images, .images),
    ] as [(NamedArray?, ArrayRole)] {
      if let array, roles[array.name] == nil { roles[array.name] = role }
    }
    // Of several names for the same values, any.
    let used = Set([features, labels, ids, classNames, images].compactMap { $0?.aliasOf ?? $0?.name })
    columns = Array(
      file.arrays.lazy.filter { [roles] array in
        roles[array.name] == nil && array.aliasOf == nil && !used.contains(array.name)
          && array.shape.count == 1 && array.rowCount == count
          && !array.elementType.isFloatingPoint
      }.prefix(Self.columnLimit))
    for column in columns { roles[column.name] = .column }
  }

  /// A hidden state of every token is not one row per sample.
  private static func isUsable(_ array: NamedArray) -> Bool {
    NestedName(array.name).last != "last_hidden_state" || array.asMatrix.shape.count == 2
  }

  /// Features of shape (N) as one dimension of N samples or as one sample, whichever the labels say or the dimension
  /// of other files; nil where neither does.
  private static func asMatrix(
    _ vector: NamedArray, labels: NamedArray?, _ hint: Hint
  ) throws -> NamedArray? {
    guard vector.elementType.isNumeric, vector.elementCount > 0 else { return nil }
    if let count = labels?.elementCount ?? hint.sampleCount {
      return count == 1 && vector.elementCount > 1 ? try vector.asRow() : vector.asColumn()
    }
    guard let dimension = hint.dimension else { return nil }
    return dimension == 1 ? vector.asColumn() : try vector.asRow()
  }

  /// Arrays by name, those that cannot be read too.
  private struct Found {
    let arrays: [String: NamedArray]
    let unreadable: [String: FeatureFileError]
    /// What the features are in.
    var group = ""

    init(_ file: FeatureFile) {
      arrays = Dictionary(file.arrays.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      unreadable = file.unreadable
    }

    private func places(_ names: [String]) -> [String] {
      group.isEmpty ? names : names.map { group + $0 } + names
    }

    /// The first array that is named so and fits, unless one before it cannot be read.
    func first(
      _ names: [String], where fits: (NamedArray) -> Bool = { _ in true }
    ) -> Result<NamedArray, FeatureFileError>? {
      for name in places(names) {
        if let array = arrays[name], fits(array) { return .success(array) }
        if let reason = unreadable[name] { return .failure(reason) }
      }
      return nil
    }

    func unreadableName(_ names: [String]) -> String? { places(names).first { unreadable[$0] != nil } }
  }

  /// The one array that is named like features within what it is in.
  private static func onlyNested(_ file: FeatureFile) -> NamedArray? {
    let nested = file.arrays.filter { array in
      array.asMatrix.shape.count >= 2 && array.asMatrix.rowLength > 0 && array.elementType.isNumeric
        && featureNames.contains(String(NestedName(array.name).last)) && isUsable(array)
    }
    return Set(nested.map { $0.aliasOf ?? $0.name }).count == 1 ? nested[0] : nil
  }

  /// Why the one array that is named so cannot be read.
  private static func unreadableNested(_ file: FeatureFile) -> FeatureFileError? {
    let nested = file.unreadable.filter { featureNames.contains(String(NestedName($0.key).last)) }
    return nested.count == 1 ? nested.first?.value : nil
  }

  /// Columns of a table that are features in other files, where by their names none of it would be.
  private static func columns(_ names: [String], of file: FeatureFile) -> NamedArray? {
    guard let table = file.table, table.hasHeader else { return nil }
    let wanted = Set(names)
    let found = table.columns.indices.filter {
      wanted.contains(table.columns[$0].name) && table.columns[$0].content != .text
    }
    return found.isEmpty ? nil : table.array(ofColumns: found, named: "features")
  }

  /// The one matrix of numbers in the file, where there is just one: it can only be the features.
  private static func onlyMatrix(_ file: FeatureFile) -> NamedArray? {
    let matrices = file.arrays.filter {
      $0.aliasOf == nil && $0.shape.count == 2 && ($0.elementType.isFloatingPoint || file.arrays.count == 1)
        && $0.elementType.isNumeric
    }
    return matrices.count == 1 ? matrices[0] : nil
  }

  /// The one array of a file, where it is a vector of fractions as long as a sample, or as there are labels.
  private static func onlyVector(_ file: FeatureFile, _ hint: Hint) -> NamedArray? {
    guard file.arrays.count == 1, let vector = file.arrays.first, vector.shape.count == 1,
      vector.elementType.isFloatingPoint, vector.elementCount > 0
    else { return nil }
    let counts: [Int] = [hint.dimension, hint.sampleCount].compactMap(\.self)
    let fits = counts.contains { (count: Int) in count == vector.elementCount || count == 1 }
    return fits ? vector : nil
  }

  func role(of name: String) -> ArrayRole { roles[name] ?? .unused }
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
