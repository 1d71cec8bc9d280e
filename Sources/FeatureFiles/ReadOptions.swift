import Synchronization
import SystemSupport

/// Options for opening a file: threads, memory and progress.
public struct ReadOptions: Sendable {
  /// The number of threads that read a table; nil for one per core. Other formats use one thread.
  public var threadCount: Int?
  /// The memory for decompressed or piped data, as long as the file is open.
  public var memory: DecompressionMemory
  /// Receives the number of processed bytes and the size of the file. Calls never overlap and never decrease; both
  /// numbers are equal at the end. Called on the reading thread.
  public var report: (@Sendable (_ completedByteCount: Int, _ byteCount: Int) -> Void)?

  public init(
    threadCount: Int? = nil, memory: DecompressionMemory = .standard,
    report: (@Sendable (_ completedByteCount: Int, _ byteCount: Int) -> Void)? = nil
  ) {
    self.threadCount = threadCount
    self.memory = memory
    self.report = report
  }
}

/// A stage of reading one file, such as decompression, which accounts for a share of the file's bytes. Bytes that are
/// processed several times are divided among the stages.
///
/// Advancing a stage throws if the task was cancelled, so long operations do so about every megabyte.
struct ReadStage: Sendable {
  /// The number of bytes processed between checks for cancellation.
  static let stepByteCount = 1 << 20

  let path: String
  /// The number of threads for reading a table.
  let threadCount: Int
  /// The memory for decompressed data.
  let memory: DecompressionMemory
  private let progress: SharedProgress
  /// The share of the stage, as a range of fractions of the file.
  private let share: ClosedRange<Double>

  /// The stage for reading a whole file.
  init(path: String, byteCount: Int, options: ReadOptions = ReadOptions()) {
    self.path = path
    memory = options.memory
    threadCount = max(1, options.threadCount ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    progress = SharedProgress(byteCount: byteCount, report: options.report)
    share = 0...1
  }

  private init(_ stage: ReadStage, share: ClosedRange<Double>) {
    (path, threadCount, memory, progress) = (stage.path, stage.threadCount, stage.memory, stage.progress)
    self.share = share
  }

  /// A part of this stage, given by two fractions.
  func part(_ from: Double, to: Double) -> ReadStage {
    let width = share.upperBound - share.lowerBound
    return ReadStage(self, share: share.lowerBound + from * width...share.lowerBound + to * width)
  }

  /// The remaining part of this stage.
  var rest: ReadStage {
    ReadStage(self, share: min(max(share.lowerBound, progress.fraction), share.upperBound)...share.upperBound)
  }

  /// Reports progress, without checking for cancellation.
  func report(_ completed: Int, of count: Int) {
    let fraction = Double(completed) / Double(max(1, count))
    progress.advance(to: share.lowerBound + fraction * (share.upperBound - share.lowerBound))
  }

  /// Reports progress and checks for cancellation.
  ///
  /// - Throws: `cancelled`.
  func advance(to completed: Int, of count: Int) throws(FeatureFileError) {
    report(completed, of: count)
    try Self.checkCancellation(path: path)
  }

  /// - Throws: `cancelled`.
  static func checkCancellation(path: String) throws(FeatureFileError) {
    if Task.isCancelled { throw .cancelled(path: path) }
  }

  /// The common progress of all stages of a file.
  private final class SharedProgress: Sendable {
    private let byteCount: Int
    private let receive: (@Sendable (Int, Int) -> Void)?
    private let state = Mutex((fraction: 0.0, reported: -1))

    init(byteCount: Int, report: (@Sendable (Int, Int) -> Void)?) {
      self.byteCount = byteCount
      receive = report
    }

    var fraction: Double { state.withLock { $0.fraction } }

    func advance(to fraction: Double) {
      state.withLock { state in
        state.fraction = min(1, max(state.fraction, fraction))
        let completed = state.fraction == 1 ? byteCount : Int(state.fraction * Double(byteCount))
        guard let receive, completed > state.reported else { return }
        state.reported = completed
        receive(completed, byteCount)
      }
    }
  }
}

/// Counts the bytes of arrays that are read, for tests. Does not count headers, nor tables and compressed files, which
/// are read on opening.
public final class ReadMeter: Sendable {
  /// The meter of the current task.
  @TaskLocal public static var current: ReadMeter?

  private let count = Mutex(0)

  public init() {}

  /// The number of bytes read from the file, counted for every read.
  public var byteCount: Int { count.withLock { $0 } }

  func add(_ byteCount: Int) { count.withLock { $0 += byteCount } }
}
