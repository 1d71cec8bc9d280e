import FeatureFiles
import OODDetection
import Synchronization

/// How to open a sequence of files: the thread count, the memory limit and the combined progress.
struct OpeningProgress: Sendable {
  let threadCount: Int?
  /// The memory that all files together may use for decompressed data.
  var memory = DecompressionMemory.standard
  private let account: Account

  /// - Parameter paths: The files to open. Other files do not contribute to progress.
  init(of paths: [String] = [], threadCount: Int? = nil, progress: @escaping ProgressHandler = { _ in }) {
    self.threadCount = threadCount
    account = Account(byteCounts: paths.map { ($0, Self.byteCount(of: $0)) }, progress: progress)
  }

  /// Covers all files of a request, including label files.
  init(
    of request: DataRequest, threadCount: Int? = nil, progress: @escaping ProgressHandler = { _ in }
  ) {
    // An invalid pattern is reported when its files are opened.
    let files = (try? request.files) ?? []
    self.init(
      of: files + SplitKeys(request).labelsPaths, threadCount: threadCount, progress: progress)
  }

  /// The estimated share of opening in the total time to open and scan files. Reading a table takes about ten
  /// times as long as scanning its numbers. Reading a header takes almost no time.
  static func openingShare(of paths: [String]) -> Double {
    let total = paths.reduce(0) { $0 + byteCount(of: $1) }
    let read = paths.filter(FeatureFile.isReadOnOpening).reduce(0) { $0 + byteCount(of: $1) }
    return total == 0 ? 0 : 0.9 * Double(read) / Double(total)
  }

  /// Opens a file and adds to the combined progress. A file opened before is reused.
  ///
  /// - Throws: `FeatureFileError`; `CancellationError`.
  func open(_ path: String) throws -> FeatureFile {
    try account.file(path) ?? read(path)
  }

  private func read(_ path: String) throws -> FeatureFile {
    let options = ReadOptions(threadCount: threadCount, memory: memory) { [account] completed, _ in
      account.report(completed, of: path)
    }
    do {
      let file = try readingFiles { try FeatureFile.open(path, options: options) }
      account.end(path, with: file)
      return file
    } catch let error as FeatureFileError {
      account.end(path, with: nil)
      throw error
    }
  }

  /// The size of a file in bytes. 0 for a pipe, whose size is unknown before it is read.
  private static func byteCount(of path: String) -> Int {
    FeatureFile.isPipe(path) ? 0 : (try? Checksum.byteCount(ofFileAt: path)) ?? 0
  }

  private final class Account: Sendable {
    private let total: Double
    private let progress: ProgressHandler
    private struct State {
      var pending: [(path: String, byteCount: Int)]
      var done = 0
      var files: [String: FeatureFile] = [:]
    }

    private let state: Mutex<State>

    init(byteCounts: [(path: String, byteCount: Int)], progress: @escaping ProgressHandler) {
      total = Double(max(1, byteCounts.reduce(0) { $0 + $1.byteCount }))
      self.progress = progress
      state = Mutex(State(pending: byteCounts))
    }

    func file(_ path: String) -> FeatureFile? {
      guard let file = state.withLock({ $0.files[path] }) else { return nil }
      end(path, with: file)
      return file
    }

    func report(_ completed: Int, of path: String) {
      state.withLock { state in
        guard let file = state.pending.first(where: { $0.path == path }) else { return }
        let count = Double(state.done + min(completed, file.byteCount))
        progress(WorkProgress(completed: count, planned: total))
      }
    }

    func end(_ path: String, with file: FeatureFile?) {
      state.withLock { state in
        state.files[path] = file
        guard let index = state.pending.firstIndex(where: { $0.path == path }) else { return }
        state.done += state.pending.remove(at: index).byteCount
        progress(WorkProgress(completed: Double(state.done), planned: total))
      }
    }
  }
}

/// Calls a closure that reads files. Converts `FeatureFileError.cancelled` to `CancellationError`, which all
/// code outside `FeatureFiles` expects.
func readingFiles<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch FeatureFileError.cancelled {
    throw CancellationError()
  }
}
