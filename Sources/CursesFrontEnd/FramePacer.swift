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
