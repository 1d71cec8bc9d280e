import FeatureFiles
import Foundation
import LinearAlgebra
public import OODDetection

/// A fitted detector in a file.
///
/// For scoring at any t, the file holds `mean` (K, D), `eigenvalues` (K, D), `eigenvectors` (K, R, D),
/// `count` (K) and `label` (K). `mean_remainder` (K, D) holds the part of each mean lost to rounding.
///
/// R is the largest number of eigenvectors of any class. A class with fewer, for example one fitted through
/// its Gram matrix, is padded with rows of zeros. A tied covariance has one set of eigenvectors, (1, R, D).
///
/// `setting` holds β, α and the index of the ridge rule (absolute, relative, loo, oas, ledoit-wolf) and that of the
/// score (nll, mahalanobis, relative-nll, relative-mahalanobis), and `ridge` (K, 2) holds s and r. `background_ridge`
/// (2) holds those of the background, and `moments` (K, 4) the moments from which other ridge rules follow: trace,
/// squared norm, squared deviation, fourth moment. Files without these arrays hold the default setting.
///
/// A model larger than a limit is in several files with an index. There each class has its eigenvectors as an array of
/// its own, `eigenvectors.0` (m, D), `eigenvectors.1` …, without padding.
///
/// `regularization` holds t. `class_names` holds the class names; safetensors has no text arrays, so there
/// they are a JSON list in the metadata. `feature_names` holds the column names of a training table, if it
/// has any. `source_names`, `source_sizes` and `source_checksums` (CRC-32) have one entry per training file.
public struct ModelFile: Sendable {
  public var detector: SpectralDetector
  public var regularization: Regularization?
  public var score: ScoreKind
  public var classNames: [String]
  /// The column names of the training table. Empty if the columns are unnamed.
  public var featureNames: [String]
  /// The training files. Empty if unknown.
  public var sources: [ModelSource]

  public init(
    detector: SpectralDetector, regularization: Regularization?, score: ScoreKind = .negativeLogLikelihood,
    classNames: [String], featureNames: [String] = [], sources: [ModelSource] = []
  ) {
    self.detector = detector
    self.regularization = regularization
    self.score = score
    self.classNames = classNames
    self.featureNames = featureNames
    self.sources = sources
  }

  /// The setting that the model was saved with.
  public var setting: DetectorSetting {
    DetectorSetting(
      fit: detector.setting,
      regularization: regularization ?? detector.setting.ridgeRule.standardRegularization,
      score: score)
  }

  /// The file extensions that ``write(to:)`` supports.
  static let endings = [".safetensors", ".npz"]

  /// Writes the model atomically: to a temporary file beside `path`, which is then renamed.
  ///
  /// - Throws: ``DataSetError/unknownOutputFormat(path:known:)`` if the extension is neither `.safetensors`
  ///   nor `.npz`; an error if the file cannot be written.
  ///
  /// - Parameter maximumFileByteCount: The size above which a safetensors file is divided; nil for one file of any size.
  public func write(to path: String, maximumFileByteCount: Int? = nil) throws {
    let classes = detector.classes
    try write(to: path, maximumFileByteCount) { classes[$0].spectrum.basis }
  }

  /// Writes the model on rank 0, which collects the eigenvectors class by class. A collective.
  ///
  /// - Throws: As ``write(to:)`` on rank 0, `PeerFailure` on all others.
  public func write(
    to path: String, maximumFileByteCount: Int? = nil, over ranks: Ranks
  ) async throws {
    if ranks.isSingle { return try write(to: path, maximumFileByteCount: maximumFileByteCount) }
    if isSpecial { try await detector.prepareBackground(over: ranks) }
    if detector.isWhole {
      return try await ranks.together {
        if ranks.rank == 0 { try write(to: path, maximumFileByteCount: maximumFileByteCount) }
      }
    }
    try await detector.collectingBases { try write(to: path, maximumFileByteCount, basis: $0) }
  }

  /// - Parameter basis: Gives the eigenvectors of a class.
  private func write(
    to path: String, _ maximumFileByteCount: Int?, basis: @escaping @Sendable (Int) throws -> Matrix
  ) throws {
    let classes = detector.classes
    let (classCount, dimension) = (classes.count, detector.dimension)
    let basisCount = classes.map(\.spectrum.directionCount).max() ?? 0
    let basisClassCount = detector.setting.pooling == .tied ? 1 : classCount
    var arrays = [
      OutputArray(
        name: "mean", shape: [classCount, dimension], values: .float64(classes.flatMap(\.mean))),
      OutputArray(
        name: "mean_remainder", shape: [classCount, dimension],
        values: .float64(classes.flatMap(\.meanRemainder))),
      OutputArray(
        name: "eigenvalues", shape: [classCount, dimension],
        values: .float64(classes.flatMap(\.spectrum.eigenvalues))),
      OutputArray(name: "count", shape: [classCount], values: .int64(classes.map(\.count))),
      OutputArray(name: "label", shape: [classCount], values: .int64(classes.map(\.label))),
    ]
    arrays += try settingArrays()
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
    let metadata = ["format": "gmmscope model 1"]
    // One class at a time, because all of them may not fit in memory.
    let whole = OutputArray(
      name: "eigenvectors", shape: [basisClassCount, basisCount, dimension],
      values: .float64Pieces(
        count: basisClassCount * basisCount * dimension, pieceCount: basisClassCount,
        piece: { padded(try basis($0), rowCount: basisCount) }))
    if path.hasSuffix(".safetensors"), let maximumFileByteCount,
      8 * (whole.shape.reduce(1, *) + 3 * classCount * dimension) > maximumFileByteCount
    {
      arrays += (0..<basisClassCount).map { index in
        let rowCount = classes[index].spectrum.directionCount
        return OutputArray(
          name: "eigenvectors.\(index)", shape: [rowCount, dimension],
          values: .float64Pieces(
            count: rowCount * dimension, pieceCount: 1, piece: { _ in try basis(index).elements }))
      }
      return try SafetensorsShards.write(
        arrays, metadata: metadata, save: fingerprint, to: path, maximumByteCount: maximumFileByteCount)
    }
    arrays.append(whole)
    if path.hasSuffix(".safetensors") {
      // Removes the files of a former save, too.
      try SafetensorsShards.write(
        arrays, metadata: metadata, save: fingerprint, to: path, maximumByteCount: .max)
    } else if path.hasSuffix(".npz") {
      try NPZWriter.write(arrays, to: path)
    } else {
      throw DataSetError.unknownOutputFormat(path: path, known: Self.endings)
    }
  }

  /// Tells models apart that were saved under the same name.
  private var fingerprint: String {
    var hash = ContentHash()
    for gaussian in detector.classes {
      hash.combine(gaussian.mean)
      hash.combine(gaussian.spectrum.eigenvalues)
    }
    return String(hash.value.x, radix: 16)
  }

  /// Whether this is not the default setting.
  private var isSpecial: Bool { detector.setting != .standard || score != .negativeLogLikelihood }

  /// What is not the default setting. A file of the default setting can be read by earlier versions.
  private func settingArrays() throws -> [OutputArray] {
    let classes = detector.classes
    var arrays: [OutputArray] = []
    let moments = classes.compactMap { gaussian in
      gaussian.moments.map { [$0.trace, $0.squaredNorm, $0.squaredDeviation, $0.fourthMoment ?? .nan] }
    }
    if moments.count == classes.count {
      arrays.append(
        OutputArray(name: "moments", shape: [classes.count, 4], values: .float64(moments.flatMap { $0 })))
    }
    guard isSpecial else { return arrays }
    let rule = RidgeRule.allCases.firstIndex(of: detector.setting.ridgeRule) ?? 0
    let scoreIndex = ScoreKind.allCases.firstIndex(of: score) ?? 0
    arrays += [
      OutputArray(
        name: "setting", shape: [4],
        values: .float64([
          detector.setting.normalization.value, detector.setting.pooling.value, Double(rule),
          Double(scoreIndex),
        ])),
      OutputArray(
        name: "ridge", shape: [classes.count, 2],
        values: .float64(classes.flatMap { [$0.ridge.scale, $0.ridge.unit] })),
    ]
    let background = try detector.background().ridge
    arrays.append(
      OutputArray(
        name: "background_ridge", shape: [2], values: .float64([background.scale, background.unit])))
    return arrays
  }

  private func padded(_ basis: Matrix, rowCount: Int) -> [Double] {
    let missing = (rowCount - basis.rowCount) * basis.columnCount
    return basis.elements + [Double](repeating: 0, count: missing)
  }

  /// The file of a model, or its files where an index, or a folder with one, is given.
  ///
  /// - Throws: ``DataSetError/notAModel(path:problem:)`` for a folder without a model or with several.
  static func open(_ path: String) throws -> FeatureFile {
    if path.hasSuffix(SafetensorsShards.indexEnding) { return try SafetensorsShards.open(indexAt: path) }
    switch FileStatus(of: path)?.kind {
    case .folder:
      let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      let indices = names.filter { $0.hasSuffix(SafetensorsShards.indexEnding) }
      guard indices.count == 1 else {
        throw DataSetError.notAModel(
          path: path,
          problem: "it is a folder with \(indices.isEmpty ? "no index" : "several indices") of a model")
      }
      return try SafetensorsShards.open(indexAt: "\(path)/\(indices[0])")
    case nil where FileStatus(of: SafetensorsShards.indexPath(of: path)) != nil:
      return try SafetensorsShards.open(indexAt: SafetensorsShards.indexPath(of: path))
    default: return try FeatureFile.open(path)
    }
  }

  /// Reads a model written by ``write(to:maximumFileByteCount:)``.
  ///
  /// - Parameter memory: The memory limit; nil for no limit.
  /// - Throws: ``DataSetError/notAModel(path:problem:)`` if an array is missing or inconsistent with the
  ///   others; `DetectorError.memoryTooSmall` if the eigenvectors and the reconstruction of the pooled
  ///   spectrum exceed the limit; an error if the file cannot be read.
  public init(contentsOf path: String, memory: MemoryBudget? = nil) throws {
    let file = try Self.open(path)
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
    let eigenvectors =
      file["eigenvectors.0"] == nil ? [try array("eigenvectors", 3)] : try Self.dividedEigenvectors(file)
    let labels = try array("label", 1)
    let counts = try array("count", 1)
    let (classCount, dimension) = (mean.shape[0], mean.shape[1])
    let saved = try SavedSetting(file, path: path, classCount: classCount)
    guard eigenvalues.shape == mean.shape, remainder.map({ $0.shape == mean.shape }) ?? true,
      Self.classCount(eigenvectors) == (saved.fit.pooling == .tied ? 1 : classCount),
      eigenvectors.allSatisfy({ $0.shape.last == dimension }), labels.shape == [classCount],
      counts.shape == [classCount]
    else {
      throw DataSetError.notAModel(
        path: path, problem: "its arrays disagree about the number of classes or dimensions")
    }
    let needed = 8 * (eigenvectors.reduce(0) { $0 + $1.elementCount } + 5 * dimension * dimension)
    if let memory, needed > memory.bytes {
      throw DetectorError.memoryTooSmall(neededBytes: needed, permittedBytes: memory.bytes)
    }
    do {
      let counts = try counts.integers()
      detector = try SpectralDetector(
        labels: try labels.integers(), counts: counts,
        means: Matrix(rowCount: classCount, columnCount: dimension, elements: try mean.doubles()),
        meanRemainders: try remainder.map {
          Matrix(rowCount: classCount, columnCount: dimension, elements: try $0.doubles())
        },
        eigenvalues: Matrix(
          rowCount: classCount, columnCount: dimension, elements: try eigenvalues.doubles()),
        eigenvectors: try Self.bases(eigenvectors), setting: saved.fit, ridges: saved.ridges,
        moments: try saved.moments(counts: counts, dimension: dimension),
        backgroundRidge: saved.backgroundRidge)
    } catch let error as DetectorError {
      throw DataSetError.notAModel(path: path, problem: error.description)
    }
    regularization = try file["regularization"]?.doubles().first.flatMap { try? Regularization($0) }
    score = saved.score
    classNames = try file["class_names"]?.strings() ?? []
    featureNames = try file["feature_names"]?.strings() ?? []
    guard featureNames.isEmpty || featureNames.count == dimension else {
      throw DataSetError.notAModel(
        path: path, problem: "‘feature_names’ names \(featureNames.count) of \(dimension) dimensions")
    }
    sources = try ModelSource.list(in: file)
  }

  /// Whether a file contains the arrays of a model written by ``write(to:maximumFileByteCount:)``. Reads no values.
  static func isModel(_ path: String) -> Bool {
    guard (endings + [SafetensorsShards.indexEnding]).contains(where: path.lowercased().hasSuffix),
      let file = try? open(path)
    else { return false }
    return isModel(file)
  }

  static func isModel(_ file: FeatureFile) -> Bool {
    ["mean", "eigenvalues", "count", "label"].allSatisfy { file[$0] != nil }
      && (file["eigenvectors"] != nil || file["eigenvectors.0"] != nil)
  }

  /// The eigenvectors of a model in several files, an array (m, D) for each class.
  private static func dividedEigenvectors(_ file: FeatureFile) throws -> [NamedArray] {
    var arrays: [NamedArray] = []
    while let array = file["eigenvectors.\(arrays.count)"] {
      guard array.shape.count == 2 else {
        throw DataSetError.notAModel(
          path: file.path, problem: "‘\(array.name)’ has shape \(array.shape), not 2 dimensions")
      }
      arrays.append(array)
    }
    return arrays
  }

  private static func classCount(_ eigenvectors: [NamedArray]) -> Int {
    eigenvectors.count == 1 && eigenvectors[0].shape.count == 3
      ? eigenvectors[0].shape[0] : eigenvectors.count
  }

  /// The eigenvectors of each class.
  private static func bases(_ arrays: [NamedArray]) throws -> [Matrix] {
    guard let eigenvectors = arrays.first, eigenvectors.shape.count == 3 else {
      return try arrays.map {
        Matrix(rowCount: $0.shape[0], columnCount: $0.shape[1], elements: try $0.doubles())
      }
    }
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

/// The setting in a model file.
private struct SavedSetting {
  var fit = FitSetting.standard
  var score = ScoreKind.negativeLogLikelihood
  var ridges: [ClassRidge]?
  var backgroundRidge: ClassRidge?
  private var momentValues: [Double]?

  /// - Throws: ``DataSetError/notAModel(path:problem:)`` if an array has another shape or value than it can have.
  init(_ file: FeatureFile, path: String, classCount: Int) throws {
    func values(_ name: String, _ shape: [Int]) throws -> [Double]? {
      guard let array = file[name] else { return nil }
      guard array.shape == shape else {
        throw DataSetError.notAModel(path: path, problem: "‘\(name)’ has shape \(array.shape), not \(shape)")
      }
      return try array.doubles()
    }
    if let numbers = try values("setting", [4]) {
      func choice<Value>(_ all: [Value], _ number: Double) throws -> Value {
        guard let index = Int(exactly: number), all.indices.contains(index) else {
          throw DataSetError.notAModel(path: path, problem: "‘setting’ holds \(number), which is unknown")
        }
        return all[index]
      }
      do {
        fit = FitSetting(
          normalization: try Normalization(numbers[0]), pooling: try Pooling(numbers[1]),
          ridgeRule: try choice(RidgeRule.allCases, numbers[2]))
      } catch let error as DetectorError {
        throw DataSetError.notAModel(path: path, problem: error.description)
      }
      score = try choice(ScoreKind.allCases, numbers[3])
    }
    func pairs(_ numbers: [Double]?) -> [ClassRidge]? {
      numbers.map { numbers in
        stride(from: 0, to: numbers.count, by: 2).map {
          ClassRidge(scale: numbers[$0], unit: numbers[$0 + 1])
        }
      }
    }
    ridges = pairs(try values("ridge", [classCount, 2]))
    backgroundRidge = pairs(try values("background_ridge", [2]))?.first
    momentValues = try values("moments", [classCount, 4])
    guard fit.ridgeRule == .absolute || ridges != nil else {
      throw DataSetError.notAModel(path: path, problem: "no array ‘ridge’")
    }
  }

  func moments(counts: [Int], dimension: Int) throws -> [ScatterMoments]? {
    momentValues.map { values in
      counts.indices.map { index in
        let row = values[4 * index..<4 * index + 4].map { $0 }
        return ScatterMoments(
          count: counts[index], dimension: dimension, trace: row[0], squaredNorm: row[1],
          squaredDeviation: row[2],
          fourthMoment: row[3].isFinite ? row[3] : nil)
      }
    }
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
  /// t.
  public var regularization: Double?
  public var ridgeRule: RidgeRule
  public var sources: [ModelSource]

  /// Returns nil if the file was not written by ``ModelFile``.
  ///
  /// - Throws: An error if the small arrays cannot be read.
  init?(_ file: FeatureFile) throws {
    guard ModelFile.isModel(file), let mean = file["mean"], let counts = file["count"], mean.shape.count == 2
    else { return nil }
    classCount = mean.shape[0]
    dimension = mean.shape[1]
    sampleCount = try counts.integers().reduce(0, &+)
    regularization = try file["regularization"]?.doubles().first
    let rule = try file["setting"]?.doubles().dropFirst(2).first.flatMap(Int.init(exactly:)) ?? 0
    ridgeRule = RidgeRule.allCases.indices.contains(rule) ? RidgeRule.allCases[rule] : .absolute
    sources = try ModelSource.list(in: file)
  }
}
