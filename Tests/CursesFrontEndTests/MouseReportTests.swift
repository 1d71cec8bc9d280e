import TerminalRendering
import Testing

@testable import CursesFrontEnd

@Suite struct MouseReportTests {
  private let start = ContinuousClock.now

  private func kinds(_ reports: [(String, Duration)]) throws -> [MouseEvent.Kind?] {
    var decoder = MouseDecoder()
    return try reports.map { text, time in
      decoder.decode(try #require(MouseReport(text)), time: start + time)?.kind
    }
  }

  @Test func positionsStartAtZero() throws {
    var decoder = MouseDecoder()
    let report = try #require(MouseReport("0;5;3M"))
    #expect(decoder.decode(report, time: start) == MouseEvent(.press, at: Point(x: 4, y: 2)))
  }

  @Test func everyKindOfReportIsDecoded() throws {
    let reports = ["0;5;3M", "32;6;3M", "0;6;3m", "64;1;1M", "65;1;1M"]
    #expect(try kinds(reports.map { ($0, .zero) }) == [.press, .drag, .release, .wheelUp, .wheelDown])
  }

  @Test func modifiersAreIgnored() throws {
    #expect(
      try kinds([("4;5;3M", .zero), ("48;5;3M", .zero), ("72;5;3M", .zero)]) == [.press, .drag, .wheelUp])
  }

  @Test func otherButtonsAndIdleMotionAreIgnored() throws {
    let reports = ["1;5;3M", "2;5;3M", "2;5;3m", "35;5;3M", "66;5;3M", "128;5;3M"]
    #expect(try kinds(reports.map { ($0, .zero) }).allSatisfy { $0 == nil })
  }

  @Test func secondPressIsADoubleClickAndThirdIsNot() throws {
    let presses = (0..<3).map { ("0;5;3M", Duration.milliseconds(100 * $0)) }
    #expect(try kinds(presses) == [.press, .doubleClick, .press])
  }

  @Test func slowOrDistantSecondPressIsAPress() throws {
    #expect(try kinds([("0;5;3M", .zero), ("0;5;3M", MouseDecoder.doubleClickTime)]) == [.press, .press])
    #expect(try kinds([("0;5;3M", .zero), ("0;6;3M", .zero)]) == [.press, .press])
  }

  @Test(arguments: [
    "", "M", "0;5M", "0;5;3;1M", "0;0;3M", "0;5;0M", "-1;5;3M", "0;5;3", "a;5;3M", "0;5;99999M",
  ])
  func invalidReportIsRejected(text: String) {
    #expect(MouseReport(text) == nil)
  }
}
