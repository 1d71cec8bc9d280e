import Foundation
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// Choosing files to open, in a temporary home folder.
@Suite @MainActor struct FileChooserTests {
  private let home: ScratchFolder
  private let user: ExplorerUser

  init() throws {
    home = try ScratchFolder()
    user = ExplorerUser(
      folders: UserFolders(environment: ["HOME": home.path]), workingDirectory: home.path)
    try FileManager.default.createDirectory(atPath: home.file("runs/deep"), withIntermediateDirectories: true)
    _ = try home.write(Self.table(rows: 30), to: "runs/train.csv")
    _ = try home.write(Self.table(rows: 12), to: "runs/test.csv")
    _ = try home.write("a,b,label\n1,2,0\n3,x\n", to: "runs/broken.csv")
  }

  /// Three features and a label per row.
  private static func table(rows: Int) -> String {
    "x0,x1,x2,label\n"
      + (0..<rows).map { row in
        let angle = Double(row)
        return "\(sin(angle * 2)),\(cos(angle * 3)),\(sin(angle * 5) + Double(row % 2)),\(row % 2)\n"
      }.joined()
  }

  private func store(_ request: DataRequest = DataRequest()) -> ExplorerStore {
    ExplorerStore(
      state: ExplorerState(request: request, path: SmallData.path),
      runner: EffectRunner(DetectorPipeline(threadCount: 1), user: user))
  }

  /// In the folder of the test tables.
  private func storeInRuns() async -> ExplorerStore {
    let store = store()
    await store.settle(afterEach: [.chooseFiles, .editText(.insert("runs")), .enter])
    return store
  }

  private func names(_ store: ExplorerStore) -> [String] {
    (store.state.choosing.files?.rows ?? []).map { row in
      switch row {
      case .recent(let opening): opening.request.title
      case .parent: ".."
      case .entry(let entry): entry.name
      }
    }
  }

  private func selectedName(_ store: ExplorerStore) -> String? {
    store.state.choosing.files.flatMap { chooser in
      names(store).indices.contains(chooser.selected) ? names(store)[chooser.selected] : nil
    }
  }

  @Test func startsInTheWorkingDirectoryAndNavigatesFolders() async {
    let store = store()
    await store.settle(after: .chooseFiles)
    #expect(names(store) == ["..", "runs"] && selectedName(store) == "runs")
    await store.settle(after: .enter)
    #expect(store.state.choosing.files?.folder == home.file("runs"))
    #expect(names(store) == ["..", "deep", "broken.csv", "test.csv", "train.csv"])
    await store.settle(after: .toParentFolder)
    #expect(selectedName(store) == "runs")
    await store.settle(after: .toParentFolder)
    #expect(selectedName(store) == home.path.split(separator: "/").last.map(String.init))
  }

  @Test func filterIgnoresCaseAndEscapeClearsItBeforeLeaving() async {
    let store = await storeInRuns()
    await store.settle(after: .editText(.insert("CSV t")))
    #expect(names(store) == ["test.csv", "train.csv"] && selectedName(store) == "test.csv")
    await store.settle(after: .editText(.insert("zz")))
    #expect(names(store).isEmpty)
    await store.settle(afterEach: [.enter, .move(.lines(1)), .toggleMark])
    #expect(store.state.choosing.isOpen)
    await store.settle(after: .back(mayQuit: true))
    #expect(names(store).count == 5 && !store.state.isFinished)
    await store.settle(afterEach: [.toggleMark, .back(mayQuit: true)])
    #expect(store.state.choosing.files?.marks == [] && !store.state.isFinished)
    await store.settle(after: .back(mayQuit: true))
    #expect(store.state.isFinished)
  }

  @Test func filterWithADotShowsHiddenEntries() async throws {
    _ = try home.write("", to: ".secret.npz")
    let store = store()
    await store.settle(after: .chooseFiles)
    #expect(!names(store).contains(".secret.npz"))
    await store.settle(after: .editText(.insert(".s")))
    #expect(names(store) == [".secret.npz"])
  }

  @Test func openedFileIsRememberedWithAnAbsolutePath() async {
    let store = await storeInRuns()
    await store.settle(afterEach: [.editText(.insert("train")), .enter])
    #expect(!store.state.choosing.isOpen && store.state.classes.detector != nil)
    #expect(store.state.data.request.train == [home.file("runs/train.csv")])
    let again = self.store()
    await again.settle(after: .chooseFiles)
    #expect(names(again).first == "train.csv" && again.state.choosing.files?.selected == 0)
    await again.settle(after: .enter)
    #expect(
      again.state.data.request.train == [home.file("runs/train.csv")] && again.state.classes.detector != nil)
  }

  @Test func relativePathsAreRememberedAsAbsolutePaths() async throws {
    let store = store()
    await store.settle(after: .open(DataRequest(train: ["runs/train.csv"], test: ["runs/../runs/test.csv"])))
    // The working directory of the process differs from that of the test user.
    let request = DataRequest(train: ["runs/train.csv"], test: ["runs/../runs/test.csv"])
    _ = try await EffectRunner(DetectorPipeline(threadCount: 1), user: user).perform(
      .remember(request, leaving: nil)
    ) {
      _ in
    }
    let recent = RecentOpeningsFile(user.folders).read()
    #expect(recent.map(\.request.train) == [[home.file("runs/train.csv")]])
    #expect(recent.map(\.request.test) == [[home.file("runs/test.csv")]])
    #expect(recent.first?.request.title == "train.csv + test.csv")
  }

  @Test func nothingIsStoredWithoutAUser() async throws {
    let store = ExplorerStore(
      state: ExplorerState(path: SmallData.path), runner: EffectRunner(DetectorPipeline(threadCount: 1)))
    await store.settle(after: .open(DataRequest(train: [home.file("runs/train.csv")])))
    #expect(store.state.classes.detector != nil)
    #expect(home.entries == ["runs"])
  }

  @Test func markedFilesOpenTogetherWithTheFirstForTraining() async {
    let store = await storeInRuns()
    await store.settle(afterEach: [
      .move(.toEnd), .toggleMark, .editText(.insert("test")), .toggleMark, .enter,
    ])
    #expect(store.state.data.request.train == [home.file("runs/train.csv")])
    #expect(store.state.data.request.test == [home.file("runs/test.csv")])
    #expect(store.state.data.dataSet?.test?.count == 12)
  }

  @Test func failedFileKeepsTheChooserAndTheOpenData() async {
    let store = await storeInRuns()
    await store.settle(afterEach: [.editText(.insert("train")), .enter])
    let request = store.state.data.request
    await store.settle(afterEach: [.chooseFiles, .editText(.insert("broken")), .enter])
    #expect(store.state.choosing.isOpen && store.state.choosing.files?.filter == "broken")
    #expect(store.state.messages.notice?.severity == .error)
    #expect(store.state.messages.notice?.text.contains("broken.csv") == true)
    #expect(
      store.state.messages.failure == nil && store.state.classes.detector != nil
        && store.state.data.request == request)
    await store.settle(afterEach: [.back(mayQuit: true), .back(mayQuit: true)])
    #expect(!store.state.choosing.isOpen && !store.state.isFinished)
  }

  @Test func deletedFilesAndFoldersAreReported() async throws {
    let store = await storeInRuns()
    try FileManager.default.removeItem(atPath: home.file("runs/train.csv"))
    try FileManager.default.removeItem(atPath: home.file("runs/deep"))
    await store.settle(afterEach: [.move(.toEnd), .enter])
    #expect(store.state.messages.notice?.text.contains("train.csv: no such file") == true)
    await store.settle(afterEach: [.move(.toStart), .move(.lines(1)), .enter])
    #expect(store.state.choosing.files?.listing?.problem == "No such file or directory")
    await store.settle(after: .toParentFolder)
    #expect(names(store).contains("test.csv"))
  }

  @Test func typedPathOpensFoldersAndFiles() async {
    let store = store()
    await store.settle(afterEach: [.chooseFiles, .editText(.insert("~/runs"))])
    #expect(names(store).isEmpty)
    await store.settle(after: .enter)
    #expect(store.state.choosing.files?.folder == home.file("runs"))
    await store.settle(afterEach: [.editText(.insert(home.file("runs/train.csv"))), .enter])
    #expect(store.state.data.request.train == [home.file("runs/train.csv")] && !store.state.choosing.isOpen)
  }

  @Test func modelFileOpensAsModel() async throws {
    let store = await storeInRuns()
    await store.settle(afterEach: [.editText(.insert("train")), .enter])
    let detector = try #require(store.state.classes.detector)
    let path = home.file("runs/model.safetensors")
    try ModelFile(detector: detector, regularization: try Regularization(1e-2), classNames: [])
      .write(to: path)
    let other = await storeInRuns()
    await other.settle(afterEach: [.editText(.insert("model")), .toggleMark])
    await other.settle(
      afterEach: [.editText(.clear), .editText(.insert("test")), .toggleMark, .enter])
    #expect(other.state.data.request.model == path && other.state.data.request.train.isEmpty)
    #expect(other.state.setting.regularization == (try Regularization(1e-2)))
    #expect(other.state.data.dataSet?.test?.count == 12 && other.state.scoresAreCurrent)
  }

  @Test func cancellingALoadLosesNothing() async {
    let store = await storeInRuns()
    await store.settle(afterEach: [
      .editText(.insert("train")), .enter, .chooseFiles, .editText(.insert("test")),
    ])
    var state = store.state
    let before = state
    // The path of the open data is still being computed.
    _ = state.apply(.progressed(.sweep, WorkProgress(completed: 1, planned: 2)))
    let effects = state.apply(.enter)
    #expect(state.tasks[.load] != nil && state.data.opening?.train == [home.file("runs/test.csv")])
    #expect(!effects.contains { if case .discard = $0 { true } else { false } })
    let cancelling = state.apply(.back(mayQuit: true))
    #expect(cancelling.contains { if case .discard(.load) = $0 { true } else { false } })
    #expect(state.tasks[.load] == nil && state.data.opening == nil && state.choosing.isOpen)
    #expect(state.data.request == before.data.request && state.choosing.files == before.choosing.files)
    #expect(
      state.scores.scored?.regularization == before.scores.scored?.regularization
        && state.messages.failure == nil)
    #expect(state.messages.notice?.text == "Cancelled loading.")
  }

  @Test func goingUpTwiceBeforeAFolderIsReadGoesUpTwoLevels() async {
    let store = await storeInRuns()
    store.send(.toParentFolder, .toParentFolder)
    #expect(store.state.choosing.files?.folder == FilePath.parent(of: home.path))
    await store.settle()
    #expect(store.state.choosing.files?.listing?.path == FilePath.parent(of: home.path))
  }

  @Test func enterWaitsForTheFolderThatIsBeingRead() async {
    let store = await storeInRuns()
    store.send(.toParentFolder, .enter)
    #expect(store.state.tasks[.load] == nil)
    await store.settle()
    #expect(store.state.choosing.files?.listing?.path == home.path && store.state.choosing.isOpen)
  }

  @Test func samplesWithNaNAreSkippedOnlyOnRequest() async throws {
    let lines = Self.table(rows: 30).split(separator: "\n")
    let text = (lines.prefix(4) + ["nan,0,0,1"] + lines.dropFirst(4)).joined(separator: "\n")
    _ = try home.write(text, to: "runs/holes.csv")
    let store = await storeInRuns()
    await store.settle(afterEach: [.editText(.insert("holes")), .enter])
    #expect(store.state.choosing.isOpen && store.state.messages.notice?.text.contains("NaN") == true)
    await store.settle(afterEach: [.toggleNonFinite, .enter])
    #expect(!store.state.choosing.isOpen && store.state.data.dataSet?.train?.count == 30)
  }
}
