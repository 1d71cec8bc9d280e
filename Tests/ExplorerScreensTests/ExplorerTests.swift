import ExplorerModel
import ExplorerScreens
import Testing
import TerminalRendering

@Suite struct ExplorerTests {
  @Test func canvasHasTheRequestedSize() {
    for size in [Size(width: 0, height: 0), Size(width: 59, height: 40), Size(width: 120, height: 40)] {
      let canvas = Explorer.draw(ExplorerState(), size: size, capabilities: Fixture.unicode)
      #expect(canvas.size == size)
    }
  }

  @Test func smallTerminalShowsTheRequiredSize() {
    let canvas = Explorer.draw(
      ExplorerState(), size: Size(width: 40, height: 10), capabilities: Fixture.unicode)
    #expect(canvas.plainText().contains("60×16"))
    #expect(canvas.plainText().contains("40×10"))
  }

  @Test(arguments: [
    (KeyPress.control("l"), FrontEndCommand.redraw), (KeyPress.control("z"), .suspend),
  ])
  func someKeysAreForTheTerminal(key: KeyPress, command: FrontEndCommand) {
    #expect(Explorer.frontEndCommand(for: .key(key), in: ExplorerState(), size: terminalSize) == command)
    #expect(
      Explorer.frontEndCommand(for: .key(.character("l")), in: ExplorerState(), size: terminalSize) == nil)
  }
}
