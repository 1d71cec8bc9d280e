import ExplorerModel
import OODDetection
import Testing
import TerminalRendering

@testable import ExplorerScreens
@testable import OODData

@Suite struct ArrayChooserTests {
  private func state(path: String = "/home/ada/features/cifar.npz") -> ExplorerState {
    func entry(_ name: String, _ shape: [Int], _ type: String, _ bytes: Int?, _ uses: ArrayUse...)
      -> ArrayInventory.Entry
    {
      ArrayInventory.Entry(
        array: ArrayReport(name: name, shape: shape, elementType: type, role: .unused), byteCount: bytes,
        uses: uses)
    }
    let inventory = ArrayInventory(
      path: path, reason: "\(path): none of its arrays (layer3, layer4, kind) is named like features",
      part: .train,
      entries: [
        entry("layer3", [50_000, 256], "float32", 51_200_000, .features, .testFeatures),
        entry("layer4", [50_000, 512], "float32", 102_400_000, .features, .testFeatures),
        entry("kind", [50_000], "int64", 400_000, .labels, .ids, .testLabels),
        entry("file", [50_000], "string", nil, .ids),
        entry("held_out/layer4", [10_000, 512], "float32", 20_480_000, .features, .testFeatures),
        entry("held_out/kind", [10_000], "int64", 80_000, .labels, .ids, .testLabels),
        entry("epoch", [], "int64", 8),
      ], suggestion: ArrayKeys(features: "layer3", labels: "kind"))
    var state = ExplorerState(request: DataRequest(train: [path]))
    _ = state.apply(.foundArrays(inventory))
    return state
  }

  @Test func matchesSnapshots() throws {
    try Snapshot.expect(state(), "arrays-100x30", width: 100, height: 30)
    let full = pressing(
      [
        .down, .character("f"), .down, .down, .character("i"), .down, .character("F"), .down, .character("L"),
      ],
      in: state())
    try Snapshot.expect(full, "arrays-chosen-120x30", width: 120, height: 30)
    try Snapshot.expect(full, "arrays-60x16", width: 60, height: 16)
    try Snapshot.expect(full, "arrays-ascii-80x24", width: 80, height: 24, capabilities: Fixture.ascii)
    try Snapshot.expect(
      pressing([.end, .character("f")], in: state()), "arrays-refused-80x24", width: 80, height: 24)
    try Snapshot.expect(pressing([.character("?")], in: state()), "arrays-help-80x24", width: 80, height: 24)
  }

  @Test func keysAreUnique() {
    let keys = KeyBindings.forArrayChooser.flatMap(\.keys)
    #expect(Set(keys).count == keys.count)
  }

  @Test func keysAssignUsesAndEnterLoads() {
    let chosen = pressing([.down, .character("f")], in: state())
    #expect(chosen.choosing.arrays?.entry(for: .features)?.array.name == "layer4")
    #expect(chosen.choosing.arrays?.use(of: 0) == nil)
    let loading = pressing([.enter], in: chosen)
    #expect(loading.data.opening?.keys == ArrayKeys(features: "layer4", labels: "kind"))
    #expect(loading.tasks[.load] != nil && loading.choosing.isOpen)
    let cancelled = pressing([.escape], in: loading)
    #expect(cancelled.tasks[.load] == nil && cancelled.choosing.arrays == chosen.choosing.arrays)
  }

  @Test func mouseSelectsRowsAndCyclesUses() {
    let lines = Explorer.draw(state(), size: terminalSize, capabilities: Fixture.unicode).lines
    let y = lines.lastIndex { $0.contains("file") && $0.contains("string") } ?? 0
    let clicked = sending([click(Point(x: 6, y: y), .doubleClick)], to: state())
    #expect(clicked.choosing.arrays?.entry(for: .ids)?.array.name == "file")
  }

  @Test func drawsAtEverySize() {
    for width in stride(from: 0, through: 140, by: 10) {
      for height in [0, 1, 15, 16, 17, 20, 24, 50] {
        let size = Size(width: width, height: height)
        let canvas = Explorer.draw(state(), size: size, capabilities: Fixture.ascii)
        #expect(canvas.size == size)
        #expect(canvas.plainText().utf8.allSatisfy { $0 < 0x80 })
      }
    }
  }
}
