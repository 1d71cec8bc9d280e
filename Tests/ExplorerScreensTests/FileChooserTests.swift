import Foundation
import OODDetection
import TerminalRendering
import TestData
import Testing

@testable import ExplorerModel
@testable import ExplorerScreens
@testable import OODData

/// A folder as an effect would report it.
enum ChooserFixture {
  static func time(_ day: Int, _ hour: Int) -> LocalTime {
    LocalTime(year: 2026, month: 3, day: day, hour: hour, minute: 5 * hour % 60)
  }

  static let listing = FolderListing(
    path: "/home/ada/features",
    entries: ["layer3", "layer4"].map {
      FolderEntry(name: $0, isFolder: true, modified: time(2, 9))
    } + [
      FolderEntry(name: "far-ood.npz", byteCount: 41_300_000, modified: time(4, 17)),
      FolderEntry(name: "model.safetensors", byteCount: 812_000_000, modified: time(5, 8)),
      FolderEntry(name: "test.npz", byteCount: 20_480_512, modified: time(3, 18)),
      FolderEntry(name: "train.npz", byteCount: 204_800_512, modified: time(3, 18)),
      FolderEntry(name: "train_ids.csv", byteCount: 512, modified: time(3, 19)),
    ], otherCount: 4)

  static let recent = [
    RecentOpening(
      request: DataRequest(
        train: ["/home/ada/features/train.npz"],
        test: ["/home/ada/features/test.npz", "/home/ada/features/far-ood.npz"]), opened: time(5, 9)),
    RecentOpening(
      request: DataRequest(test: ["/data/shared/svhn.npy"], model: "/data/shared/cifar.safetensors"),
      opened: time(1, 22)),
    RecentOpening(request: DataRequest(train: ["/tmp/x.h5"]), opened: time(1, 3)),
  ]

  static func state(
    _ listing: FolderListing = listing, recent: [RecentOpening] = recent, after actions: Action...
  ) -> ExplorerState {
    var state = ExplorerState()
    _ = state.apply(.chooseFiles)
    _ = state.apply(.listed(listing, recent: recent, home: "/home/ada"))
    for action in actions { _ = state.apply(action) }
    return state
  }

  static var many: FolderListing {
    FolderListing(
      path: "/home/ada/shards",
      entries: (0..<5000).map {
        FolderEntry(name: "part-\($0).npy", byteCount: 1000 * $0, modified: time(1, 1))
      })
  }
}

@Suite struct FileChooserTests {
  private let size = terminalSize

  @Test func matchesSnapshots() throws {
    let state = ChooserFixture.state()
    try Snapshot.expect(state, "files-100x30", width: 100, height: 30)
    try Snapshot.expect(state, "files-60x16", width: 60, height: 16)
    try Snapshot.expect(state, "files-ascii-80x24", width: 80, height: 24, capabilities: Fixture.ascii)
    let marked = ChooserFixture.state(
      after: .editText(.insert("tr")), .toggleMark, .editText(.clear), .editText(.insert("npz te")),
      .toggleMark)
    try Snapshot.expect(marked, "files-marked-80x24", width: 80, height: 24)
    try Snapshot.expect(
      ChooserFixture.state(ChooserFixture.many, recent: [], after: .move(.page(700))), "files-many-80x24",
      width: 80, height: 24)
    let unreadable = FolderListing(path: "/archive", problem: "Permission denied")
    try Snapshot.expect(ChooserFixture.state(unreadable), "files-unreadable-80x24", width: 80, height: 24)
    let empty = FolderListing(path: "/home/ada", otherCount: 12)
    try Snapshot.expect(ChooserFixture.state(empty, recent: []), "files-empty-60x16", width: 60, height: 16)
  }

  @Test func matchesSnapshotsOfLoadingAndFailing() throws {
    var state = ChooserFixture.state(after: .enter)
    _ = state.apply(.progressed(.load, WorkProgress(completed: 2, planned: 5)))
    try Snapshot.expect(state, "files-loading-100x30", width: 100, height: 30)
    try Snapshot.expect(state, "files-loading-60x16", width: 60, height: 16)
    _ = state.apply(
      .failed(.load, Failure("/home/ada/features/train.npz: the file ends too early; copy it again")))
    try Snapshot.expect(state, "files-failed-80x24", width: 80, height: 24)
  }

  @Test func helpShowsTheKeysOfTheChooser() throws {
    let state = pressing([.function(1)], in: ChooserFixture.state())
    try Snapshot.expect(state, "files-help-80x24", width: 80, height: 24)
    #expect(pressing([.escape], in: state).overlay == nil)
  }

  @Test func keysOfTheChooserAreUnique() {
    let keys = KeyBindings.forFileChooser.flatMap(\.keys)
    #expect(Set(keys).count == keys.count)
    // Characters edit the filter.
    #expect(!keys.contains { if case .character = $0 { true } else { false } })
  }

  @Test func charactersEditTheFilterAndEscapeLeaves() {
    let typed = pressing(.characters("qQ?:1"), in: ChooserFixture.state())
    #expect(typed.choosing.files?.filter == "qQ?:1" && typed.overlay == nil && !typed.isFinished)
    #expect(pressing([.backspace], in: typed).choosing.files?.filter == "qQ?:")
    #expect(pressing([.control("u")], in: typed).choosing.files?.filter == "")
    #expect(pressing([.escape], in: typed).choosing.files?.filter == "")
    #expect(pressing([.escape, .escape], in: typed).isFinished)
  }

  @Test func arrowsAndBackspaceNavigateFolders() {
    let state = ChooserFixture.state()
    let up = pressing([.left], in: state)
    #expect(up.choosing.files?.requestedFolder == "/home/ada")
    #expect(pressing([.backspace], in: state).choosing.files?.requestedFolder == "/home/ada")
    #expect(pressing([.left, .left, .left, .left], in: state).choosing.files?.requestedFolder == "/")
    // A recent opening has no folder to go into.
    #expect(pressing([.right], in: state).choosing.files?.requestedFolder == nil)
    let folder = pressing(.characters("layer4") + [.right], in: state)
    #expect(folder.choosing.files?.requestedFolder == "/home/ada/features/layer4")
    #expect(folder.choosing.files?.filter == "")
  }

  @Test func keysMoveThroughBothTables() {
    let state = ChooserFixture.state()
    #expect(state.choosing.files?.selected == 0)
    #expect(pressing([.end], in: state).choosing.files?.selected == 10)
    #expect(pressing([.end, .down], in: state).choosing.files?.selected == 10)
    #expect(pressing([.end, .home], in: state).choosing.files?.selected == 0)
    #expect(pressing([.down, .down, .down], in: state).choosing.files?.selectedRow == .parent)
    let many = ChooserFixture.state(ChooserFixture.many, recent: [])
    let page = pressing([.pageDown], in: many).choosing.files?.selected ?? 0
    #expect(page > 10 && page < 30)
    #expect(
      pressing([.pageDown, .pageUp], in: many).choosing.files?.selected == many.choosing.files?.selected)
  }

  @Test func controlOOpensTheChooserFromScreens() async {
    let state = await Fixture.state()
    let choosing = pressing([.control("o")], in: state)
    #expect(choosing.choosing.isOpen && choosing.choosing.files?.listing == nil)
    #expect(pressing([.escape], in: choosing).choosing.isOpen == false)
    #expect(
      PaletteOverlay(query: "open files", selected: 0, state: state).matches.first?.keys == [.control("o")])
  }

  @Test func clickSelectsAndDoubleClickOpens() throws {
    let state = ChooserFixture.state()
    let lines = Explorer.draw(state, size: terminalSize, capabilities: Fixture.unicode).lines
    func click(_ kind: MouseEvent.Kind, on name: String, in state: ExplorerState) throws -> ExplorerState {
      let y = try #require(lines.lastIndex { $0.contains(name) })
      return sending([.mouse(MouseEvent(kind, at: Point(x: 8, y: y)))], to: state)
    }
    let clicked = try click(.press, on: "test.npz", in: state)
    guard case .entry(let entry)? = clicked.choosing.files?.selectedRow else {
      Issue.record("no file is selected")
      return
    }
    #expect(entry.name == "test.npz")
    #expect(try click(.press, on: "svhn.npy", in: state).choosing.files?.selected == 1)
    #expect(
      try click(.doubleClick, on: "layer3", in: state).choosing.files?.requestedFolder?.hasSuffix("layer3")
        == true)
    #expect(
      try click(.doubleClick, on: "train.npz ", in: state).data.opening?.train == [
        "/home/ada/features/train.npz"
      ])
    #expect(try click(.wheelDown, on: "layer3", in: state).choosing.files?.selected == 3)
  }

  @Test func filterMatchesAreUnderlined() throws {
    let state = ChooserFixture.state(recent: [], after: .editText(.insert("IN np")))
    let canvas = Explorer.draw(state, size: Size(width: 80, height: 24), capabilities: Fixture.unicode)
    let text = canvas.plainText().split(separator: "\n", omittingEmptySubsequences: false)
    let y = try #require(text.firstIndex { $0.contains("train.npz") })
    let x = try #require(
      text[y].range(of: "train.npz").map { text[y].distance(from: text[y].startIndex, to: $0.lowerBound) })
    let underlined = (0..<9).map { canvas[x + $0, y].style.attributes.contains(.underline) }
    // "tra" "in" "." "np" "z"
    #expect(underlined == [false, false, false, true, true, false, true, true, false])
  }

  @Test func drawsAtEverySizeOnEveryTerminal() {
    let states = [
      ChooserFixture.state(), ChooserFixture.state(ChooserFixture.many),
      ChooserFixture.state(FolderListing(path: "/", problem: "no λ")), ChooserFixture.state(after: .enter),
    ]
    for state in states {
      for width in stride(from: 0, through: 140, by: 10) {
        for height in [0, 1, 15, 16, 17, 20, 24, 50] {
          let size = Size(width: width, height: height)
          let canvas = Explorer.draw(state, size: size, capabilities: Fixture.ascii)
          #expect(canvas.size == size)
        }
      }
    }
    let text = Explorer.draw(ChooserFixture.state(), size: size, capabilities: Fixture.ascii).plainText()
    #expect(text.utf8.allSatisfy { $0 < 0x80 } && !text.contains("?"))
  }
}
