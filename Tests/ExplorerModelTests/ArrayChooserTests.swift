import FeatureFiles
import Foundation
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// Files with an ambiguous use of arrays.
@Suite @MainActor struct ArrayChooserTests {
  private let home: ScratchFolder
  private var path: String { home.file("ambiguous.npz") }

  init() throws {
    home = try ScratchFolder()
    let count = 24
    let values = (0..<count * 3).map { sin(Double($0) * 1.7) + Double($0 / 3 % 2) }
    try NPZWriter.write(
      [
        OutputArray(name: "layer3", shape: [count, 3], values: .float64(values)),
        OutputArray(name: "layer4", shape: [count, 3], values: .float64(values.map { $0 * 2 })),
        OutputArray(name: "kind", shape: [count], values: .int64((0..<count).map { $0 % 2 })),
        OutputArray(name: "who", shape: [count], values: .strings((0..<count).map { "s\($0)" })),
        OutputArray(name: "held_out", shape: [6, 3], values: .float64(Array(values.prefix(18)))),
        OutputArray(name: "held_out_kind", shape: [6], values: .int64([0, 1, 0, 1, -1, -1])),
        OutputArray(name: "step", shape: [], values: .float64([7])),
      ], to: path)
  }

  private func store(asks: Bool = true) -> ExplorerStore {
    let user = ExplorerUser(
      folders: UserFolders(environment: ["HOME": home.path]), workingDirectory: home.path)
    return ExplorerStore(
      state: ExplorerState(path: SmallData.path),
      runner: EffectRunner(DetectorPipeline(threadCount: 1), user: asks ? user : nil))
  }

  private func opened() async -> ExplorerStore {
    let store = store()
    await store.settle(after: .open(DataRequest(train: [path])))
    return store
  }

  private func place(_ name: String, _ store: ExplorerStore) -> Int {
    store.state.choosing.arrays?.inventory.entries.firstIndex { $0.array.name == name } ?? -1
  }

  @Test func everyArrayIsListedWithItsPossibleUses() async throws {
    let chooser = try #require(await opened().state.choosing.arrays)
    let entries = Dictionary(uniqueKeysWithValues: chooser.inventory.entries.map { ($0.array.name, $0) })
    #expect(entries.count == 7)
    #expect(entries["layer3"]?.uses == [.features, .testFeatures])
    #expect(entries["kind"]?.uses == [.labels, .ids, .testLabels])
    #expect(entries["who"]?.uses == [.labels, .ids, .testLabels])
    #expect(entries["step"]?.uses == [])
    #expect(entries["layer4"]?.byteCount == 24 * 3 * 8 && entries["who"]?.byteCount == nil)
    #expect(chooser.inventory.reason.contains("has a usual name for features"))
    #expect(chooser.entry(for: .features) != nil && chooser.entry(for: .labels)?.array.name == "kind")
  }

  @Test func commandsKeepTheirError() async {
    let store = store(asks: false)
    await store.settle(after: .open(DataRequest(train: [path])))
    #expect(store.state.choosing.arrays == nil)
    guard case .useArrays(let arrays)? = store.state.messages.failure?.remedy else {
      Issue.record("no arrays are advised")
      return
    }
    #expect(arrays.map(\.features.name) == ["layer3", "layer4", "held_out"])
  }

  @Test func markedArraysAreLoadedAndShownAsOptions() async {
    let store = await opened()
    await store.settle(after: .selectRow(place("layer4", store)))
    if store.state.choosing.arrays?.entry(for: .features)?.array.name != "layer4" {
      await store.settle(after: .assign(.features))
    }
    await store.settle(afterEach: [.selectRow(place("who", store)), .assign(.ids), .enter])
    #expect(!store.state.choosing.isOpen && store.state.classes.detector != nil)
    #expect(store.state.data.request.keys == ArrayKeys(features: "layer4", labels: "kind", ids: "who"))
    #expect(store.state.data.dataSet?.train?.ids?.first == "s0")
    let said = store.state.messages.all.map(\.text)
    #expect(said.contains("Command-line options: --features layer4 --labels kind --ids who"))
    let recent = RecentOpeningsFile(UserFolders(environment: ["HOME": home.path])).read()
    #expect(recent.first?.request.keys.features == "layer4")
  }

  @Test func samplesToScoreCanBeInTheSameFile() async {
    let store = await opened()
    await store.settle(afterEach: [.selectRow(place("held_out", store)), .assign(.testFeatures)])
    await store.settle(afterEach: [.selectRow(place("held_out_kind", store)), .assign(.testLabels), .enter])
    #expect(store.state.data.dataSet?.test?.count == 6)
    #expect(store.state.data.dataSet?.test?.outOfDistributionCount == 2)
    #expect(
      store.state.data.request.keyArguments.hasSuffix("--test-features held_out --test-labels held_out_kind"))
  }

  @Test func everyArrayHasOneUseAndEveryUseOneArray() async {
    let store = await opened()
    let kind = place("kind", store)
    await store.settle(afterEach: [.selectRow(kind), .assign(.ids)])
    #expect(store.state.choosing.arrays?.use(of: kind) == .ids)
    #expect(store.state.choosing.arrays?.chosen[.labels] == nil)
    await store.settle(after: .assign(.ids))
    #expect(store.state.choosing.arrays?.use(of: kind) == nil)
    await store.settle(after: .toggleMark)
    #expect(store.state.choosing.arrays?.use(of: kind) == .labels)
    await store.settle(afterEach: [.toggleMark, .toggleMark, .toggleMark])
    #expect(store.state.choosing.arrays?.use(of: kind) == nil)
  }

  @Test func impossibleUsesAreExplained() async {
    let store = await opened()
    await store.settle(afterEach: [.selectRow(place("who", store)), .assign(.features)])
    #expect(
      store.state.messages.notice?.text.contains("‘who’ (24 string) cannot be used as features") == true)
    await store.settle(afterEach: [.selectRow(place("held_out_kind", store)), .assign(.labels), .enter])
    #expect(store.state.messages.notice?.text.contains("has 6 entries for 24 samples") == true)
    await store.settle(afterEach: [.assign(.labels), .enter])
    #expect(store.state.messages.notice?.text.contains("select the labels and press l") == true)
    #expect(store.state.choosing.arrays != nil && store.state.tasks[.load] == nil)
  }

  @Test func missingLabelsAreRequested() async {
    let store = store()
    await store.settle(after: .open(DataRequest(train: [path], keys: ArrayKeys(features: "layer3"))))
    #expect(store.state.choosing.arrays?.inventory.reason.contains("no labels") == true)
    #expect(store.state.choosing.arrays?.entry(for: .features)?.array.name == "layer3")
    await store.settle(after: .enter)
    #expect(store.state.classes.detector?.classes.count == 2)
  }

  @Test func escapeGoesBackToWhereTheFileWasNamed() async {
    let store = await opened()
    await store.settle(after: .back(mayQuit: true))
    #expect(
      !store.state.choosing.isOpen && store.state.messages.failure?.text.contains("ambiguous.npz") == true)
    await store.settle(afterEach: [.chooseFiles, .editText(.insert("ambiguous")), .enter])
    #expect(store.state.choosing.arrays != nil)
    await store.settle(after: .back(mayQuit: true))
    #expect(store.state.choosing.arrays == nil && store.state.choosing.files?.filter == "ambiguous")
    #expect(!store.state.isFinished)
  }

  @Test func arraysOfOpenFilesCanBeChosenAgain() async {
    let store = store()
    let keys = ArrayKeys(features: "layer3", labels: "kind", ids: "who")
    await store.settle(afterEach: [.open(DataRequest(train: [path], keys: keys)), .show(.data), .enter])
    #expect(store.state.choosing.arrays?.completedRequest.keys == keys)
    await store.settle(after: .back(mayQuit: true))
    #expect(
      !store.state.choosing.isOpen && store.state.screen == .data && store.state.messages.failure == nil)
    await store.settle(afterEach: [.enter, .selectRow(1), .assign(.features), .enter])
    #expect(store.state.data.request.keys.features == "layer4" && store.state.classes.detector != nil)
  }

  @Test func listingArraysOfADeletedFileKeepsTheOpenData() async throws {
    let store = store()
    let keys = ArrayKeys(features: "layer3", labels: "kind")
    await store.settle(afterEach: [.open(DataRequest(train: [path], keys: keys)), .show(.data)])
    try FileManager.default.removeItem(atPath: path)
    await store.settle(after: .enter)
    #expect(store.state.messages.notice?.text.contains("no such file") == true)
    #expect(
      store.state.messages.failure == nil && store.state.classes.detector != nil
        && !store.state.choosing.isOpen)
  }
}
