/// How a file is opened: by how many threads, in how much memory, and who is told how far it is.
public struct ReadOptions: Sendable {
  /// Threads that read a table; nil for one per core. Other formats are opened by one.
  public var threadCount: Int?
  /// What the file may take for what it holds compressed, or for what comes through a pipe, as long as it is open.
  public var memory: DecompressionMemory
  /// Told how many of the file's bytes are done with, and how many there are: never backwards, one call at a time,
  /// on the thread that has just read some, and with both numbers the same at the end.
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
