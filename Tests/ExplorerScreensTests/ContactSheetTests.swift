import ExplorerModel
import OODData
import OODDetection
import TerminalRendering
import Testing

@testable import ExplorerScreens

@MainActor @Suite struct ContactSheetTests {
  private let size = Size(width: 100, height: 30)
  private let capabilities = TerminalCapabilities(unicode: true, colorDepth: .trueColor)

  /// Presses keys one after another, and lets the work that they request finish.
  private func press(_ keys: [KeyPress], _ data: DataSet = Fixture.dataSet()) async -> ExplorerStore {
    let store = ExplorerStore(state: ExplorerState(regularization: .standard))
    await store.settle(after: .loaded(data, model: nil))
    await store.settle(after: .show(.outliers))
    await press(keys, in: store)
    return store
  }

  private func press(_ keys: [KeyPress], in store: ExplorerStore) async {
    for key in keys {
      for action in Explorer.actions(for: .key(key), in: store.state, size: size, capabilities: capabilities)
      {
        store.send(action)
      }
      await store.settle()
    }
  }

  private func screenSize() throws -> Size { try #require(FrameLayout(size: size)).screen.size }

  private func canvas(of state: ExplorerState) throws -> Canvas {
    OutliersScreen.picture(of: state, size: try screenSize(), capabilities: capabilities)
  }

  /// Every pixel of every picture on the page: the upper half of a cell is its foreground, the lower its background.
  @Test func picturesAreDrawnPixelByPixel() async throws {
    let store = await press([.character("v")])
    let canvas = try canvas(of: store.state)
    let images = try #require(store.state.data.dataSet?.test?.images)
    // Eight cells and a gap across, four cells and a caption down, below the caption of the screen.
    let columns = (canvas.size.width + 1) / 9
    let rows = (canvas.size.height - 2) / 5
    #expect(columns * rows > 12)
    for (place, row) in store.state.outliers.rows.prefix(columns * rows).enumerated() {
      let pixels = try images.picture(at: row.reference.index).pixels
      for y in 0..<4 {
        for x in 0..<8 {
          let cell = canvas[place % columns * 9 + x, 1 + place / columns * 5 + y]
          let (upper, lower) = (pixels[2 * y * 8 + x], pixels[(2 * y + 1) * 8 + x])
          #expect(cell.text == "▀")
          #expect(cell.style.foreground == .rgb(upper, upper, upper), "picture \(place)")
          #expect(cell.style.background == .rgb(lower, lower, lower), "picture \(place)")
        }
      }
    }
  }

  @Test func cursorMovesMarksAndOpens() async throws {
    let store = await press([.character("v")])
    let columns = try #require(OutliersScreen.sheet(in: store.state, size: try screenSize())).columns
    #expect(store.state.outliers.selectedRow == 0)
    await press([.up], in: store)
    #expect(store.state.outliers.selectedRow == 0)
    await press([.right, .right, .down, .left], in: store)
    #expect(store.state.outliers.selectedRow == columns + 1)
    await press([.character(" ")], in: store)
    #expect(store.state.outliers.marks.count == 1 && store.state.outliers.selectedRow == columns + 2)
    let canvas = try canvas(of: store.state)
    #expect(canvas[9, 1 + 5 + 4].text == "●" && canvas[2 * 9, 1 + 5 + 4].text == "▸")
    let name = try #require(store.state.outliers.selected?.name)
    #expect(canvas.lines.last?.hasPrefix("\(name) · ") == true)
    // Enter shows the sample; Esc leads back to the pictures, then to the table.
    await press([.enter], in: store)
    #expect(store.state.outliers.isDetailOpen && !store.state.showsSheet)
    await press([.escape], in: store)
    #expect(store.state.showsSheet)
    await press([.escape], in: store)
    #expect(!store.state.showsSheet && store.state.outliers.selectedRow == columns + 2)
    // The last row is shorter; moving down from above its end goes to the last picture.
    await press([.character("v"), .end, .up, .down], in: store)
    #expect(store.state.outliers.selectedRow == store.state.outliers.rows.count - 1)
  }

  @Test func pagesAndClicksFollowTheLayout() async throws {
    let store = await press([.character("v")])
    let sheet = try #require(OutliersScreen.sheet(in: store.state, size: try screenSize()))
    let layout = try #require(FrameLayout(size: size))
    func click(_ column: Int, _ row: Int) {
      let position = Point(x: layout.screen.x + column, y: layout.screen.y + row)
      for action in Explorer.actions(
        for: .mouse(MouseEvent(.press, at: position)), in: store.state, size: size, capabilities: capabilities
      ) {
        store.send(action)
      }
    }
    click(2 * 9 + 3, 1 + 5 + 2)
    #expect(store.state.outliers.selectedRow == sheet.columns + 2)
    // The gap between two pictures belongs to neither.
    click(3 * 9 - 1, 2)
    #expect(store.state.outliers.selectedRow == sheet.columns + 2)
    await press([.home, .pageDown], in: store)
    #expect(store.state.outliers.selectedRow == min(sheet.capacity, store.state.outliers.rows.count - 1))
  }

  @Test func filesWithoutPicturesSaySo() async throws {
    var data = Fixture.dataSet()
    data.test?.images = nil
    let store = await press([.character("v")], data)
    #expect(!store.state.showsSheet)
    #expect(store.state.messages.notice?.text == "The files hold no pictures of these samples.")
  }

  /// Large pictures are drawn smaller until a dozen fits, and at full size where there is room or on demand.
  @Test(arguments: [
    (Size(width: 198, height: 55), false, Size(width: 28, height: 14)),
    (Size(width: 118, height: 35), false, Size(width: 14, height: 7)),
    (Size(width: 118, height: 35), true, Size(width: 28, height: 14)),
    (Size(width: 78, height: 19), false, Size(width: 9, height: 5)),
  ])
  func picturesAreAsLargeAsADozenPermits(_ size: Size, _ isLarge: Bool, _ expected: Size) async throws {
    var data = Fixture.dataSet()
    let count = data.test?.count ?? 0
    data.test?.images = ImageStack(count: count, height: 28, width: 28, channelCount: 1) { _ in
      [UInt8](repeating: 90, count: 784)
    }
    let store = await press([.character("v")] + (isLarge ? [.character("x")] : []), data)
    let sheet = try #require(OutliersScreen.sheet(in: store.state, size: size))
    #expect(sheet.picture == expected)
  }
}
