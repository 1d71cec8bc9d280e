import FeatureFiles
import Foundation
import OODDetection

extension EffectRunner {
  /// Opens files, and looks at their features too if `scans`; progress is that of both.
  func load(_ request: DataRequest, scans: Bool, progress: @escaping ProgressHandler) async throws -> Action {
    let openingShare = scans ? OpeningProgress.openingShare(of: (try? request.files) ?? []) : 1
    let action = try load(request) {
      progress(WorkProgress(completed: openingShare * $0.fraction, planned: 1))
    }
    try Task.checkCancellation()
    guard scans, case .loaded(let data, let model) = action else { return action }
    let scanned = try await scan(data, model: model) {
      progress(WorkProgress(completed: openingShare + (1 - openingShare) * $0.fraction, planned: 1))
    }
    return .loaded(scanned, model: model)
  }

  private func load(_ named: DataRequest, progress: @escaping ProgressHandler) throws -> Action {
    let request = user == nil ? named : named.recognizingModel()
    var opening = OpeningProgress(of: request, threadCount: threadCount, progress: progress)
    opening.memory = files
    guard user != nil else { return try loadUnasked(request, opening) }
    do {
      let action = try loadUnasked(request, opening)
      if case .loaded(let data, nil) = action, let train = data.train, train.labels == nil {
        throw data.missingTrainingLabels
      }
      return action
    } catch let error as DataSetError {
      // A user can be asked which array is which.
      guard let inventory = ArrayInventory(explaining: error, of: request, opening: opening)
      else { throw error }
      return .foundArrays(inventory)
    }
  }

  private func loadUnasked(_ request: DataRequest, _ opening: OpeningProgress) throws -> Action {
    guard let path = request.model else {
      return .loaded(try DataSetAssembly(request, opening: opening).assemble(), model: nil)
    }
    let model = try ModelFile(contentsOf: path, memory: memory)
    var data = try DataSetAssembly(request, opening: opening, model: model).assemble()
    if data.classNames.isEmpty { data.classNames = model.classNames }
    if let dimension = data.dimension, dimension != model.detector.dimension {
      throw DataSetError.dimensionMismatch(
        path: request.test.first ?? path, dimension: dimension, otherPath: path,
        otherDimension: model.detector.dimension, sampleCount: data.test?.count ?? 0)
    }
    return .loaded(data, model: model)
  }

  func scan(
    _ data: DataSet, model: ModelFile?, progress: @escaping ProgressHandler
  ) async throws -> DataSet {
    var scanned = try await DataSetScan(threadCount: threadCount, progress: progress).run(data)
    if let model { scanned.remarks += try model.remarks(on: data.files) }
    return scanned
  }

  /// Writes a table as CSV beside its path and renames it into place.
  func export(_ request: ExportRequest) throws -> Action {
    // The prompt takes a path as it would be typed in a shell, which no shell sees.
    let path = NSString(string: request.path).expandingTildeInPath
    if !request.replacesFile, FileStatus(of: path) != nil {
      return .foundExistingFile(request)
    }
    if OpenedFiles.include(path) {
      throw FeatureFileError.cannotWrite(
        path: path, reason: "it is one of the files that were read, and would be lost; write to another file")
    }
    try CSVWriter.write(header: request.columns, rows: request.rows, to: path)
    return .exported(path: path, rowCount: request.rows.count)
  }
}
