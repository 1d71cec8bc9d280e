/// Spaces frames so that a flood of changes is drawn at most 60 times a second, and a single one at once.
nonisolated struct FramePacer {
  static let interval = Duration.nanoseconds(16_666_667)

  private var lastFrame: ContinuousClock.Instant?

  /// How long the next frame has to wait; zero if it may be drawn now.
  func delay(at now: ContinuousClock.Instant) -> Duration {
    guard let lastFrame else { return .zero }
    return max(.zero, Self.interval - lastFrame.duration(to: now))
  }

  mutating func didDraw(at now: ContinuousClock.Instant) { lastFrame = now }
}
