import FeatureFiles
import Foundation

/// Finds a workload's files, or makes them.
struct WorkloadFiles: Sendable {
  var digitsDirectory: String
  var glyphsDirectory: String?
  /// Where generated files are kept between runs.
  var cacheDirectory: String
  /// K of the imagenet-like workload.
  var imagenetClassCount: Int

  /// Why a workload cannot run here.
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// `$XDG_CACHE_HOME/gmmscope-bench`, in the home directory's `.cache` where that is not set.
  static var defaultCacheDirectory: String {
    let environment = ProcessInfo.processInfo.environment
    let base =
      environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory() + "/.cache"
    return base + "/gmmscope-bench"
  }

  /// - Throws: ``Missing`` where files are not there, ``Failure`` where none can be made, else what writing threw.
  func prepare(_ name: WorkloadName) throws -> Workload {
    switch name {
    case .digits:
      return try existing(name, in: digitsDirectory, hint: "--digits DIR says where they are")
    case .glyphs:
      guard let glyphsDirectory else {
        throw Missing(
          description: "no files given: --glyphs DIR names a directory with train.npz and test.npz")
      }
      return try existing(name, in: glyphsDirectory, hint: "--glyphs DIR says where they are")
    case .cifar100Like:
      return try generated(name, .cifar100Like)
    case .imagenetLike:
      return try generated(name, .imagenetLike(classCount: imagenetClassCount))
    case .fewShot: return try generated(name, .fewShot)
    case .fewShot768: return try generated(name, .fewShot768)
    case .csv:
      throw Missing(description: "it has no files to fit to")
    }
  }

  private func existing(_ name: WorkloadName, in directory: String, hint: String) throws -> Workload {
    let paths = ["train.npz", "test.npz"].map { directory + "/" + $0 }
    for path in paths where !FileManager.default.fileExists(atPath: path) {
      throw Missing(description: "\(path) is not there; \(hint)")
    }
    return Workload(name: name, trainPath: paths[0], testPath: paths[1], origin: directory)
  }

  private func generated(_ name: WorkloadName, _ size: SyntheticSize) throws -> Workload {
    let (train, test) = try paths(of: size)
    let directory = cacheDirectory + "/" + size.directoryName
    return Workload(name: name, trainPath: train, testPath: test, origin: "generated, \(directory)")
  }

  /// The files of a generated data set, made where they are not there.
  ///
  /// - Throws: ``Failure`` where none can be made, else what writing threw.
  func paths(of size: SyntheticSize) throws -> (train: String, test: String) {
    let directory = cacheDirectory + "/" + size.directoryName
    let (train, test) = (directory + "/train.npy", directory + "/test.npy")
    // The features of the test split are written last, and every file appears only when it is whole.
    if FileManager.default.fileExists(atPath: test) { return (train, test) }
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw BenchFailure(description: "\(directory) cannot be made; --cache DIR says where files may be kept")
    }
    let features = SyntheticFeatures(classCount: size.classCount, dimension: size.dimension, seed: 1)
    let trainCount = size.classCount * size.samplesPerClass
    try write(features, split: 0, labels: (0..<trainCount).map(features.trainingLabel), to: train)
    try write(features, split: 1, labels: (0..<size.testCount).map(features.testLabel), to: test)
    return (train, test)
  }

  private func write(_ features: SyntheticFeatures, split: UInt64, labels: [Int], to path: String) throws {
    try NPYWriter.write(
      OutputArray(name: "labels", shape: [labels.count], values: .int64(labels)),
      to: path.dropLast(".npy".count) + "_labels.npy")
    try StreamedNPY.writeFloats(rowCount: labels.count, columnCount: features.dimension, to: path) {
      row, block in
      features.append(sample: row, ofSplit: split, label: labels[row], to: &block)
    }
  }
}
