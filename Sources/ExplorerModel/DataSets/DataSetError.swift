/// Why files do not make a data set: which file, what is wrong, and what to try.
public enum DataSetError: Error, Equatable {
  /// Nothing was named to open.
  case noFiles
  /// No array has a usual name for features, and none could be told from its shape.
  case noFeatures(path: String, arrays: [String], fitting: [FittingArrays] = [])
  /// The named array is not there.
  case noSuchKey(path: String, key: String, available: [String], fitting: [FittingArrays] = [])
  /// An array chosen as features has fewer than two dimensions, or is no number.
  case unusableFeatures(
    path: String, name: String, shape: [Int], elementType: String, fitting: [FittingArrays] = [])
  /// An array chosen as labels has several numbers per sample, or is no number.
  case unusableLabels(
    path: String, name: String, shape: [Int], elementType: String, fitting: [FittingArrays] = [])
  /// All files of a split together have no row.
  case noSamples(path: String, shape: [Int])
  /// Labels, ids or images with another number of entries than there are samples.
  case countMismatch(
    path: String, name: String, count: Int, sampleCount: Int, fitting: [FittingArrays] = [])
  /// A folder or pattern stands for files, and none of them holds features; `reason` is about the first.
  case noFeatureFiles(path: String, fileCount: Int, reason: String)
  /// Two files hold features of different dimension.
  case dimensionMismatch(path: String, dimension: Int, otherPath: String, otherDimension: Int)
  /// Some shards of a split hold labels and others do not.
  case missingLabels(path: String)
  /// Fitting without labels.
  case noTrainingLabels(paths: [String], fitting: [FittingArrays] = [])
  /// NaN or infinite features: how many rows, and the first few of them, counted from 0.
  case nonFinite(path: String, rowCount: Int, firstRows: [Int])
  /// A saved model lacks an array or holds one of another shape.
  case notAModel(path: String, problem: String)
  /// The ending of a file to be written names no known format.
  case unknownOutputFormat(path: String, known: [String])
}

extension DataSetError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noFiles:
      "no file given: name a feature file, for example train.npz"
    case .noFeatures(let path, let arrays, let fitting):
      "\(path): none of its arrays (\(list(arrays))) is named like features; "
        + advice(fitting, else: "name one with --features")
    case .noSuchKey(let path, let key, let available, let fitting):
      "\(path): no array named ‘\(key)’; there are \(list(available.map { "‘\($0)’" }))"
        + (fitting.isEmpty ? "" : "; " + advice(fitting, else: ""))
    case .unusableFeatures(let path, let name, let shape, let elementType, let fitting):
      "\(path): ‘\(name)’ cannot be features: \(elementType) of shape \(shape); "
        + "needed are numbers of shape [samples, dimensions]; "
        + advice(fitting, else: "name another array with --features")
    case .unusableLabels(let path, let name, let shape, let elementType, let fitting):
      "\(path): ‘\(name)’ cannot be labels: \(elementType) of shape \(shape); needed is a whole number per sample; "
        + advice(
          fitting,
          else: elementType == "string"
            ? "number the classes, as numpy.unique(labels, return_inverse=True) does, and save the names as class_names"
            : "one-hot labels become numbers by labels.argmax(axis=1)")
    case .noSamples(let path, let shape):
      "\(path): no samples: features of shape \(shape); was it written completely?"
    case .countMismatch(let path, let name, let count, let sampleCount, let fitting):
      "\(path): ‘\(name)’ has \(count) entries for \(sampleCount) samples; "
        + advice(fitting, else: "every sample needs one")
    case .noFeatureFiles(let path, let fileCount, let reason):
      "\(path): none of its \(fileCount) files can be used; the first: \(reason)"
    case .dimensionMismatch(let path, let dimension, let otherPath, let otherDimension):
      "\(path): features of dimension \(dimension), but \(otherPath) has \(otherDimension); "
        + "both must come from the same network layer"
    case .missingLabels(let path):
      "\(path): no labels, though other files of the same split have them; name them with --labels"
    case .noTrainingLabels(let paths, let fitting):
      "\(list(paths)): no labels, and fitting needs one per sample; "
        + advice(fitting, else: "name them with --labels")
    case .nonFinite(let path, let rowCount, let firstRows):
      "\(path): \(rowCount) \(rowCount == 1 ? "sample has" : "samples have") NaN or infinite features "
        + "(\(rowCount == 1 ? "row" : "rows") \(list(firstRows.map(String.init)))"
        + "\(rowCount > firstRows.count ? " …" : "")); leave them out with --skip-non-finite"
    case .notAModel(let path, let problem):
      "\(path): not a model saved by gmmscope: \(problem); make one with gmmscope fit -o model.safetensors"
    case .unknownOutputFormat(let path, let known):
      "\(path): the ending says no known format; use one of \(list(known))"
    }
  }

  private func advice(_ fitting: [FittingArrays], else remedy: String) -> String {
    fitting.isEmpty ? remedy : fitting.map(\.description).joined(separator: "; or ")
  }

  private func list(_ names: [String], limit: Int = 12) -> String {
    let shown = names.prefix(limit).joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
  }
}
