import FeatureFiles
import Foundation
import OODData
import OODDetection

extension EffectRunner {
  /// Writes what the user exports in the format of the file's ending, after its missing numbers are computed.
  func export(_ request: ExportRequest, progress: @escaping ProgressHandler) async throws -> Action {
    let path = fileName(request.path)
    if !request.replacesFile, FileStatus(of: path) != nil { return .foundExistingFile(request) }
    if OpenedFiles.include(path) {
      throw FeatureFileError.cannotWrite(
        path: path, reason: "it is one of the input files; write to another file")
    }
    if case .screen(_, let drawing) = request.content {
      guard let drawing else {
        throw FeatureFileError.cannotWrite(path: path, reason: "the screen is not drawn here")
      }
      let text = drawing()
      try AtomicFile.write(to: path) { try $0.write(text.hasSuffix("\n") ? text : text + "\n") }
      return .exported(path: path, "the screen")
    }
    guard case .report(let format)? = ExportFormat(path: path, subject: request.subject) else {
      return .exported(path: path, try writeArray(of: request, to: path))
    }
    let report = try await completed(request, progress: progress)
    guard let report else { return .exported(path: path, "nothing") }
    try report.write(to: path, as: format) { written in
      progress(WorkProgress(completed: 0.5 + 0.5 * written.fraction, planned: 1))
    }
    return .exported(path: path, counted(report.rows.count, "row"))
  }

  /// The report of a request, with the details of samples that nobody looked at.
  private func completed(
    _ request: ExportRequest, progress: @escaping ProgressHandler
  ) async throws -> (any Report)? {
    guard case .samples(var samples) = request.content else { return request.report }
    let missing = samples.rowsToDetail
    if let detector = samples.detector, !missing.isEmpty {
      let source = samples.source
      let found = try await pipeline.details(
        detector, source.data, missing, source.scored, source.setting.score
      ) { progress(WorkProgress(completed: 0.5 * $0.fraction, planned: 1)) }
      samples.list.details.merge(found) { _, new in new }
    }
    return TableReport(samples.rows)
  }

  /// Writes the indices of samples, or scores, as an array of shape (N,). Returns what was written.
  private func writeArray(of request: ExportRequest, to path: String) throws -> String {
    let array: OutputArray
    if case .samples(let samples) = request.content {
      let indices = samples.indices
      array = OutputArray(name: "indices", shape: [indices.count], values: .int64(indices))
    } else {
      let scores = (request.report as? ScoresReport)?.values ?? []
      array = OutputArray(name: "scores", shape: [scores.count], values: .float64(scores))
    }
    try NPYWriter.write(array, to: path)
    return counted(array.shape[0], array.name == "scores" ? "score" : "index", plural: array.name)
  }

  private func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(plural ?? noun + "s")"
  }

  /// The file that a user means. `~` is the home folder, as in a shell.
  private func fileName(_ path: String) -> String {
    guard let home = user?.folders.home, path == "~" || path.hasPrefix("~/") else {
      return NSString(string: path).expandingTildeInPath
    }
    return home + path.dropFirst()
  }
}
