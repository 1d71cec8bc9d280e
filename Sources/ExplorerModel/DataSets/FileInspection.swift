import FeatureFiles
public import OODDetection

/// A look into one file: its arrays, what each would be used as, and what stands in the way of using it.
public struct FileInspection: Sendable, Equatable {
  public var report: FileReport
  /// What is wrong, and how to fix it; empty where the file can be used as it is.
  public var problems: [String]
  /// The file beside it that its labels are read from; nil where it has its own, or none.
  public var labelsPath: String?
  /// Arrays that would fit if they were named: for features where none are found, for labels where these are missing
  /// or do not match.
  public var fitting: [FittingArrays] = []
  /// What scoring by a detector fitted to this file would take; nil where it cannot be fitted to.
  public var memory: MemoryPlan?
  /// What the file says about itself, if it is a saved model.
  public var model: ModelOutline?
  /// CRC-32 of the whole file, to compare with what a model was fitted to.
  public var checksum: UInt32

  /// Reads every number once, and the file once more for its checksum. O(file).
  ///
  /// - Parameter memory: how much may be used, for ``memory``.
  /// - Throws: why the file cannot be opened at all, or a key that is not in it.
  public init(
    path: String, keys: ArrayKeys = ArrayKeys(), memory budget: MemoryBudget = .standard
  ) throws {
    let opening = OpeningProgress()
    let file = try opening.open(path)
    let roles: ArrayRoles
    do {
      roles = try ArrayRoles(file, keys: keys)
    } catch FeatureFileError.noSuchArray(let path, let name, let available) {
      throw DataSetError.noSuchKey(
        path: path, key: name, available: available, fitting: FittingArrays.find(in: file))
    }
    var problems = file.unreadable.sorted { $0.key < $1.key }.map { $0.value.description }
    let classNames = try roles.classNames?.strings() ?? []
    var labels: [Int] = []
    var labelArray = roles.labels
    if labelArray == nil, keys.labels == nil {
      do {
        let neighbor = try ShardOpener.neighboringLabels(of: path, opening)
        (labelsPath, labelArray) = (neighbor?.path, neighbor?.labels)
      } catch {
        problems.append("\(error)")
      }
    }
    if let array = labelArray {
      do { labels = try array.integers() } catch { problems.append(error.description) }
      if let count = roles.features?.rowCount, count != array.elementCount {
        problems.append(
          DataSetError.countMismatch(
            path: labelsPath ?? path, name: array.name, count: array.elementCount, sampleCount: count
          ).description)
      }
      if !labels.isEmpty, !labels.contains(where: { $0 >= 0 }) {
        problems.append("\(labelsPath ?? path): all labels are below 0 (out-of-distribution): nothing to fit")
      }
    }
    report = FileReport(
      path: path, format: file.format.displayName, byteCount: file.byteCount, split: nil,
      arrays: try file.arrays.map { try Self.report($0, role: roles.role(of: $0.name)) },
      labelCounts: labelCounts(labels, classNames: classNames))
    model = try ModelOutline(file)
    checksum = try Checksum.crc32(ofFileAt: path)
    guard model == nil else {
      self.problems = problems
      return
    }
    do {
      let shard = try OpenedShard(file, split: .train, keys: keys)
      let usable = shard.labels ?? (labels.count == shard.count ? labels : nil)
      memory = usable.flatMap { MemoryPlan(labels: $0, dimension: shard.dimension, permitting: budget) }
      if usable == nil { fitting = FittingArrays.find(in: file, features: shard.features) }
    } catch let error as DataSetError {
      fitting = FittingArrays.find(in: file)
      if case .noFeatures = error { problems.append(error.description) }
      if case .unusableFeatures = error { problems.append(error.description) }
    } catch {
      // What keeps labels or ids from being read.
      fitting = FittingArrays.find(in: file)
      let text = "\(error)"
      if !problems.contains(text) { problems.append(text) }
    }
    for array in report.arrays where array.role == .features {
      if let count = array.nonFiniteCount, count > 0 {
        problems.append(
          "\(path): ‘\(array.name)’ holds \(count) NaN or infinite values, first in rows "
            + array.nonFiniteRows.map(String.init).joined(separator: ", ")
            + "; leave those samples out with --skip-non-finite")
      }
    }
    self.problems = problems
  }

  /// Eight hexadecimal digits.
  public var checksumText: String {
    ModelSource(name: "", byteCount: report.byteCount, checksum: checksum).checksumText
  }

  private static func report(_ array: NamedArray, role: ArrayRole) throws -> ArrayReport {
    var report = ArrayReport(
      name: array.name, shape: array.shape, elementType: array.elementType.rawValue, role: role)
    guard array.elementType.isNumeric, array.elementCount > 0 else { return report }
    let scan = try FeatureScan(array)
    report.range = scan.range
    if array.elementType.isFloatingPoint {
      report.nonFiniteCount = scan.nonFiniteValueCount
      report.nonFiniteRows = Array(scan.nonFiniteRows.prefix(5))
    }
    return report
  }
}
