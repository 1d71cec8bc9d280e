import FeatureFiles

/// Does what reads files; that they were left because the task is cancelled is a `CancellationError`, as everywhere
/// outside of `FeatureFiles`.
func readingFiles<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch FeatureFileError.cancelled {
    throw CancellationError()
  }
}
