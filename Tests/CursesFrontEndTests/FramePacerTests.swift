import Testing

@testable import CursesFrontEnd

@Suite struct FramePacerTests {
  private let start = ContinuousClock.now

  @Test func firstFrameDoesNotWait() {
    #expect(FramePacer().delay(at: start) == .zero)
  }

  @Test func nextFrameWaitsForTheRestOfTheInterval() {
    var pacer = FramePacer()
    pacer.didDraw(at: start)
    #expect(pacer.delay(at: start) == FramePacer.interval)
    #expect(pacer.delay(at: start + .milliseconds(10)) == FramePacer.interval - .milliseconds(10))
    #expect(pacer.delay(at: start + .seconds(1)) == .zero)
  }
}
