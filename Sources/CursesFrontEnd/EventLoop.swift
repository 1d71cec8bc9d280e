import CTerminalSignals
import Dispatch
import SystemSupport
import TerminalRendering

/// Calls the delegate for input, signals and frames, all on the main actor.
final class EventLoop {
  /// The maximum number of inputs between two frames.
  private static let inputsPerTurn = 256

  private let session: TerminalSession
  private let delegate: any FrontEndDelegate
  private var painter: any ScreenPainter
  private var reader: InputReader
  private var isExpiryScheduled = false
  private var size: Size
  private var pacer = FramePacer()
  private var isFrameScheduled = false
  private var isSuspended = false
  private var keys: (any DispatchSourceRead)?
  private var end: CheckedContinuation<ExitReason, Never>?

  init(session: TerminalSession, delegate: any FrontEndDelegate) {
    self.session = session
    self.delegate = delegate
    painter = session.makePainter()
    size = session.size
    reader = InputReader(descriptor: session.input)
  }

  /// Runs until the delegate is finished or a signal ends the program.
  func run() async -> ExitReason {
    let keys = DispatchSource.makeReadSource(fileDescriptor: session.input, queue: .main)
    keys.setEventHandler { [weak self] in self?.readKeys() }
    self.keys = keys
    return await withCheckedContinuation { end in
      self.end = end
      askTerminal()
      drawFrame()
      keys.activate()
      // Keys that arrived with the answers.
      readKeys()
    }
  }

  private func finish(_ reason: ExitReason) {
    keys?.cancel()
    if !isSuspended { painter.deleteImages() }
    end?.resume(returning: reason)
    end = nil
  }

  private var isRunning: Bool { end != nil }

  // MARK: Colors

  /// Asks the terminal for its colors, and waits a moment for the answers.
  private func askTerminal() {
    guard session.ask() else { return }
    let start = ContinuousClock.now
    reader.expectReplies(until: start + TerminalQuery.longestDelay)
    var replies: [TerminalReply] = []
    while !replies.contains(.attributes), reader.wait(until: start + TerminalQuery.patience) {
      replies += reader.takeReplies()
    }
    adopt(replies)
  }

  private func adopt(_ replies: [TerminalReply]) {
    let before = session.capabilities
    for reply in replies { session.adopt(reply) }
    guard session.capabilities != before else { return }
    if session.capabilities.colorDepth != before.colorDepth { painter = session.makePainter() }
    redraw()
  }

  // MARK: Input

  private func readKeys() {
    var count = 0
    while isRunning, !isSuspended, count < Self.inputsPerTurn, let input = reader.next() {
      count += 1
      handle(input)
    }
    adopt(reader.takeReplies())
    if count == 0, isRunning, session.hasHungUp { finish(.interrupted(signal: SIGHUP)) }
    // The event source does not fire for input that is already buffered.
    if count == Self.inputsPerTurn {
      DispatchQueue.main.async { [weak self] in MainActor.assumeIsolated { self?.readKeys() } }
    }
    if count > 0 { answer() }
    scheduleExpiry()
  }

  /// Schedules the next read for when a pending sequence counts as complete.
  private func scheduleExpiry() {
    guard isRunning, !isExpiryScheduled, let deadline = reader.deadline else { return }
    isExpiryScheduled = true
    let delay = ContinuousClock.now.duration(to: deadline)
    DispatchQueue.main.asyncAfter(deadline: .now() + max(.zero, delay).dispatchInterval) { [weak self] in
      MainActor.assumeIsolated {
        self?.isExpiryScheduled = false
        self?.readKeys()
      }
    }
  }

  private func handle(_ input: TerminalInput) {
    delegate.handle(input, size: size, capabilities: session.capabilities)
    if delegate.isFinished { finish(.quit) }
  }

  func receive(signal: Int32) {
    guard isRunning else { return }
    switch signal {
    case SIGWINCH: resize()
    case SIGTSTP: suspend()
    case SIGCONT: resume()
    default: finish(.interrupted(signal: signal))
    }
  }

  // MARK: Frames

  func setNeedsDisplay() {
    guard isRunning, !isFrameScheduled else { return }
    let delay = pacer.delay(at: .now)
    isFrameScheduled = true
    DispatchQueue.main.asyncAfter(deadline: .now() + delay.dispatchInterval) { [weak self] in
      MainActor.assumeIsolated {
        // An answer may have been drawn meanwhile.
        if self?.isFrameScheduled == true { self?.drawFrame() }
      }
    }
  }

  /// Draws what input has changed, without the detour over a timer, which takes its time on a busy machine.
  private func answer() {
    if pacer.answerDelay(at: .now) == .zero { drawFrame(answering: true) } else { setNeedsDisplay() }
  }

  private func drawFrame(answering: Bool = false) {
    isFrameScheduled = false
    guard isRunning, !isSuspended else { return }
    painter.paint(delegate.draw(size: size, capabilities: session.capabilities))
    pacer.didDraw(at: .now, answering: answering)
    if delegate.isFinished { finish(.quit) }
  }

  func redraw() {
    painter.forgetScreen()
    setNeedsDisplay()
  }

  private func resize() {
    guard !isSuspended else { return }
    session.adoptSize()
    guard session.size != size else { return }
    size = session.size
    painter.forgetScreen()
    handle(.resize(size))
    setNeedsDisplay()
  }

  // MARK: Suspension

  func suspend() {
    guard isRunning, !isSuspended else { return }
    painter.deleteImages()
    isSuspended = true
    session.leaveScreen()
    terminal_signals_stop_group()
    // Without a shell that could continue the job, the process was not stopped and goes on.
    DispatchQueue.main.asyncAfter(deadline: .now() + .milliseconds(200)) { [weak self] in
      MainActor.assumeIsolated { if self?.isSuspended == true { self?.resume() } }
    }
  }

  /// Also called after an unannounced SIGSTOP, when another program may have used the terminal.
  private func resume() {
    guard session.isInForeground else {
      // Continued in the background: the terminal is not available until `fg` continues the job again.
      if isSuspended { terminal_signals_stop_group() }
      return
    }
    terminal_signals_continued()
    session.enterScreen(wasLeft: isSuspended)
    isSuspended = false
    painter.forgetScreen()
    resize()
    setNeedsDisplay()
    readKeys()
  }

  // MARK: Output

  /// Sends bytes that do not change any cell of the screen.
  func send(_ bytes: [UInt8]) {
    if !isSuspended { session.send(bytes) }
  }
}

extension Duration {
  fileprivate var dispatchInterval: DispatchTimeInterval {
    .nanoseconds(Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000))
  }
}

/// Limits drawing to 60 frames per second. A single change is drawn immediately, and so is the answer to a key: the
/// frames of running work do not hold it up.
nonisolated struct FramePacer {
  static let interval = Duration.nanoseconds(16_666_667)

  private var lastFrame: ContinuousClock.Instant?
  private var lastAnswer: ContinuousClock.Instant?

  /// The time until the next frame; zero if it can be drawn now.
  func delay(at now: ContinuousClock.Instant) -> Duration { Self.delay(after: lastFrame, at: now) }

  /// The same for a frame that answers input. Of keys that repeat faster, some share a frame.
  func answerDelay(at now: ContinuousClock.Instant) -> Duration { Self.delay(after: lastAnswer, at: now) }

  mutating func didDraw(at now: ContinuousClock.Instant, answering: Bool = false) {
    lastFrame = now
    if answering { lastAnswer = now }
  }

  private static func delay(
    after last: ContinuousClock.Instant?, at now: ContinuousClock.Instant
  ) -> Duration {
    guard let last else { return .zero }
    return max(.zero, interval - last.duration(to: now))
  }
}

/// Delivers signals on the main actor, one call each, until it is stopped or deinitialized.
final class SignalReader {
  var onSignal: (Int32) -> Void = { _ in }
  private var source: (any DispatchSourceRead)?

  /// - Parameter patience: The seconds until a signal that nobody acted on ends the process.
  init(patience: UInt32) {
    let descriptor = terminal_signals_install(patience)
    guard descriptor >= 0 else { return }
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .main)
    source.setEventHandler { [weak self] in
      var signals = [UInt8](repeating: 0, count: 64)
      let count = read(descriptor, &signals, signals.count)
      for signal in signals.prefix(max(0, count)) { self?.onSignal(Int32(signal)) }
    }
    source.activate()
    self.source = source
  }

  /// Restores the previous handlers.
  func stop() {
    guard let source else { return }
    source.cancel()
    self.source = nil
    terminal_signals_remove()
  }

  isolated deinit { stop() }
}
