import FeatureFiles

/// A role that the user can choose for an array.
public enum ArrayUse: String, CaseIterable, Sendable {
  case features, labels, ids
  /// Samples to score that share a file with the training samples.
  case testFeatures = "test features"
  case testLabels = "test labels"
}

/// The arrays of a file whose roles are ambiguous, and the reason a choice is needed.
public struct ArrayInventory: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    public var array: ArrayReport
    /// The size in bytes. Nil for text.
    public var byteCount: Int?
    /// The uses that its shape and type allow.
    public var uses: [ArrayUse]
  }

  public var path: String
  public var reason: String
  /// The part of the request that the file belongs to.
  public var part: DataPart
  public var entries: [Entry]
  /// The initially suggested arrays.
  public var suggestion = ArrayKeys()
}

/// The files of a request: training files, files to score, and files known to be out-of-distribution.
public enum DataPart: Sendable, Equatable {
  case train, test, outOfDistribution
}

extension ArrayInventory {
  /// The arrays of the file that an error concerns. Nil if choosing other arrays cannot resolve the error.
  init?(explaining error: DataSetError, of request: DataRequest, opening: OpeningProgress) {
    let path: String
    let fitting: [ArrayCandidates]
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
      request.outOfDistributionPaths.contains(path)
      ? .outOfDistribution : request.test.contains(path) && !request.train.contains(path) ? .test : .train
    self.path = path
    reason = error.statement.text
    entries = Self.entries(of: file, asPartOf: request, part)
    guard entries.count > 1, entries.contains(where: { $0.uses.contains(.features) }) else { return nil }
    if case .noTrainingLabels = error, !entries.contains(where: { $0.uses.contains(.labels) }) { return nil }
    suggestion = ArrayKeys(features: fitting.first?.features.name, labels: fitting.first?.labels?.name)
  }

  /// The arrays of the first training file, or else the first file to score, with their current roles.
  ///
  /// - Throws: An error if the file cannot be opened.
  package init(of request: DataRequest, threadCount: Int? = nil) throws {
    let part: DataPart = request.train.isEmpty ? request.test.isEmpty ? .outOfDistribution : .test : .train
    let named = (request.train + request.test + request.outOfDistributionPaths).prefix(1)
    guard let path = try PathExpansion.files(for: Array(named)).first else { throw DataSetError.noFiles }
    let file = try OpeningProgress(threadCount: threadCount).open(path)
    let roles = try ArrayRoles(file, keys: part == .train ? request.keys : request.testKeys)
    self.init(
      path: path, reason: "these arrays are used", part: part,
      entries: Self.entries(of: roles.file, asPartOf: request, part),
      suggestion: ArrayKeys(
        features: roles.features?.name, labels: roles.labels?.name, ids: roles.ids?.name))
  }

  /// If no other file holds samples to score, they may be in the only training file.
  private static func entries(of file: FeatureFile, asPartOf request: DataRequest, _ part: DataPart)
    -> [Entry]
  {
    let hasTestInIt =
      part == .train && (request.test.isEmpty || request.test == [file.path]) && request.train == [file.path]
    // Any integer column of a table may hold labels or ids. If all columns are integers, they are more likely
    // features.
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
