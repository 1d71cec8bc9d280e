import FeatureFiles
public import OODDetection

/// The inspection of one file: its arrays, their roles, and problems that prevent its use.
public struct FileInspection: Sendable, Equatable {
  public var report: FileReport
  /// Problems with their remedies. Empty if the file can be used as is.
  public var problems: [Statement]
  /// Remarks on unexpected uses, such as columns that are not features.
  public var remarks: [Statement] = []
  /// The label file beside this file. Nil if the file has its own labels or none.
  public var labelsPath: String?
  /// Suggested arrays: for features if none were found, for labels if they are missing or do not match.
  public var fitting: [ArrayCandidates] = []
  /// The memory that scoring takes with a detector fitted to this file. Nil if fitting is impossible.
  public var memory: MemoryPlan?
  /// The memory that fitting to this file for every λ takes. Nil if fitting is impossible.
  public var spectra: SpectraPlan?
  /// The model summary, if the file is a saved model.
  public var model: ModelOutline?
  /// The summary of statistics, if the file holds those of samples.
  public var moments: MomentsOutline?
  /// CRC-32 of the whole file, for comparison with the training files of a model.
  public var checksum: UInt32

  /// Whether an array cannot be read because the file is damaged.
  public private(set) var isDamaged = false

  /// Inspects a file. Linear in the size of the file: reads every number once, labels and ids twice, and the
  /// whole file once more for its checksum.
  ///
  /// - Parameters:
  ///   - memory: The memory budget for ``memory`` and ``spectra``.
  ///   - rankCount: The number of ranks that would share the work, each with this budget.
  ///   - threadCount: The number of threads that read a table; nil for one per core.
  ///   - progress: Receives the completed share of the bytes to process.
  /// - Throws: An error if the file cannot be opened or a key is missing; `CancellationError`.
  public init(
    path: String, keys: ArrayKeys = ArrayKeys(), memory budget: MemoryBudget = .standard, rankCount: Int = 1,
    threadCount: Int? = nil, progress: @escaping ProgressHandler = { _ in }
  ) throws {
    var stages = InspectionStages(
      path: path, threadCount: threadCount, memory: DecompressionMemory(byteCount: budget.bytes),
      progress: progress)
    let opening = stages.opening
    let isIndex = path.hasSuffix(SafetensorsShards.indexEnding)
    let file = try isIndex ? ModelFile.open(path) : opening.open(path)
    var keys = keys
    let labelFile = SplitKeys.file(keys.labels)
    if labelFile != nil { keys.labels = nil }
    let roles: ArrayRoles
    do {
      roles = try ArrayRoles(file, keys: keys)
    } catch FeatureFileError.noSuchArray(let path, let name, let available) {
      throw DataSetError.noSuchKey(
        path: path, key: name, available: available, fitting: ArrayCandidates.find(in: file))
    }
    var problems = file.unreadable.sorted { $0.key < $1.key }.map { Statement($0.value) }
    var known = Set(problems.map(\.text))
    func note(_ problem: any Error) throws {
      if case FeatureFileError.cancelled = problem { throw CancellationError() }
      let statement = Statement(problem)
      if known.insert(statement.text).inserted { problems.append(statement) }
    }
    if let reason = roles.file.columnObstacle { try note(DataSetError.unusableColumn(reason: reason)) }
    var classNames: [String] = []
    do { classNames = try roles.classNames?.strings() ?? [] } catch { try note(error) }
    var labels: [Int] = []
    var labelArray = roles.labels
    var neighborRemark: DataSetRemark?
    if let labelFile {
      labelArray = try readingFiles { try ShardOpener.labelArray(at: labelFile, opening).array }
      labelsPath = labelFile
    } else if labelArray == nil, keys.labels == nil {
      do {
        if let neighbor = try NeighborLabels(of: file, opening) {
          (labelsPath, labelArray) = (neighbor.path, neighbor.array)
          if let reason = neighbor.reasonNotToFit(roles.features, at: path) {
            (labelsPath, labelArray) = (nil, nil)
            neighborRemark = .unfitNeighbor(path: path, labelsPath: neighbor.path, reason: reason)
          }
        }
      } catch {
        try note(error)
      }
    }
    if let array = labelArray {
      let origin = labelsPath ?? path
      do {
        let found =
          try roles.features.map { try OpenedShard.labels(array, path: origin, of: $0, at: path) }
          ?? array.labels(path: origin)
        switch found {
        case .numbers(let numbers): labels = numbers
        case .names(let names):
          let areGiven = LabelNames(classNames).covers(names)
          let order = LabelNames(sorting: names, known: areGiven ? classNames : nil)
          classNames = order.names
          remarks.append(
            DataSetRemark.numberedClasses(path: path, names: order.names, areGiven: areGiven).statement)
          labels = names.compactMap(order.label)
        }
      } catch {
        try note(error)
        // Label counts are useful even if the labels do not match.
        if array.elementType.isNumeric, array.rowLength == 1 { labels = (try? array.integers()) ?? [] }
      }
      if !labels.isEmpty, !labels.contains(where: { $0 >= 0 }) {
        problems.append(
          Statement("\(labelsPath ?? path): all labels are below 0 (out-of-distribution): nothing to fit"))
      }
    }
    if let neighborRemark { remarks.append(neighborRemark.statement) }
    report = FileReport(
      path: path, format: file.format.displayName, byteCount: file.byteCount, split: nil, arrays: [],
      labelCounts: labelCounts(labels, classNames: classNames))
    var featureScan: (scan: FeatureScan, array: NamedArray)?
    for array in roles.file.arrays {
      var entry = ArrayReport(array, role: roles.role(of: array.name))
      do {
        if let scan = try stages.scan(array, of: roles.file) {
          entry.take(scan)
          if entry.role == .features { featureScan = (scan, array) }
        }
      } catch {
        if case FeatureFileError.memoryExceeded = error {} else { isDamaged = true }
        try note(error)
      }
      report.arrays.append(entry)
    }
    model = try ModelOutline(file)
    checksum = try stages.checksum()
    let isExport = PytorchOODExport.isWritten(in: file)
    let isMoments = MomentsFile.isWritten(in: file)
    do { moments = try MomentsOutline(file) } catch { try note(error) }
    guard model == nil, !isExport, !isMoments else {
      // A model's arrays are not used as a data set.
      report.labelCounts = []
      for array in report.arrays.indices { report.arrays[array].role = .unused }
      if isExport {
        problems.append(
          Statement("\(path): a model exported for pytorch-ood; score with the one it was exported from"))
      }
      self.problems = problems
      return
    }
    do {
      let shard = try OpenedShard(
        file, split: .train, keys: keys, hasOwnLabels: labelsPath == nil && !labels.isEmpty,
        hint: ArrayRoles.Hint(sampleCount: labels.isEmpty ? nil : labels.count))
      remarks += shard.remarks.merged.map(\.statement)
      if let array = report.arrays.first(where: { $0.role == .validationFeatures }) {
        remarks.append(DataSetRemark.holdsValidationSplit(path: path, name: array.name).statement)
      }
      let usable = labels.count == shard.count ? labels : nil
      // Ranks hold what float32 represents in it.
      let bytesPerValue = shard.features.elementType.epsilon >= 0x1p-23 ? 4 : 8
      memory = usable.flatMap {
        MemoryPlan(
          labels: $0, dimension: shard.dimension, rankCount: rankCount, bytesPerValue: bytesPerValue,
          permitting: budget)
      }
      spectra = usable.flatMap {
        SpectraPlan(
          labels: $0, dimension: shard.dimension, rankCount: rankCount, bytesPerValue: bytesPerValue,
          permitting: budget)
      }
      if usable == nil { fitting = ArrayCandidates.find(in: file, features: shard.features) }
    } catch let error as DataSetError {
      fitting = ArrayCandidates.find(in: file)
      if case .noFeatures = error { problems.append(error.statement) }
      if case .noNumericColumn = error { problems.append(error.statement) }
      if case .unusableFeatures = error { problems.append(error.statement) }
      if case .unreadableArray = error { try note(error) }
    } catch {
      // Labels or ids cannot be read.
      fitting = ArrayCandidates.find(in: file)
      try note(error)
    }
    for array in report.arrays where array.role == .features {
      if let count = array.nonFiniteCount, count > 0 {
        problems.append(
          Statement(
            "\(path): ‘\(array.name)’ holds \(count) NaN or infinite values, first in rows "
              + array.nonFiniteRows.map(String.init).joined(separator: ", "), .skipNonFinite))
      }
    }
    self.problems = problems
    if let (scan, array) = featureScan { try noteLargeValues(scan, of: array) }
  }

  /// Adds remarks on features that lose digits and on features whose squares overflow.
  private mutating func noteLargeValues(_ scan: FeatureScan, of array: NamedArray) throws {
    let path = report.path
    if scan.mayHoldInexactIntegers, let first = try readingFiles({ try array.firstInexactInteger() }) {
      remarks.append(
        DataSetRemark.inexactIntegers(path: path, row: first.row, column: first.column, text: first.text)
          .statement)
    }
    if let first = scan.firstTooLarge {
      remarks.append(
        DataSetError.tooLarge(
          path: path, rowCount: scan.tooLargeRows.count, row: first.row, column: first.column,
          value: first.value
        ).statement)
    }
  }

  /// The checksum as eight hexadecimal digits.
  public var checksumText: String {
    ModelSource(name: "", byteCount: report.byteCount, checksum: checksum).checksumText
  }
}

/// The stages of a file inspection: opening, scanning every number, and computing the checksum.
struct InspectionStages {
  private(set) var opening: OpeningProgress
  private let path: String
  private let progress: ProgressHandler
  private let openingShare: Double
  /// The number of elements scanned so far.
  private var scannedCount = 0.0
  /// The total number of elements to scan.
  private var totalCount: Double?

  /// The checksum takes little time, because the file was read just before.
  private static let checksumShare = 0.1

  init(path: String, threadCount: Int?, memory: DecompressionMemory, progress: @escaping ProgressHandler) {
    self.path = path
    self.progress = progress
    let share = (1 - Self.checksumShare) * OpeningProgress.openingShare(of: [path])
    openingShare = share
    opening = OpeningProgress(of: [path], threadCount: threadCount) {
      progress(WorkProgress(completed: share * $0.fraction, planned: 1))
    }
    opening.memory = memory
  }

  /// Scans an array of the file. Returns nil if the array is not numeric or is empty.
  ///
  /// - Throws: An error if the array cannot be read; `CancellationError`.
  mutating func scan(_ array: NamedArray, of file: FeatureFile) throws -> FeatureScan? {
    guard Self.isScanned(array) else { return nil }
    let total = totalCount ?? Double(file.arrays.filter(Self.isScanned).reduce(0) { $0 + $1.elementCount })
    totalCount = total
    let (start, count) = (scannedCount, Double(array.elementCount))
    scannedCount += count
    let share = 1 - Self.checksumShare - openingShare
    // Arrays are scanned one at a time and released, so that they need not all fit in memory together.
    defer { array.releaseMemory() }
    return try readingFiles {
      try FeatureScan(array) {
        let fraction = openingShare + share * (start + $0 * count) / total
        progress(WorkProgress(completed: fraction, planned: 1))
      }
    }
  }

  private static func isScanned(_ array: NamedArray) -> Bool {
    array.elementType.isNumeric && array.elementCount > 0
  }

  /// CRC-32 of the whole file.
  ///
  /// - Throws: An error if the file cannot be read; `CancellationError`.
  func checksum() throws -> UInt32 {
    let start = 1 - Self.checksumShare
    let options = ReadOptions { [progress] completed, count in
      let fraction = start + Self.checksumShare * Double(completed) / Double(max(1, count))
      progress(WorkProgress(completed: fraction, planned: 1))
    }
    return try readingFiles { try Checksum.crc32(ofFileAt: path, options: options) }
  }
}
