import FeatureFiles

/// The role of each array in one file. Keys given by the user take precedence over conventional names.
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
    "ids", "id", "names", "name", "paths", "path", "filenames", "filename", "filepath", "image_path",
  ]
  static let classNameNames = ["class_names", "classes"]
  static let imageNames = ["images", "image", "thumbnails"]
  static let logitNames = ["logits", "logit", "logit_list"]
  /// The groups of the last layer's weight and bias; "" for names without a group.
  static let headGroups = ["fc", "head", "classifier", ""]
  static let headWeightNames = ["weight", "w"]
  static let headBiasNames = ["bias", "b"]
  /// The conventional names of arrays with one entry per sample, in lower case.
  static let knownNames = Set(
    (featureNames + labelNames + idNames + imageNames + logitNames + oodSetNames + ["data"]).map {
      $0.lowercased()
    })
  static let oodSetNames = ["ood_set", "ood_sets", "dataset", "source"]
  /// The maximum number of further columns read for display beside a sample.
  static let columnLimit = 64

  /// The file, with the columns of a table grouped as the keys specify.
  let file: FeatureFile
  var features: NamedArray?
  var labels: NamedArray?
  var ids: NamedArray?
  var classNames: NamedArray?
  var images: NamedArray?
  /// The logits of each sample, (N, C).
  var logits: NamedArray?
  /// Weight (C, D) and bias (C,) of the network's last layer.
  var head: (weight: NamedArray, bias: NamedArray)?
  /// The name of each sample's OOD set. It is one of ``columns``, too.
  var oodSets: NamedArray?
  /// Further arrays of text or integers with one entry per sample.
  var columns: [NamedArray] = []
  /// Why an array with a conventional name for features cannot be read, if it precedes every readable
  /// candidate. `unreadableLabels` is the same for labels.
  private(set) var unreadableFeatures: FeatureFileError?
  private(set) var unreadableLabels: FeatureFileError?
  /// Unreadable arrays with other conventional names, by name.
  private(set) var unreadable: [String: FeatureFileError] = [:]
  /// The number of classes of which the file has an array each; nil for any other file. The arrays are joined.
  private(set) var joinedClassCount: Int?
  private var roles: [String: ArrayRole] = [:]

  /// Context that resolves features of shape (N): either N samples of one dimension or one sample of N
  /// dimensions.
  struct Hint {
    var dimension: Int?
    var sampleCount: Int?
    /// Names of the feature columns in other files.
    var columnNames: [String]?
  }

  /// Assigns roles to the arrays of a file. O(number of arrays).
  ///
  /// In a file of splits, training takes the training split, and scoring takes the test split or else the validation
  /// split; a single split serves both. The last component of a nested name counts if exactly one array with such a name
  /// can be features. Labels, ids, class names and images are then looked up in the same split and group first.
  ///
  /// - Parameter split: What the samples are for.
  /// - Throws: `noSuchArray` for a missing key, or the error that makes the named array unreadable.
  init(_ file: FeatureFile, keys: ArrayKeys, split: Split = .train, hint: Hint = Hint()) throws {
    var file = try file.using(
      TableUse(features: keys.features, labels: keys.labels, ids: keys.ids, oodSets: keys.oodSets))
    var found = ArrayLookup(file)
    let named = try keys.features.map { (key) throws(FeatureFileError) in try file.array(named: key) }
    let inSplit = named == nil ? found.features(for: split) : nil
    let usual =
      named.map(Result.success) ?? inSplit.flatMap { $0.isWanted ? $0.array : nil }
      ?? found.first(Self.featureNames) { Self.isUsable($0) } ?? inSplit?.array
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
      let classes = features == nil && unreadableFeatures == nil ? file.joiningClasses() : nil
      if features == nil, unreadableFeatures == nil, let joined = classes ?? file.joiningSamples() {
        if classes != nil { joinedClassCount = file.arrays.count }
        file = joined
        features = joined["features"]
        found = ArrayLookup(joined)
      }
    }
    self.file = file
    let otherSplit = split == .train && named == nil ? try? found.features(for: .test)?.array.get() : nil
    if let features { found.look(beside: features) }
    if let key = keys.labels {
      labels = try file.array(named: key)
    } else {
      // Labels outside of a split are those of all its samples, if they are as many.
      let labels = found.first(Self.labelNames) { [features] in
        found.split == nil || SplitName($0.name).split == found.split || $0.rowCount == features?.rowCount
      }
      switch labels {
      case .success(let array): self.labels = array
      case .failure(let reason): unreadableLabels = reason
      case nil: self.labels = features.flatMap { Self.numbered(beside: $0, in: file).labels }
      }
    }
    features = features?.asMatrix
    if let vector = features, vector.shape.count < 2 {
      features = try Self.asMatrix(vector, labels: labels, hint) ?? vector
    }
    self.features = features
    let count = features?.rowCount
    // An array with a conventional name but another length, such as a list of column names, has another
    // meaning.
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
    if ids == nil, let features { ids = Self.numbered(beside: features, in: file).ids }
    classNames = try optional(nil, Self.classNameNames)
    images = try optional(nil, Self.imageNames, where: fits)
    logits = try optional(nil, Self.logitNames) {
      fits($0) && $0.shape.count == 2 && $0.rowLength > 0 && $0.elementType.isNumeric
    }
    head = Self.heads(of: file).first { [features = self.features] in
      $0.weight.rowLength == features?.rowLength && $0.weight.name != features?.name
    }
    let validation = try? found.features(of: .validation)?.get()
    for (other, role, labelRole) in [
      (otherSplit, .testFeatures, .testLabels), (validation, .validationFeatures, .validationLabels),
    ] as [(NamedArray?, ArrayRole, ArrayRole)] {
      guard let other, other.name != features?.name, roles[other.name] == nil else { continue }
      found.look(beside: other)
      let others = found.first(Self.labelNames) { SplitName($0.name).split == found.split }
      roles[other.name] = role
      if let labels = (try? others?.get()) ?? Self.numbered(beside: other, in: file).labels {
        roles[labels.name] = labelRole
      }
    }
    for (array, role) in [
      (features, .features), (labels, .labels), (ids, .ids), (classNames, .classNames), (images, .images),
      (logits, .logits), (head?.weight, .headWeight), (head?.bias, .headBias),
    ] as [(NamedArray?, ArrayRole)] {
      let ofOthers: [ArrayRole] = [.testFeatures, .testLabels, .validationFeatures, .validationLabels]
      if let array, roles[array.name].map(ofOthers.contains) ?? true {
        roles[array.name] = role
      }
    }
    // Of several aliases of the same values, any one will do.
    let used = Set([features, labels, ids, classNames, images].compactMap { $0?.aliasOf ?? $0?.name })
    columns = Array(
      file.arrays.lazy.filter { [roles] array in
        roles[array.name] == nil && array.aliasOf == nil && !used.contains(array.name)
          && array.shape.count == 1 && array.rowCount == count
          && !array.elementType.isFloatingPoint
      }.prefix(Self.columnLimit))
    for column in columns { roles[column.name] = .column }
    // Of several files, some may lack the array that the user names.
    if let chosen = keys.oodSets.flatMap({ file[$0] }) {
      oodSets = chosen
    } else {
      oodSets = try optional(nil, Self.oodSetNames) {
        fits($0) && $0.shape.count == 1 && !$0.elementType.isFloatingPoint
      }
    }
    if let oodSets, [nil, .column].contains(roles[oodSets.name]) { roles[oodSets.name] = .oodSets }
  }

  /// A hidden state for every token is not one row per sample.
  static func isUsable(_ array: NamedArray) -> Bool {
    NestedName(array.name).last != "last_hidden_state" || array.asMatrix.shape.count == 2
  }

  /// Interprets features of shape (N) as N samples of one dimension or as one sample. The labels decide, then
  /// the dimension of other files. Returns nil if neither is known.
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

  /// The only array whose last name component is a conventional name for features, or nil.
  private static func onlyNested(_ file: FeatureFile) -> NamedArray? {
    let nested = file.arrays.filter { array in
      array.asMatrix.shape.count >= 2 && array.asMatrix.rowLength > 0 && array.elementType.isNumeric
        && featureNames.contains(String(NestedName(array.name).last)) && isUsable(array)
    }
    return Set(nested.map { $0.aliasOf ?? $0.name }).count == 1 ? nested[0] : nil
  }

  /// Why the only array whose last name component is a conventional name for features cannot be read.
  private static func unreadableNested(_ file: FeatureFile) -> FeatureFileError? {
    let nested = file.unreadable.filter { featureNames.contains(String(NestedName($0.key).last)) }
    return nested.count == 1 ? nested.first?.value : nil
  }

  /// Columns of a table that are features in other files, used when no name in this file identifies features.
  private static func columns(_ names: [String], of file: FeatureFile) -> NamedArray? {
    guard let table = file.table, table.hasHeader else { return nil }
    let wanted = Set(names)
    let found = table.columns.indices.filter {
      wanted.contains(table.columns[$0].name) && table.columns[$0].content != .text
    }
    return found.isEmpty ? nil : table.array(ofColumns: found, named: "features")
  }

  /// The only matrix of numbers in the file, which must be the features. Nil if there are several besides logits and
  /// the last layer's weight.
  private static func onlyMatrix(_ file: FeatureFile) -> NamedArray? {
    let matrices = file.arrays.filter {
      $0.aliasOf == nil && $0.shape.count == 2 && ($0.elementType.isFloatingPoint || file.arrays.count == 1)
        && $0.elementType.isNumeric
    }
    let weights = Set(heads(of: file).map(\.weight.name))
    if matrices.count == 1 { return weights.contains(matrices[0].name) ? nil : matrices[0] }
    let others = weights.union(logitNames)
    let unnamed = matrices.filter { !others.contains($0.name) }
    return unnamed.count == 1 ? unnamed[0] : nil
  }

  /// The weights (C, D) with a bias (C,) in the same group, by ``headGroups``.
  private static func heads(of file: FeatureFile) -> [(weight: NamedArray, bias: NamedArray)] {
    let found = file.arrays.compactMap { weight -> (group: Int, weight: NamedArray, bias: NamedArray)? in
      guard weight.shape.count == 2 else { return nil }
      let name = NestedName(weight.name)
      let parent = NestedName(name.group.dropLast()).last
      guard let group = headGroups.firstIndex(where: { $0 == parent }),
        let place = headWeightNames.firstIndex(where: { $0 == name.last }),
        weight.elementType.isNumeric, weight.elementCount > 0,
        let bias = file[name.group + headBiasNames[place]], bias.shape == [weight.rowCount],
        bias.elementType.isNumeric
      else { return nil }
      return (group, weight, bias)
    }
    return headGroups.indices.flatMap { group in
      found.filter { $0.group == group }.map { ($0.weight, $0.bias) }
    }
  }

  /// The only array of a file, if it is a floating-point vector whose length equals the known dimension
  /// or sample count. A known value of 1 also matches.
  private static func onlyVector(_ file: FeatureFile, _ hint: Hint) -> NamedArray? {
    guard file.arrays.count == 1, let vector = file.arrays.first, vector.shape.count == 1,
      vector.elementType.isFloatingPoint, vector.elementCount > 0
    else { return nil }
    let counts: [Int] = [hint.dimension, hint.sampleCount].compactMap(\.self)
    let fits = counts.contains { (count: Int) in count == vector.elementCount || count == 1 }
    return fits ? vector : nil
  }

  /// Labels and ids beside features that have a number instead of a name, as in a tuple `(features, labels)` or in
  /// `numpy.savez(file, features, labels)`: the only integers and the texts with one entry per sample.
  private static func numbered(
    beside features: NamedArray, in file: FeatureFile
  ) -> (labels: NamedArray?, ids: NamedArray?) {
    func isNumbered(_ name: NestedName) -> Bool {
      let number = name.last.hasPrefix("arr_") ? name.last.dropFirst("arr_".count) : name.last
      return !number.isEmpty && number.allSatisfy(\.isNumber)
    }
    let own = NestedName(features.name)
    guard isNumbered(own) else { return (nil, nil) }
    let count = features.asMatrix.rowCount
    let beside = file.arrays.filter {
      let name = NestedName($0.name)
      return $0.name != features.name && name.group == own.group && isNumbered(name) && !$0.shape.isEmpty
        && $0.elementCount == count && !$0.elementType.isFloatingPoint
    }
    let integers = beside.filter { $0.elementType != .string }
    let texts = beside.filter { $0.elementType == .string }
    // Names of classes repeat; ids do not.
    func repeats(_ array: NamedArray) -> Bool {
      (try? array.strings()).map { Set($0).count < $0.count } ?? false
    }
    let labels = integers.count == 1 ? integers[0] : integers.isEmpty ? texts.first(where: repeats) : nil
    return (labels, texts.first { $0.name != labels?.name && !repeats($0) })
  }

  func role(of name: String) -> ArrayRole { roles[name] ?? .unused }
}
