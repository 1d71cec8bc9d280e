import OODDetection

extension EffectRunner {
  func load(_ request: DataRequest, progress: @escaping ProgressHandler) async throws -> Action {
    throw DataSetError.noTrainingLabels(paths: request.train)
  }

  func export(_ request: ExportRequest) throws -> Action {
    .exported(path: request.path, rowCount: request.rows.count)
  }
}
