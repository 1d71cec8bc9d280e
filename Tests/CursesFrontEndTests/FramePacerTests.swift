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

  @Test func anAnswerWaitsForAnswersOnly() {
    var pacer = FramePacer()
    pacer.didDraw(at: start)
    #expect(pacer.answerDelay(at: start) == .zero)
    pacer.didDraw(at: start + .milliseconds(1), answering: true)
    #expect(pacer.answerDelay(at: start + .milliseconds(5)) == FramePacer.interval - .milliseconds(4))
    pacer.didDraw(at: start + .milliseconds(17))
    #expect(pacer.answerDelay(at: start + .milliseconds(18)) == .zero)
    // Other frames keep their distance from answers.
    #expect(pacer.delay(at: start + .milliseconds(18)) == FramePacer.interval - .milliseconds(1))
  }
}
