import Foundation
import LinearAlgebra
import OODData
import OODDetection
import Synchronization
import TestData
import Testing

@testable import ExplorerModel

@Suite @MainActor struct UndoTests {
  private func store() async -> ExplorerStore {
    let store = await SmallData.store()
    await store.settle(after: .show(.outliers))
    return store
  }

  /// Each change of the view and of the setting is undone in the reverse order, and redone in the order made.
  @Test func everythingIsUndoneInOrder() async throws {
    let store = await store()
    let changes: [(Action, String)] = [
      (.sortOutliers(by: .id), "order"), (.setThreshold(5), "threshold"),
      (.setRegularization(SmallData.path[2]), ""),
      (.toggleMark, "marks"), (.invertSort, "order"), (.cycleClassFilter(offset: 1), "filter"),
      (.markRows(10), "marks"), (.cycleScore, ""), (.clearMarks, "marks"),
    ]
    var views: [(ViewChoice, DetectorSetting)] = [(store.state.viewChoice, store.state.setting.current)]
    for (action, _) in changes {
      await store.settle(after: action)
      views.append((store.state.viewChoice, store.state.setting.current))
    }
    for place in changes.indices.reversed() {
      #expect(store.state.canUndo)
      await store.settle(after: .undo)
      #expect(
        store.state.viewChoice == views[place].0 && store.state.setting.current == views[place].1, "\(place)")
      let change = changes[place].1
      if !change.isEmpty { #expect(store.state.messages.notice?.text == "Undone: the \(change).") }
    }
    #expect(!store.state.canUndo)
    store.send(.undo)
    #expect(store.state.messages.notice?.text == "There is nothing to undo.")
    for place in changes.indices {
      await store.settle(after: .redo)
      #expect(
        store.state.viewChoice == views[place + 1].0 && store.state.setting.current == views[place + 1].1)
    }
    #expect(!store.state.canRedo)
  }

  @Test func stepsOfOneKindAreOne() async throws {
    let store = await store()
    for _ in 0..<5 { store.send(.moveThreshold(fractionOfRange: 0.01)) }
    store.send(.ask(.filter))
    for letter in "odd" { store.send(.editText(.insert(String(letter)))) }
    store.send(.submitPrompt)
    #expect(store.state.outliers.rows.count == 5)
    store.send(.undo)
    #expect(store.state.outliers.filter == nil && store.state.outliers.rows.count == 23)
    #expect(store.state.scores.thresholdIsChosen)
    store.send(.undo)
    #expect(!store.state.scores.thresholdIsChosen && !store.state.canUndo)
    // A new change ends what could be redone.
    store.send(.toggleMark)
    #expect(!store.state.canRedo)
  }

  /// A change of pooling is completed in the background; giving it up is no step.
  @Test func settingOfAnotherFitIsUndone() async throws {
    let store = await store()
    await store.settle(after: .stepPooling(1))
    store.send(.toggleMark)
    let pooled = store.state.setting.current
    #expect(pooled.fit.pooling != .none)
    store.send(.undo)
    #expect(store.state.outliers.marks.isEmpty && store.state.setting.current == pooled)
    await store.settle(after: .undo)
    #expect(store.state.setting.fit.pooling == .none)
    await store.settle(after: .redo)
    #expect(store.state.setting.current == pooled)
    store.send(.redo)
    #expect(store.state.outliers.marks.count == 1)
    store.send(.stepPooling(1), .undo)
    #expect(store.state.setting.pending == nil && store.state.outliers.marks.count == 1)
  }

  @Test func marksAreTaggedAndListed() async throws {
    let store = await store()
    store.send(.markRows(3))
    for _ in 0..<3 { store.send(.cycleSubset(offset: 1)) }
    store.send(.toggleMark)
    #expect(store.state.outliers.marks.count == 4)
    store.send(.ask(.tag), .editText(.insert("check")), .submitPrompt)
    #expect(store.state.outliers.columns.contains(.tag))
    store.send(.showSubset(.marked))
    let rows = Array(store.state.outliers.rows)
    #expect(rows.map(\.rank) == [1, 2, 3, 4])
    #expect(Set(rows.map(\.reference.split)) == [.train, .test])
    #expect(rows.map(\.score) == rows.map(\.score).sorted(by: >))
    store.send(.ask(.filter), .editText(.insert("tag = check and split = train")))
    #expect(store.state.outliers.rows.count == 1)
  }
}

@Suite @MainActor struct SessionTests {
  private let folder: ScratchFolder
  private let user: ExplorerUser

  init() throws {
    folder = try ScratchFolder()
    user = ExplorerUser(folders: UserFolders(environment: ["HOME": folder.path]))
  }

  /// The sample data as files, opened by a user.
  private func open(_ choice: SettingChoice = SettingChoice(), keepsSessions: Bool = true) async throws
    -> ExplorerStore
  {
    var user = user
    user.keepsSessions = keepsSessions
    let (train, test) = (folder.file("train.csv"), folder.file("test.csv"))
    if !FileManager.default.fileExists(atPath: train) {
      try write(SmallData.dataSet().train!, to: train)
      try write(SmallData.dataSet().test!, to: test)
    }
    let state = ExplorerState(
      request: DataRequest(train: [train], test: [test]), choice: choice, path: SmallData.path)
    let store = ExplorerStore(
      state: state, runner: EffectRunner(DetectorPipeline(threadCount: 2), user: user))
    await store.settle(after: .open(state.data.request))
    return store
  }

  private func write(_ split: DataSplit, to path: String) throws {
    let rows = try split.rows.matrix(at: Array(0..<split.count))
    let lines = (0..<split.count).map { row in
      rows.row(row).map { "\($0)" }.joined(separator: ",") + ",\(split.labels![row]),\(split.ids![row])"
    }
    try ("a,b,c,label,id\n" + lines.joined(separator: "\n") + "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
  }

  private func leave(_ store: ExplorerStore) throws {
    SessionFile(user).write(try #require(store.state.session))
  }

  private func changed() async throws -> ExplorerStore {
    let store = try await open()
    await store.settle(afterEach: [
      .sortClasses(by: .name), .selectRow(2), .show(.outliers), .setRegularization(SmallData.path[2]),
      .stepPooling(1),
      .setThreshold(4), .showSubset(.testInDistribution), .sortOutliers(by: .label), .markRows(3), .ask(.tag),
      .editText(.insert("odd ones")), .submitPrompt, .cycleClassFilter(offset: 1), .move(.lines(1)),
    ])
    return store
  }

  @Test func userComesBackToWhereTheyWere() async throws {
    let left = try await changed()
    try leave(left)
    let back = try await open()
    #expect(back.state.session == left.state.session)
    #expect(back.state.screen == .outliers && back.state.outliers.subset == .testInDistribution)
    #expect(back.state.setting.current == left.state.setting.current)
    #expect(back.state.viewChoice == left.state.viewChoice)
    #expect(back.state.outliers.selected?.name == left.state.outliers.selected?.name)
    #expect(Array(back.state.outliers.rows.map(\.name)) == Array(left.state.outliers.rows.map(\.name)))
    #expect(back.state.outliers.marks.count == 3 && Set(back.state.outliers.marks.values) == ["odd ones"])
    #expect(!back.state.canUndo)
    let attributes = try FileManager.default.attributesOfItem(atPath: user.folders.state! + "/sessions")
    #expect((attributes[.posixPermissions] as? Int) == 0o700)
  }

  /// Many changes are written once, and none not at all.
  @Test func changesAreWrittenWhileTheExplorerRuns() async throws {
    let store = try await open()
    let written = Mutex<[Int]>([])
    let file = SessionFile(user)
    let keeper = SessionKeeper(interval: .milliseconds(20), session: { store.state.session }) { session in
      file.write(session)
      written.withLock { $0.append(session.marks.count) }
    }
    store.onChange = keeper.noteChange
    store.send(.show(.outliers))
    for _ in 0..<5 { store.send(.toggleMark) }
    while written.withLock(\.isEmpty) { try await Task.sleep(for: .milliseconds(5)) }
    #expect(written.withLock(\.self) == [5])
    store.send(.dismissNotice)
    await keeper.finish()
    #expect(written.withLock(\.self) == [5])
    store.send(.toggleMark)
    await keeper.finish()
    #expect(written.withLock(\.self) == [5, 6])
    // As after the process was killed: nobody left.
    let back = try await open()
    #expect(back.state.outliers.marks.count == 6)
  }

  /// Whoever leaves before the session is back keeps it.
  @Test func sessionThatIsStillPendingIsKept() async throws {
    try leave(try await changed())
    let store = try await open()
    let kept = try #require(store.state.session)
    var state = store.state
    state.pendingSession = kept
    _ = state.apply(.clearMarks)
    #expect(state.session == kept)
  }

  @Test func chosenSettingAndNoSessionTakePrecedence() async throws {
    try leave(try await changed())
    let chosen = try await open(SettingChoice(regularization: SmallData.path[3]))
    #expect(
      chosen.state.setting.regularization == SmallData.path[3] && chosen.state.setting.fit.pooling == .none)
    #expect(chosen.state.outliers.marks.count == 3)
    let fresh = try await open(keepsSessions: false)
    #expect(fresh.state.screen == .classes && fresh.state.outliers.marks.isEmpty)
    #expect(fresh.state.setting.current == .standard)
  }

  @Test func changedFilesLoseOnlyTheirSamples() async throws {
    let left = try await changed()
    try leave(left)
    let path = folder.file("test.csv")
    let gone = try #require(left.state.session?.marks.first?.name)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.replacingOccurrences(of: ",\(gone)\n", with: ",renamed\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    let back = try await open()
    #expect(back.state.outliers.marks.count == 2)
    #expect(
      back.state.messages.all.contains { $0.text.contains("1 of 3 marked samples are no longer there") })
  }

  @Test(arguments: ["{", "{\"schemaVersion\": 9}", "[]"])
  func damagedSessionIsSetAside(_ text: String) async throws {
    try leave(try await changed())
    let sessions = user.folders.state! + "/sessions"
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: sessions).first)
    try text.write(toFile: "\(sessions)/\(name)", atomically: true, encoding: .utf8)
    let store = try await open()
    #expect(store.state.screen == .classes && store.state.outliers.marks.isEmpty)
    #expect(store.state.messages.all.contains { $0.severity == .warning && $0.text.contains("set aside") })
    #expect(try FileManager.default.contentsOfDirectory(atPath: sessions) == ["\(name).corrupt"])
  }

  /// Values of another version or made up by hand are ignored one by one.
  @Test func impossibleValuesAreIgnored() async throws {
    let left = try await changed()
    var session = try #require(left.state.session)
    (session.screen, session.subset, session.ridgeRule) = ("nowhere", "none", "most")
    (session.nearestClass, session.oodSet, session.selectedClass) = (99, -3, 17)
    session.sampleOrder.column = "weather"
    session.sampleFilter = "weather = 3"
    session.marks.append(ExplorerSession.Sample(split: "test", index: 10_000, name: "x", tag: nil))
    session.marks.append(ExplorerSession.Sample(split: "moon", index: 0, name: "x", tag: nil))
    SessionFile(user).write(session)
    let back = try await open()
    #expect(back.state.screen == .classes && back.state.outliers.subset == .test)
    #expect(back.state.setting.current == .standard)
    #expect(back.state.outliers.classFilter == nil && back.state.outliers.filter == nil)
    #expect(back.state.outliers.marks.count == 3)
  }

  @Test func reloadKeepsThePlace() async throws {
    let store = try await changed()
    let session = store.state.session
    await store.settle(after: .reload)
    #expect(store.state.session == session)
  }
}
