import Foundation
import Testing

@testable import TerminalRendering

@Suite("Colors of heat maps") struct HeatMapColorTests {
  private func color(_ map: HeatMap, _ x: Int, _ look: TerminalBackground) -> Color {
    var capabilities = TerminalCapabilities(unicode: true, colorDepth: .trueColor)
    capabilities.background = look
    var canvas = Canvas(size: Size(width: 3, height: 1))
    map.draw(into: &canvas, rect: canvas.bounds, appearance: Appearance(capabilities))
    return canvas[x, 0].style.background
  }

  @Test(arguments: TerminalBackground.allCases)
  func neutralIsTheBackground(background: TerminalBackground) {
    let near = HeatMap(rowCount: 1, columnCount: 3, ramp: .descending, showsScale: false) { _, column in
      [1, 2, 3][column]
    }
    #expect(color(near, 2, background) == .terminalDefault && color(near, 0, background) != .terminalDefault)
    let signed = HeatMap(rowCount: 1, columnCount: 3, ramp: .diverging, showsScale: false) { _, column in
      [-1, 0, 1][column]
    }
    #expect(color(signed, 1, background) == .terminalDefault)
    #expect(color(signed, 0, background) != color(signed, 2, background))
  }

  /// The ends stand out from the ground, and the steps to them do so more and more.
  @Test(arguments: TerminalBackground.allCases)
  func rampsRiseFromTheBackground(background: TerminalBackground) {
    let ground: RGB = background == .dark ? RGB(0x16, 0x18, 0x1D) : RGB(255, 255, 255)
    func contrast(_ color: RGB) -> Double {
      func luminance(_ color: RGB) -> Double {
        let channels = [color.red, color.green, color.blue].map { value -> Double in
          let part = Double(value) / 255
          return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
      }
      let (one, other) = (luminance(color), luminance(ground))
      return (max(one, other) + 0.05) / (min(one, other) + 0.05)
    }
    let rising = stride(from: 0, through: 1, by: 0.05).map {
      contrast(ColorRamp.rising(on: background).rgb($0))
    }
    #expect(rising == rising.sorted() && rising[0] < 1.1 && rising[20] > 7)
    // The same in eight colors.
    let few = stride(from: 0.2, through: 1, by: 0.1).compactMap { part -> Double? in
      guard case .ansi(let index) = ColorRamp.rising(on: background).color(part, depth: .ansi16), index < 8
      else {
        return nil
      }
      return contrast(XtermPalette.rgb(index))
    }
    #expect(few.count == 9 && few == few.sorted() && Set(few).count >= 4, "\(few)")
    for side in [-0.5, 0.5] {
      let diverging = stride(from: 0, through: 1, by: 0.05).map {
        contrast(ColorRamp.diverging(on: background).rgb(0.5 + side * $0))
      }
      #expect(diverging == diverging.sorted() && diverging[0] < 1.1 && diverging[20] > 4.5)
    }
  }

  @Test func theLeastValueOfACellStandsOutWhereLowMatters() {
    let map = HeatMap(rowCount: 20, columnCount: 20, ramp: .descending, showsScale: false) { row, column in
      row == 13 && column == 7 ? 1 : 9
    }
    var canvas = Canvas(size: Size(width: 5, height: 5), unicode: false)
    map.draw(
      into: &canvas, rect: canvas.bounds,
      appearance: Appearance(TerminalCapabilities(unicode: false, colorDepth: .none)))
    #expect(canvas.lines[3] == " @" && canvas.plainText().count { $0 == "@" } == 1)
  }
}
