/// Limits drawing to 60 frames per second. A single change is drawn immediately.
nonisolated struct FramePacer {
  static let interval = Duration.nanoseconds(16_666_667)

  private var lastFrame: ContinuousClock.Instant?

  /// The time until the next frame; zero if it can be drawn now.
  func delay(at now: ContinuousClock.Instant) -> Duration {
    guard let lastFrame else { return .zero }
    return max(.zero, Self.interval - lastFrame.duration(to: now))
  }

  mutating func didDraw(at now: ContinuousClock.Instant) { lastFrame = now }
}
