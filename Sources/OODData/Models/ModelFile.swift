import FeatureFiles
import LinearAlgebra
public import OODDetection

/// A fitted detector in a file.
///
/// For scoring at any λ, the file holds `mean` (K, D), `eigenvalues` (K, D), `eigenvectors` (K, R, D),
/// `count` (K) and `label` (K). `mean_remainder` (K, D) holds the part of each mean lost to rounding.
///
/// R is the largest number of eigenvectors of any class. A class with fewer, for example one fitted through
/// its Gram matrix, is padded with rows of zeros.
///
/// `regularization` holds λ. `class_names` holds the class names; safetensors has no text arrays, so there
/// they are a JSON list in the metadata. `feature_names` holds the column names of a training table, if it
/// has any. `source_names`, `source_sizes` and `source_checksums` (CRC-32) have one entry per training file.
public struct ModelFile: Sendable {
  public var detector: SpectralDetector
  public var regularization: Regularization?
  public var classNames: [String]
  /// The column names of the training table. Empty if the columns are unnamed.
  public var featureNames: [String]
  /// The training files. Empty if unknown.
  public var sources: [ModelSource]

  public init(
    detector: SpectralDetector, regularization: Regularization?, classNames: [String],
    featureNames: [String] = [], sources: [ModelSource] = []
  ) {
    self.detector = detector
    self.regularization = regularization
    self.classNames = classNames
    self.featureNames = featureNames
    self.sources = sources
  }

  /// The file extensions that ``write(to:)`` supports.
  static let endings = [".safetensors", ".npz"]

  /// Writes the model atomically: to a temporary file beside `path`, which is then renamed.
  ///
  /// - Throws: ``DataSetError/unknownOutputFormat(path:known:)`` if the extension is neither `.safetensors`
  ///   nor `.npz`; an error if the file cannot be written.
  public func write(to path: String) throws {
    let classes = detector.classes
    let (classCount, dimension) = (classes.count, detector.dimension)
    let basisCount = classes.map(\.spectrum.directionCount).max() ?? 0
    var arrays = [
      OutputArray(
        name: "mean", shape: [classCount, dimension], values: .float64(classes.flatMap(\.mean))),
      OutputArray(
        name: "mean_remainder", shape: [classCount, dimension],
        values: .float64(classes.flatMap(\.meanRemainder))),
      OutputArray(
        name: "eigenvalues", shape: [classCount, dimension],
        values: .float64(classes.flatMap(\.spectrum.eigenvalues))),
      OutputArray(
        name: "eigenvectors", shape: [classCount, basisCount, dimension],
        // One class at a time, because all of them may not fit in memory.
        values: .float64Pieces(
          count: classCount * basisCount * dimension, pieceCount: classCount,
          piece: { padded(classes[$0].spectrum.basis, rowCount: basisCount) })),
      OutputArray(name: "count", shape: [classCount], values: .int64(classes.map(\.count))),
      OutputArray(name: "label", shape: [classCount], values: .int64(classes.map(\.label))),
    ]
    if let regularization {
      arrays.append(
        OutputArray(name: "regularization", shape: [], values: .float64([regularization.value])))
    }
    if !classNames.isEmpty {
      arrays.append(
        OutputArray(name: "class_names", shape: [classNames.count], values: .strings(classNames)))
    }
    if !featureNames.isEmpty {
      arrays.append(
        OutputArray(name: "feature_names", shape: [featureNames.count], values: .strings(featureNames)))
    }
    arrays += ModelSource.arrays(sources)
    if path.hasSuffix(".safetensors") {
      try SafetensorsWriter.write(arrays, metadata: ["format": "gmmscope model 1"], to: path)
    } else if path.hasSuffix(".npz") {
      try NPZWriter.write(arrays, to: path)
    } else {
      throw DataSetError.unknownOutputFormat(path: path, known: Self.endings)
    }
  }

  private func padded(_ basis: Matrix, rowCount: Int) -> [Double] {
    let missing = (rowCount - basis.rowCount) * basis.columnCount
    return basis.elements + [Double](repeating: 0, count: missing)
  }

  /// Reads a model written by ``write(to:)``.
  ///
  /// - Parameter memory: The memory limit; nil for no limit.
  /// - Throws: ``DataSetError/notAModel(path:problem:)`` if an array is missing or inconsistent with the
  ///   others; `DetectorError.memoryTooSmall` if the eigenvectors and the reconstruction of the pooled
  ///   spectrum exceed the limit; an error if the file cannot be read.
  public init(contentsOf path: String, memory: MemoryBudget? = nil) throws {
    let file = try FeatureFile.open(path)
    func array(_ name: String, _ dimensionCount: Int) throws -> NamedArray {
      guard let array = file[name] else {
        throw DataSetError.notAModel(path: path, problem: "no array ‘\(name)’")
      }
      guard array.shape.count == dimensionCount else {
        throw DataSetError.notAModel(
          path: path, problem: "‘\(name)’ has shape \(array.shape), not \(dimensionCount) dimensions")
      }
      return array
    }
    let mean = try array("mean", 2)
    // Models written by earlier versions lack this array.
    let remainder = file["mean_remainder"] == nil ? nil : try array("mean_remainder", 2)
    let eigenvalues = try array("eigenvalues", 2)
    let eigenvectors = try array("eigenvectors", 3)
    let labels = try array("label", 1)
    let counts = try array("count", 1)
    let (classCount, dimension) = (mean.shape[0], mean.shape[1])
    guard eigenvalues.shape == mean.shape, remainder.map({ $0.shape == mean.shape }) ?? true,
      eigenvectors.shape[0] == classCount,
      eigenvectors.shape[2] == dimension, labels.shape == [classCount], counts.shape == [classCount]
    else {
      throw DataSetError.notAModel(
        path: path, problem: "its arrays disagree about the number of classes or dimensions")
    }
    let needed = 8 * (eigenvectors.elementCount + 5 * dimension * dimension)
    if let memory, needed > memory.bytes {
      throw DetectorError.memoryTooSmall(neededBytes: needed, permittedBytes: memory.bytes)
    }
    do {
      detector = try SpectralDetector(
        labels: try labels.integers(), counts: try counts.integers(),
        means: Matrix(rowCount: classCount, columnCount: dimension, elements: try mean.doubles()),
        meanRemainders: try remainder.map {
          Matrix(rowCount: classCount, columnCount: dimension, elements: try $0.doubles())
        },
        eigenvalues: Matrix(
          rowCount: classCount, columnCount: dimension, elements: try eigenvalues.doubles()),
        eigenvectors: try Self.bases(eigenvectors))
    } catch let error as DetectorError {
      throw DataSetError.notAModel(path: path, problem: error.description)
    }
    regularization = try file["regularization"]?.doubles().first.flatMap { try? Regularization($0) }
    classNames = try file["class_names"]?.strings() ?? []
    featureNames = try file["feature_names"]?.strings() ?? []
    guard featureNames.isEmpty || featureNames.count == dimension else {
      throw DataSetError.notAModel(
        path: path, problem: "‘feature_names’ names \(featureNames.count) of \(dimension) dimensions")
    }
    sources = try ModelSource.list(in: file)
  }

  /// Whether a file contains the arrays of a model written by ``write(to:)``. Reads no values.
  static func isModel(_ path: String) -> Bool {
    guard endings.contains(where: path.lowercased().hasSuffix), let file = try? FeatureFile.open(path) else {
      return false
    }
    return ["mean", "eigenvalues", "eigenvectors", "count", "label"].allSatisfy { file[$0] != nil }
  }

  /// The eigenvectors of each class.
  private static func bases(_ eigenvectors: NamedArray) throws -> [Matrix] {
    var integrity = IntegrityCheck(of: eigenvectors)
    let bases = try (0..<eigenvectors.rowCount).map { index in
      defer { integrity?.didRead(rowsBefore: index + 1) }
      return try basis(eigenvectors, of: index)
    }
    try integrity?.finish()
    return bases
  }

  /// The eigenvectors of one class, without padding rows.
  private static func basis(_ eigenvectors: NamedArray, of index: Int) throws -> Matrix {
    let (rowCount, dimension) = (eigenvectors.shape[1], eigenvectors.shape[2])
    let padded = Matrix(
      rowCount: rowCount, columnCount: dimension, elements: try eigenvectors.doubles(rows: [index]))
    let used = (0..<rowCount).last { padded.row($0).contains { $0 != 0 } }.map { $0 + 1 } ?? 0
    return Matrix(
      rowCount: used, columnCount: dimension, elements: Array(padded.elements.prefix(used * dimension)))
  }
}

extension DataRequest {
  /// The request with its only training file as the model, if that file is a saved model.
  func recognizingModel() -> DataRequest {
    guard model == nil, train.count == 1, ModelFile.isModel(train[0]) else { return self }
    var request = self
    request.model = train[0]
    request.train = []
    return request
  }
}

/// A summary of a model file for `inspect`. Excludes the matrices.
public struct ModelOutline: Sendable, Equatable {
  public var classCount: Int
  public var dimension: Int
  public var sampleCount: Int
  public var regularization: Double?
  public var sources: [ModelSource]

  /// Returns nil if the file was not written by ``ModelFile``.
  ///
  /// - Throws: An error if the small arrays cannot be read.
  init?(_ file: FeatureFile) throws {
    guard let mean = file["mean"], let counts = file["count"], mean.shape.count == 2,
      ["eigenvalues", "eigenvectors", "label"].allSatisfy({ file[$0] != nil })
    else { return nil }
    classCount = mean.shape[0]
    dimension = mean.shape[1]
    sampleCount = try counts.integers().reduce(0, &+)
    regularization = try file["regularization"]?.doubles().first
    sources = try ModelSource.list(in: file)
  }
}
