import Foundation
import Testing

@testable import TerminalRendering

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct SVGTests {
  /// The elements of a document by name; `nil` if it is not well-formed.
  private func elements(_ document: String) -> [String: [[String: String]]]? {
    final class Collector: NSObject, XMLParserDelegate {
      var elements: [String: [[String: String]]] = [:]

      func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
      ) {
        elements[name, default: []].append(attributes)
      }
    }
    let parser = XMLParser(data: Data(document.utf8))
    let collector = Collector()
    parser.delegate = collector
    return parser.parse() ? collector.elements : nil
  }

  @Test func documentsOfEverySizeAreWellFormed() throws {
    for (width, height) in [(0, 0), (1, 1), (0, 5), (30, 4)] {
      var canvas = Canvas(size: Size(width: width, height: height))
      canvas.write("<a & \"b\"> \u{1B}]0;漢字 e\u{301} ⣿▄░╭┄", at: .zero, style: Style(attributes: .reverse))
      let parsed = try #require(elements(canvas.svg(title: "<&\u{0}>")))
      #expect(parsed["svg"]?.count == 1)
      #expect(parsed["title"]?.count == 1)
      #expect(parsed["circle"]?.count == 3)
    }
  }

  @Test func chartsOfEveryKindAreWellFormed() throws {
    for look in Looks.all {
      var canvas = Canvas(size: Size(width: 40, height: 20), unicode: look.capabilities.unicode)
      HeatMap(rowCount: 9, columnCount: 9, ramp: .diverging) { Double($0 - $1) }
        .draw(into: &canvas, rect: Rect(x: 0, y: 0, width: 20, height: 10), appearance: look)
      ImageView(width: 2, height: 2, pixels: [0, 99, 200, 255])
        .draw(into: &canvas, rect: Rect(x: 20, y: 0, width: 20, height: 10), appearance: look)
      #expect(elements(canvas.svg(title: "charts")) != nil)
    }
  }

  @Test func blocksAndBrailleAreShapesNotLetters() throws {
    var canvas = Canvas(size: Size(width: 12, height: 1))
    canvas.write("█▁▌░ ⠿─┆", at: .zero, style: Style(foreground: .rgb(1, 2, 254)))
    let parsed = try #require(elements(canvas.svg(title: "shapes")))
    #expect(parsed["text"]?.count == 1)
    let shapes = (parsed["path"] ?? []).filter { $0["fill"] == "#0102fe" || $0["stroke"] == "#0102fe" }
    #expect(shapes.count == 5)
    #expect(shapes.first?["d"] == "M14 48h9v18h-9zM23 63.75h9v2.25h-9zM32 48h4.5v18h-4.5z")
  }

  @Test func wordsKeepTheWidthOfTheirCells() throws {
    var canvas = Canvas(size: Size(width: 12, height: 1))
    canvas.write("two words", at: .zero)
    let texts = try #require(elements(canvas.svg(title: ""))?["text"]).dropFirst()
    #expect(texts.map { $0["x"] } == ["14", "50"])
    #expect(texts.map { $0["textLength"] } == ["27", "45"])
  }
}
