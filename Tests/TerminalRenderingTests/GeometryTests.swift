import Testing

@testable import TerminalRendering

@Suite struct GeometryTests {
  static let layouts: [[Extent]] = [
    [], [.fill], [.fixed(5)], [.fixed(3), .fill], [.fill, .fixed(7), .fill], [.fraction(0.6), .fill],
    [.fraction(0.7), .fraction(0.7), .fixed(2)], [.fixed(-4), .fraction(-1), .fill],
    [.fixed(.max), .fill, .fraction(.nan)], [.fill, .fill, .fill],
  ]

  @Test(arguments: layouts) func partsNeverOverlapNorLeaveTheWhole(_ extents: [Extent]) {
    for length in 0...30 {
      for spacing in [-1, 0, 1, 4, 40] {
        let whole = Rect(x: 3, y: 2, width: length, height: length)
        for parts in [
          whole.split(columns: extents, spacing: spacing),
          whole.split(rows: extents, spacing: spacing).map {
            Rect(x: $0.y + 1, y: $0.x - 1, width: $0.height, height: $0.width)
          },
        ] {
          #expect(parts.count == extents.count)
          var free = whole.x
          for part in parts {
            #expect(part.x >= free && part.width >= 0 && part.maxX <= whole.maxX)
            #expect(part.height == whole.height)
            free = part.maxX
          }
        }
      }
    }
  }

  @Test func fillTakesTheRestAndFractionsAreOfTheWhole() {
    let whole = Rect(x: 0, y: 0, width: 101, height: 10)
    #expect(whole.split(columns: [.fixed(20), .fill, .fill], spacing: 1).map(\.width) == [20, 39, 40])
    #expect(whole.split(columns: [.fraction(0.25), .fill], spacing: 1).map(\.width) == [25, 75])
    #expect(whole.split(rows: [.fixed(1), .fill, .fixed(1)]).map(\.y) == [0, 1, 9])
  }

  @Test func insetsStopAtZeroSize() {
    let widths = [[6, 6, 4, 2, 0, 0], [5, 5, 3, 1, 0, 0], [1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]
    for expected in widths {
      let rect = Rect(x: 1, y: 1, width: expected[0], height: expected[0])
      let insets = (-1...4).map { rect.inset(by: $0) }
      #expect(insets.map(\.width) == expected)
      #expect(insets.allSatisfy { $0.x >= rect.x && $0.maxX <= rect.maxX })
    }
  }

  @Test func extremeCoordinatesDoNotOverflow() {
    let far = Rect(x: .max, y: .min, width: .max, height: .max)
    #expect(far.maxX > 0)
    #expect(far.intersection(Rect(x: 0, y: 0, width: 5, height: 5)).isEmpty)
    #expect(Size(width: -3, height: .max).width == 0)
  }

  @Test func rowsOutsideAreEmpty() {
    let rect = Rect(x: 2, y: 3, width: 4, height: 2)
    #expect(rect.row(1) == Rect(x: 2, y: 4, width: 4, height: 1))
    #expect(rect.row(2).isEmpty)
    #expect(rect.row(-1).isEmpty)
  }
}
