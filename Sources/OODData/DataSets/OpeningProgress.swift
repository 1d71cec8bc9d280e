import FeatureFiles
import OODDetection
import Synchronization

/// How files are opened one after the other: by how many threads, and how far all of them together are.
struct OpeningProgress: Sendable {
  let threadCount: Int?
  /// What files may take for what they hold compressed, all of them together.
  var memory = DecompressionMemory.standard
  private let account: Account

  /// - Parameter paths: the files that will be opened; any other adds nothing.
  init(of paths: [String] = [], threadCount: Int? = nil, progress: @escaping ProgressHandler = { _ in }) {
    self.threadCount = threadCount
    account = Account(byteCounts: paths.map { ($0, Self.byteCount(of: $0)) }, progress: progress)
  }

  /// Of all files of a request, files of labels too.
  init(
    of request: DataRequest, threadCount: Int? = nil, progress: @escaping ProgressHandler = { _ in }
  ) {
    // What is wrong with a pattern is said when its files are opened.
    let files = (try? request.files) ?? []
    self.init(
      of: files + SplitKeys(request).labelsPaths, threadCount: threadCount, progress: progress)
  }

  /// What opening takes of opening files and looking at all their features: reading a table takes some ten times as
  /// long as looking at its numbers, and opening by a header next to nothing.
  static func openingShare(of paths: [String]) -> Double {
    let total = paths.reduce(0) { $0 + byteCount(of: $1) }
    let read = paths.filter(FeatureFile.isReadOnOpening).reduce(0) { $0 + byteCount(of: $1) }
    return total == 0 ? 0 : 0.9 * Double(read) / Double(total)
  }

  /// Opens one of the files; what others take is added to its progress. One that was opened before is still open.
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

  /// 0 for what comes through a pipe, which would have to be read first.
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

/// Does what reads files; that they were left because the task is cancelled is a `CancellationError`, as everywhere
/// outside of `FeatureFiles`.
func readingFiles<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch FeatureFileError.cancelled {
    throw CancellationError()
  }
}
