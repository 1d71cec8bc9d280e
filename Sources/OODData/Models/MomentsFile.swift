import Dispatch
import FeatureFiles
public import OODDetection
import Synchronization

/// Statistics of the classes of some training samples in a file, from which a fit takes those of several files.
///
/// `label` and `count` (K) hold the labels, ascending, and n_k. `mean` (K, D) holds the means and `scatter`
/// (K, D·(D+1)/2) the scatters Σ (z − μ)(z − μ)ᵀ: the upper triangle row by row, S₀₀ S₀₁ … S₀₍D₋₁₎ S₁₁ …. Any program
/// can write these four, as integers and float64.
///
/// The others are optional. `mean_remainder` (K, D) holds the part of each mean lost to rounding; `third_moment` (K, D),
/// Σ ‖z − μ‖² (z − μ), and `fourth_moment` (K), Σ ‖z − μ‖⁴, serve the rule `ledoit-wolf`; `normalization` holds β, 0
/// where it is missing, and `shard_count` the number of files of samples. `class_names`, `feature_names` and `source_…`
/// are those of ``ModelFile``.
public struct MomentsFile: Sendable {
  public let path: String
  public let labels: [Int]
  /// n_k, (K,).
  public let counts: [Int]
  /// D.
  public let dimension: Int
  /// β, with which the samples were normalized.
  public let normalization: Normalization
  /// The number of files that the samples came from.
  public let shardCount: Int
  public let classNames: [String]
  public let featureNames: [String]
  /// The files of samples. Empty if unknown.
  public let sources: [ModelSource]
  private let arrays: Arrays

  private struct Arrays: Sendable {
    let mean: NamedArray
    let remainder: NamedArray?
    let scatter: NamedArray
    let third: NamedArray?
    let fourth: [Double]?
  }

  static let endings = ModelFile.endings

  /// Whether a file has the arrays of statistics. Reads no values.
  static func isWritten(in file: FeatureFile) -> Bool {
    ["label", "count", "mean", "scatter"].allSatisfy { file[$0] != nil } && file["eigenvalues"] == nil
  }

  /// Opens a file and reads all but means and scatters.
  ///
  /// - Throws: ``DataSetError/notMoments(path:problem:)`` if an array is missing or inconsistent with the others; an
  ///   error if the file cannot be read.
  public init(contentsOf path: String) throws { try self.init(FeatureFile.open(path)) }

  init(_ file: FeatureFile) throws {
    let path = file.path
    func failure(_ problem: String) -> DataSetError { .notMoments(path: path, problem: problem) }
    func required(_ name: String) throws -> NamedArray {
      guard let array = file[name] else { throw failure("no array ‘\(name)’") }
      return array
    }
    func array(_ name: String, _ shape: [Int]) throws -> NamedArray? {
      guard let array = file[name] else { return nil }
      guard array.shape == shape else {
        throw failure("‘\(name)’ has shape \(array.shape), not \(shape)")
      }
      return array
    }
    let mean = try required("mean")
    guard mean.shape.count == 2, mean.shape[0] > 0, mean.shape[1] > 0 else {
      throw failure("‘mean’ has shape \(mean.shape), not [classes, dimensions]")
    }
    let (classCount, dimension) = (mean.shape[0], mean.shape[1])
    for name in ["label", "count", "scatter"] { _ = try required(name) }
    labels = try array("label", [classCount])?.integers() ?? []
    counts = try array("count", [classCount])?.integers() ?? []
    guard zip(labels, labels.dropFirst()).allSatisfy({ $0 < $1 }), labels.first ?? 0 >= 0 else {
      throw failure("‘label’ is not ascending from 0")
    }
    if let place = counts.firstIndex(where: { $0 < 1 }) {
      throw failure("class \(labels[place]) has a count of \(counts[place])")
    }
    let scatterCount = ClassStatistics.scatterCount(dimension: dimension)
    guard let scatter = try array("scatter", [classCount, scatterCount]) else {
      throw failure("no array ‘scatter’")
    }
    arrays = Arrays(
      mean: mean, remainder: try array("mean_remainder", [classCount, dimension]), scatter: scatter,
      third: try array("third_moment", [classCount, dimension]),
      fourth: try array("fourth_moment", [classCount])?.doubles())
    self.path = path
    self.dimension = dimension
    do {
      normalization = try Normalization(file["normalization"]?.doubles().first ?? 0)
    } catch let error as DetectorError {
      throw failure(error.description)
    }
    shardCount = try file["shard_count"]?.integers().first ?? 1
    classNames = try file["class_names"]?.strings() ?? []
    featureNames = try file["feature_names"]?.strings() ?? []
    guard featureNames.isEmpty || featureNames.count == dimension else {
      throw failure("‘feature_names’ names \(featureNames.count) of \(dimension) dimensions")
    }
    sources = try ModelSource.list(in: file)
  }

  /// The number of samples.
  public var sampleCount: Int { counts.reduce(0, &+) }

  /// The statistics of one class. O(D²).
  ///
  /// - Throws: ``DataSetError/notMoments(path:problem:)`` if they cannot be those of samples; an error if the file
  ///   cannot be read.
  public func statistics(_ index: Int) throws -> ClassStatistics {
    do {
      var higher: ClassStatistics.HigherMoments?
      if let third = try arrays.third?.doubles(rows: [index]), let fourth = arrays.fourth?[index],
        fourth.isFinite, fourth >= 0, third.allSatisfy(\.isFinite)
      {
        higher = .init(third: third, fourth: fourth)
      }
      return try ClassStatistics(
        label: labels[index], count: counts[index], mean: try means(index),
        meanRemainder: try arrays.remainder?.doubles(rows: [index]),
        scatter: try arrays.scatter.doubles(rows: [index]), higherMoments: higher)
    } catch let error as DetectorError {
      throw DataSetError.notMoments(path: path, problem: error.description)
    }
  }

  func means(_ index: Int) throws -> [Double] { try arrays.mean.doubles(rows: [index]) }
}

/// A summary of a file of moments for `inspect`. Excludes means and scatters.
public struct MomentsOutline: Sendable, Equatable {
  public var classCount: Int
  public var dimension: Int
  public var sampleCount: Int
  /// β.
  public var normalization: Double
  /// The number of files of samples.
  public var shardCount: Int
  public var sources: [ModelSource]

  /// - Throws: ``DataSetError/notMoments(path:problem:)`` if the file cannot be merged with others.
  init?(_ file: FeatureFile) throws {
    guard MomentsFile.isWritten(in: file) else { return nil }
    let moments = try MomentsFile(file)
    classCount = moments.labels.count
    dimension = moments.dimension
    sampleCount = moments.sampleCount
    normalization = moments.normalization.value
    shardCount = moments.shardCount
    sources = moments.sources
  }
}

// MARK: Writing

extension MomentsFile {
  /// Writes the statistics of the training samples of a data set. Holds those of a few classes at a time.
  ///
  /// - Parameters:
  ///   - threadCount: The number of classes at a time.
  ///   - memory: The memory limit; nil for no limit. With less than one class needs, it is not kept.
  ///   - progress: Receives the number of samples that were read.
  /// - Throws: ``DataSetError/unknownOutputFormat(path:known:)``, ``DetectorError``, an error if a file cannot be read or
  ///   written.
  static func write(
    _ data: DataSet, normalization: Normalization, threadCount: Int, memory: MemoryBudget?, to path: String,
    progress: @escaping ProgressHandler
  ) throws {
    guard endings.contains(where: path.hasSuffix) else {
      throw DataSetError.unknownOutputFormat(path: path, known: endings)
    }
    guard let train = data.train, let labels = train.labels else { throw data.missingTrainingLabels }
    let reader = try ClassStatistics.classes(of: train.rows, labels: labels, normalization: normalization)
    let (classCount, dimension) = (reader.counts.count, reader.dimension)
    let scatterCount = ClassStatistics.scatterCount(dimension: dimension)
    // A scatter, its triangle and what is written of it.
    let affordable = memory.map { $0.bytes / (8 * (dimension * dimension + 4 * scatterCount)) } ?? threadCount
    let batches = StatisticsBatches(
      reader: reader, width: max(1, min(threadCount, affordable)), progress: progress)
    func summaries(_ name: String, _ width: Int, _ values: @escaping @Sendable (ClassStatistics) -> [Double])
      -> OutputArray
    {
      OutputArray(
        name: name, shape: width == 0 ? [classCount] : [classCount, width],
        values: .float64Pieces(count: classCount * max(1, width), pieceCount: 1) { _ in
          try batches.summaries().flatMap(values)
        })
    }
    let unknown = [Double](repeating: .nan, count: dimension)
    var arrays = [
      OutputArray(name: "label", shape: [classCount], values: .int64(reader.labels)),
      OutputArray(name: "count", shape: [classCount], values: .int64(reader.counts)),
      OutputArray(
        name: "scatter", shape: [classCount, scatterCount],
        values: .float64Pieces(
          count: classCount * scatterCount, pieceCount: classCount, piece: { try batches.scatter($0) })),
      summaries("mean", dimension, \.mean),
      summaries("mean_remainder", dimension, \.meanRemainder),
      summaries("third_moment", dimension) { $0.higherMoments?.third ?? unknown },
      summaries("fourth_moment", 0) { [$0.higherMoments?.fourth ?? .nan] },
      OutputArray(name: "normalization", shape: [], values: .float64([normalization.value])),
      OutputArray(name: "shard_count", shape: [], values: .int64([max(1, train.shards.count)])),
    ]
    for (name, values) in [("class_names", data.classNames), ("feature_names", data.featureNames ?? [])]
    where !values.isEmpty {
      arrays.append(OutputArray(name: name, shape: [values.count], values: .strings(values)))
    }
    arrays += ModelSource.arrays(try ModelSource.list(of: data, includesLabelFiles: false))
    if path.hasSuffix(".npz") {
      try NPZWriter.write(arrays, to: path)
    } else {
      try SafetensorsWriter.write(arrays, metadata: ["format": "gmmscope moments 1"], to: path)
    }
  }
}

/// Computes the statistics of several classes at a time and hands them out one after another.
private final class StatisticsBatches: Sendable {
  private struct State {
    /// Scatters that nobody has asked for yet.
    var scatters: [Int: [Double]] = [:]
    /// All but the scatter of each class.
    var summaries: [ClassStatistics?]
    var readCount = 0
  }

  private let reader: ClassStatisticsReader
  private let width: Int
  private let progress: ProgressHandler
  private let state: Mutex<State>

  init(reader: ClassStatisticsReader, width: Int, progress: @escaping ProgressHandler) {
    (self.reader, self.width, self.progress) = (reader, width, progress)
    state = Mutex(State(summaries: [ClassStatistics?](repeating: nil, count: reader.counts.count)))
  }

  /// The scatter of a class.
  func scatter(_ index: Int) throws -> [Double] {
    if let known = state.withLock({ $0.scatters.removeValue(forKey: index) }) { return known }
    try compute(index..<min(index + width, reader.counts.count))
    return state.withLock { $0.scatters.removeValue(forKey: index) } ?? []
  }

  /// All classes without their scatters.
  func summaries() throws -> [ClassStatistics] {
    while let missing = state.withLock({ $0.summaries.firstIndex { $0 == nil } }) {
      try compute(missing..<min(missing + width, reader.counts.count))
      state.withLock { $0.scatters = [:] }
    }
    return state.withLock { $0.summaries.compactMap(\.self) }
  }

  private func compute(_ classes: Range<Int>) throws {
    let failure = Mutex<(any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: classes.count) { offset in
      let index = classes.lowerBound + offset
      do {
        let found = try reader.statistics(index)
        state.withLock {
          $0.scatters[index] = found.scatter
          $0.summaries[index] = found.withoutScatter
          $0.readCount += found.count
          progress(
            WorkProgress(
              completed: Double($0.readCount), planned: Double(reader.counts.reduce(0, +))))
        }
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
  }
}
