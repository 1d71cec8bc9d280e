/// Keeps the session of the open files on disk while the explorer runs, so that a process that is killed loses the last
/// few seconds only.
@MainActor
public final class SessionKeeper {
  private let interval: Duration
  private let session: () -> ExplorerSession?
  private let write: @Sendable (ExplorerSession) -> Void
  private var kept: ExplorerSession?
  private var writing: Task<Void, Never>?

  /// - Parameters:
  ///   - interval: The time from a change until it is written, and so between two writes.
  ///   - session: Returns where the user is.
  ///   - write: Writes a session, which can take a while.
  public init(
    interval: Duration = .seconds(3), session: @escaping () -> ExplorerSession?,
    write: @escaping @Sendable (ExplorerSession) -> Void
  ) {
    self.interval = interval
    self.session = session
    self.write = write
  }

  /// Notes that something changed. What changes until the session is written is written with it.
  public func noteChange() {
    guard writing == nil else { return }
    writing = Task { [weak self, interval] in
      try? await Task.sleep(for: interval)
      if !Task.isCancelled { await self?.keep() }
      self?.writing = nil
    }
  }

  /// Writes the session now, after a write that has begun.
  public func finish() async {
    writing?.cancel()
    await writing?.value
    await keep()
  }

  private func keep() async {
    guard let session = session(), session != kept else { return }
    kept = session
    let write = write
    await Task.detached(priority: .utility) { write(session) }.value
  }
}
