import FeatureFiles

/// What an array can be chosen as.
public enum ArrayUse: String, CaseIterable, Sendable {
  case features, labels, ids
  /// Of samples to score that stand in the same file as those to fit to.
  case testFeatures = "test features"
  case testLabels = "test labels"
}

/// The arrays of a file of which it is not clear which is what, and why that has to be known.
public struct ArrayInventory: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    public var array: ArrayReport
    /// Nil for text.
    public var byteCount: Int?
    /// What its shape and type allow.
    public var uses: [ArrayUse]

    public init(array: ArrayReport, byteCount: Int?, uses: [ArrayUse]) {
      self.array = array
      self.byteCount = byteCount
      self.uses = uses
    }
  }

  public var path: String
  public var reason: String
  /// Which of the request's files it is among.
  public var part: DataPart
  public var entries: [Entry]
  /// What would fit, to begin with.
  public var suggestion: ArrayKeys

  public init(
    path: String, reason: String, part: DataPart, entries: [Entry], suggestion: ArrayKeys = ArrayKeys()
  ) {
    self.path = path
    self.reason = reason
    self.part = part
    self.entries = entries
    self.suggestion = suggestion
  }
}

/// The files of a request: those to fit to, to score, and those known to be out-of-distribution.
public enum DataPart: Sendable, Equatable {
  case train, test, outOfDistribution
}

extension ArrayInventory {
  /// The arrays of the file that an error is about; nil where no choice among them could help.
  init?(explaining error: DataSetError, of request: DataRequest, opening: OpeningProgress) {
    let path: String
    let fitting: [FittingArrays]
    switch error {
    case .noFeatures(let file, _, let arrays): (path, fitting) = (file, arrays)
    case .noSuchKey(let file, _, _, let arrays): (path, fitting) = (file, arrays)
    case .unusableFeatures(let file, _, _, _, let arrays): (path, fitting) = (file, arrays)
    case .unusableLabels(let file, _, _, _, let arrays): (path, fitting) = (file, arrays)
    case .samplesInColumns: return nil
    case .countMismatch(let file, _, _, _, let arrays): (path, fitting) = (file, arrays)
    case .noTrainingLabels(let files, let arrays): (path, fitting) = (files.first ?? "", arrays)
    default: return nil
    }
    guard let file = try? opening.open(path) else { return nil }
    part =
      request.outOfDistribution.contains(path)
      ? .outOfDistribution : request.test.contains(path) && !request.train.contains(path) ? .test : .train
    self.path = path
    reason = error.statement.text
    entries = Self.entries(of: file, asPartOf: request, part)
    guard entries.count > 1, entries.contains(where: { $0.uses.contains(.features) }) else { return nil }
    if case .noTrainingLabels = error, !entries.contains(where: { $0.uses.contains(.labels) }) { return nil }
    suggestion = ArrayKeys(features: fitting.first?.features.name, labels: fitting.first?.labels?.name)
  }

  /// The arrays of the first file that is fitted to, or else scored, as they are used now.
  ///
  /// - Throws: why it cannot be opened.
  package init(of request: DataRequest, threadCount: Int? = nil) throws {
    let part: DataPart = request.train.isEmpty ? request.test.isEmpty ? .outOfDistribution : .test : .train
    let named = (request.train + request.test + request.outOfDistribution).prefix(1)
    guard let path = try PathExpansion.files(for: Array(named)).first else { throw DataSetError.noFiles }
    let file = try OpeningProgress(threadCount: threadCount).open(path)
    let roles = try ArrayRoles(file, keys: part == .train ? request.keys : request.testKeys)
    self.init(
      path: path, reason: "these arrays are used", part: part,
      entries: Self.entries(of: roles.file, asPartOf: request, part),
      suggestion: ArrayKeys(
        features: roles.features?.name, labels: roles.labels?.name, ids: roles.ids?.name))
  }

  /// Samples to score may stand in the one file that is fitted to, where no other file holds them.
  private static func entries(of file: FeatureFile, asPartOf request: DataRequest, _ part: DataPart)
    -> [Entry]
  {
    let hasTestInIt =
      part == .train && (request.test.isEmpty || request.test == [file.path]) && request.train == [file.path]
    // Any column of integers of a table may be labels or ids; where all are such, these are rather the features.
    let candidates = file.labelCandidates
    return candidates.map { array in
      Entry(
        array: ArrayReport(array, role: .unused),
        byteCount: array.elementType.byteCount.map { $0 * array.elementCount },
        uses: uses(of: array).filter { hasTestInIt || $0 != .testFeatures && $0 != .testLabels })
    }
  }

  private static func uses(of array: NamedArray) -> [ArrayUse] {
    guard array.rowCount > 0, !array.shape.isEmpty else { return [] }
    let isColumn = array.rowLength == 1
    var uses: [ArrayUse] = []
    if array.elementType.isNumeric {
      if array.shape.count >= 2, array.rowLength > 0 { uses += [.features, .testFeatures] }
    }
    if isColumn { uses += [.labels, .testLabels] }
    if isColumn, !array.elementType.isFloatingPoint { uses.append(.ids) }
    return ArrayUse.allCases.filter(uses.contains)
  }
}
