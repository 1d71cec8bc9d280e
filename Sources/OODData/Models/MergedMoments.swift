public import OODDetection

/// The statistics of several files as those of all their samples together.
public struct MergedMoments: Sendable {
  private let files: [MomentsFile]
  /// The classes of all files, ascending, each with its place in the files that have it.
  private let classes: [(label: Int, parts: [(file: Int, index: Int)])]

  /// Opens the files and checks that they belong together. Reads no scatters.
  ///
  /// Classes are matched by label. If files name them differently, as tables with text labels do that lack a class, they
  /// are matched by name and numbered in the order of names.
  ///
  /// - Throws: ``DataSetError/notMoments(path:problem:)``;
  ///   ``DataSetError/unmergeableMoments(path:otherPath:problem:)`` for files of other dimensions, columns, names or
  ///   normalizations, and for files that hold the same samples; an error if a file cannot be read.
  public init(paths: [String]) throws {
    let files = try paths.map { try MomentsFile(contentsOf: $0) }
    guard let first = files.first else { throw DataSetError.noFiles }
    for (index, file) in files.enumerated() {
      try Self.check(file, with: first)
      for other in files[..<index] { try Self.checkDistinct(file, other) }
    }
    let longest = files.map(\.classNames).max { $0.count < $1.count } ?? []
    let agree = files.allSatisfy { $0.classNames.elementsEqual(longest.prefix($0.classNames.count)) }
    classNames = agree ? longest : try Self.commonNames(of: files)
    var parts: [Int: [(file: Int, index: Int)]] = [:]
    let labels = agree ? nil : Dictionary(uniqueKeysWithValues: zip(classNames, 0...))
    for (file, found) in files.enumerated() {
      for (index, own) in found.labels.enumerated() {
        parts[labels?[found.classNames[own]] ?? own, default: []].append((file, index))
      }
    }
    let classes = parts.sorted { $0.key < $1.key }.map { (label: $0.key, parts: $0.value) }
    let counts = try classes.map { entry in
      try Self.sum(entry.parts.map { files[$0.file].counts[$0.index] }, path: first.path)
    }
    _ = try Self.sum(counts, path: first.path)
    (self.files, self.classes, self.counts) = (files, classes, counts)
  }

  /// n_k of all files together, (K,).
  public let counts: [Int]
  /// Class names by label. Empty if no file has any.
  public let classNames: [String]

  public var dimension: Int { files[0].dimension }
  public var normalization: Normalization { files[0].normalization }
  public var featureNames: [String] { files.first { !$0.featureNames.isEmpty }?.featureNames ?? [] }
  public var sampleCount: Int { counts.reduce(0, +) }
  public var labels: [Int] { classes.map(\.label) }
  /// The files of samples, as far as they are known.
  public var sources: [ModelSource] { files.flatMap(\.sources) }

  /// The statistics of one class, which do not depend on the order of the files. O(files · D²).
  public func statistics(_ index: Int) throws -> ClassStatistics {
    try ClassStatistics.merged(
      classes[index].parts.map { try files[$0.file].statistics($0.index) }, label: classes[index].label)
  }

  private static func sum(_ counts: [Int], path: String) throws -> Int {
    try counts.reduce(0) { sum, count in
      let (total, overflow) = sum.addingReportingOverflow(count)
      guard !overflow else {
        throw DataSetError.notMoments(path: path, problem: "counts add up to more than an integer holds")
      }
      return total
    }
  }

  private static func check(_ file: MomentsFile, with first: MomentsFile) throws {
    func failure(_ problem: String) -> DataSetError {
      .unmergeableMoments(path: file.path, otherPath: first.path, problem: problem)
    }
    guard file.dimension == first.dimension else {
      throw failure("features of dimension \(file.dimension) and \(first.dimension)")
    }
    guard file.normalization == first.normalization else {
      throw failure("normalization \(file.normalization.value) and \(first.normalization.value)")
    }
    let (own, others) = (file.featureNames, first.featureNames)
    if !own.isEmpty, !others.isEmpty, let place = own.indices.first(where: { own[$0] != others[$0] }) {
      throw failure("column \(place) is ‘\(own[place])’ and ‘\(others[place])’")
    }
  }

  /// Refuses samples that would count twice.
  private static func checkDistinct(_ file: MomentsFile, _ other: MomentsFile) throws {
    func failure(_ problem: String) -> DataSetError {
      .unmergeableMoments(path: file.path, otherPath: other.path, problem: problem)
    }
    for source in file.sources {
      if let same = other.sources.first(where: {
        $0.byteCount == source.byteCount && $0.checksum == source.checksum
      }) {
        let names = source.name == same.name ? same.name : "\(source.name), a copy of \(same.name)"
        throw failure("the samples of \(names) are in both, and would count twice")
      }
    }
    guard file.labels == other.labels, file.counts == other.counts else { return }
    for index in file.labels.indices where try file.means(index) != other.means(index) { return }
    throw failure("the same counts and means, so their samples would count twice")
  }

  /// The names of all classes, where files number them differently.
  private static func commonNames(of files: [MomentsFile]) throws -> [String] {
    for file in files {
      let names = file.classNames
      guard file.labels.allSatisfy(names.indices.contains), Set(names).count == names.count else {
        let other = files.first { $0.path != file.path } ?? file
        throw DataSetError.unmergeableMoments(
          path: file.path, otherPath: other.path,
          problem: "different names of the same labels, and not all classes have a name of their own")
      }
    }
    let used = files.flatMap { file in file.labels.map { file.classNames[$0] } }
    return LabelNames(sorting: used, known: nil).names
  }
}

extension DetectorPipeline {
  /// Writes the statistics of the training samples, for ``fit(_:setting:progress:)`` and other programs.
  @concurrent
  public func writeMoments(
    of data: DataSet, normalization: Normalization, to path: String,
    progress: @escaping ProgressHandler = { _ in }
  ) async throws {
    try MomentsFile.write(
      data, normalization: normalization, threadCount: threadCount, memory: memory, to: path,
      progress: progress)
  }

  /// Fits every class with its spectrum to statistics.
  ///
  /// - Parameter setting: Its normalization must be that of the statistics.
  /// - Throws: `DetectorError.unavailableRidgeRule` for rules that need samples, or moments that a file lacks.
  public func fit(
    _ moments: MergedMoments, setting: FitSetting, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> SpectralDetector {
    try await SpectralDetector.fit(
      counts: moments.counts, dimension: moments.dimension, setting: setting, threadCount: threadCount,
      memory: memory, progress: progress
    ) { try moments.statistics($0) }
  }
}
