import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A stage of reading one file, such as unpacking it, which stands for a share of the file's bytes: bytes that are gone
/// through more than once count in parts.
///
/// Where the task was cancelled, going on is an error; so long work tells the stage of every megabyte or so.
struct ReadStage: Sendable {
  /// What is work enough to look up from.
  static let stepByteCount = 1 << 20

  let path: String
  /// Threads that a table may be read by.
  let threadCount: Int
  /// What may be taken for what the file holds compressed.
  let memory: DecompressionMemory
  private let account: Account
  /// The share, as fractions of the file.
  private let share: ClosedRange<Double>

  /// All of the reading of a file.
  init(path: String, byteCount: Int, options: ReadOptions = ReadOptions()) {
    self.path = path
    memory = options.memory
    threadCount = max(1, options.threadCount ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    account = Account(byteCount: byteCount, report: options.report)
    share = 0...1
  }

  private init(_ stage: ReadStage, share: ClosedRange<Double>) {
    (path, threadCount, memory, account) = (stage.path, stage.threadCount, stage.memory, stage.account)
    self.share = share
  }

  /// A part of this stage, from one fraction of it to another.
  func part(_ from: Double, to: Double) -> ReadStage {
    let width = share.upperBound - share.lowerBound
    return ReadStage(self, share: share.lowerBound + from * width...share.lowerBound + to * width)
  }

  /// What is left of this stage, however far it has come.
  var rest: ReadStage {
    ReadStage(self, share: min(max(share.lowerBound, account.fraction), share.upperBound)...share.upperBound)
  }

  /// Says how far the stage is, whoever asks whether to go on.
  func report(_ completed: Int, of count: Int) {
    let fraction = Double(completed) / Double(max(1, count))
    account.advance(to: share.lowerBound + fraction * (share.upperBound - share.lowerBound))
  }

  /// Says how far the stage is, and goes on unless the task was cancelled.
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

  /// The number of bytes that stages have come to, together.
  private final class Account: Sendable {
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
