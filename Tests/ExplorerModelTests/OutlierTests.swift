import ExplorerModel
import Foundation
import OODData
import OODDetection
import TestData
import Testing

@Suite @MainActor struct OutlierTests {
  @Test func tableListsTheHighestScoresFirst() async throws {
    let state = await SmallData.store().state
    #expect(state.outliers.rows.count == 23)
    #expect(state.outliers.rows.map(\.rank) == Array(1...23))
    #expect(state.outliers.rows.prefix(5).allSatisfy { $0.label == -1 })
    #expect(state.outliers.rows.map(\.score) == state.outliers.rows.map(\.score).sorted(by: >))
  }

  @Test func subsetsContainTheRightSamples() async {
    let store = await SmallData.store()
    store.send(.show(.outliers), .cycleSubset(offset: 1))
    #expect(store.state.outliers.subset == .testInDistribution)
    #expect(store.state.outliers.rows.count == 18)
    #expect(store.state.outliers.rows.allSatisfy { ($0.label ?? -1) >= 0 })
    store.send(.cycleSubset(offset: 1))
    #expect(store.state.outliers.rows.count == 5)
    #expect(store.state.outliers.rows.allSatisfy { $0.label == -1 })
    store.send(.cycleSubset(offset: 1))
    #expect(store.state.outliers.rows.count == 36)
    #expect(store.state.outliers.rows.allSatisfy { $0.reference.split == .train })
  }

  @Test func selectedSampleIsExplainedAndSharesAddUp() async throws {
    let store = await SmallData.store()
    await store.settle(after: .show(.outliers))
    let sample = try #require(store.state.outliers.explained)
    #expect(sample.reference == store.state.outliers.selected?.reference)
    let distance = try #require(store.state.outliers.selected?.squaredDistance)
    let sum = sample.explanation.dimensionShares.reduce(0, +)
    #expect(abs(sum - distance) <= 1e-9 * distance)
    #expect(sample.neighbors.count == 5)
    #expect(sample.neighbors.map(\.distance) == sample.neighbors.map(\.distance).sorted())
    #expect(store.state.outliers.rows.allSatisfy { $0.detail != nil })
  }

  /// A training sample is compared by its leave-one-out distance with the other samples of its class, so the
  /// p-values of a class are 1/n … 1.
  @Test func trainingSamplesAreComparedWithTheOthersOfTheirClass() async throws {
    let store = await SmallData.store()
    store.send(.show(.outliers))
    for _ in 0..<3 { store.send(.cycleSubset(offset: 1)) }
    await store.settle()
    let rows = store.state.outliers.rows.filter { $0.nearestClass == 1 && $0.label == 1 }
    #expect(rows.count == 12)
    let values = rows.compactMap { $0.detail?.pValue?.value }.sorted()
    #expect(zip(values, 1...12).allSatisfy { abs($0 - Double($1) / 12) < 1e-12 })
    #expect(rows.allSatisfy { $0.detail?.pValue?.calibrationCount == 11 })
  }

  /// A saved model has no training samples to leave out.
  @Test func modelHasPValuesOnlyFromHeldOutSamples() async throws {
    for (count, hasPValue) in [(25, true), (6, false)] {
      let data = SmallData.dataSet(testCount: count)
      let fitted = await SmallData.store(data, goal: .fit)
      let detector = try #require(fitted.state.classes.detector)
      let model = ModelFile(detector: detector, regularization: SmallData.path[0], classNames: [])
      let store = await SmallData.store(DataSet(test: data.test), model: model)
      await store.settle(after: .show(.outliers))
      #expect(
        store.state.outliers.rows.allSatisfy { ($0.detail != nil) && ($0.detail?.pValue != nil) == hasPValue }
      )
      let shown = store.state
      let report = try await OutliersReport(
        Array(shown.outliers.rows), of: try #require(shown.data.dataSet), try #require(shown.scores.scored),
        by: try #require(shown.detectorAtSetting), score: shown.setting.score)
      #expect((report.missingPValues == nil) == hasPValue)
    }
  }

  @Test func explanationFollowsSelectionAndLambda() async throws {
    let store = await SmallData.store()
    await store.settle(after: .show(.outliers), .move(.lines(3)), .setRegularization(SmallData.path[2]))
    let sample = try #require(store.state.outliers.explained)
    #expect(sample.reference == store.state.outliers.selected?.reference)
    #expect(sample.regularization == SmallData.path[2])
  }

  @Test func sampleStaysSelectedWhenLambdaChanges() async {
    let store = await SmallData.store()
    store.send(.show(.outliers), .move(.lines(8)))
    let chosen = store.state.outliers.selected?.reference
    store.send(.setRegularization(SmallData.path[2]))
    #expect(store.state.outliers.selected?.reference == chosen)
  }

  @Test func trainingSampleIsNotItsOwnNeighbor() async throws {
    let store = await SmallData.store()
    store.send(.show(.outliers))
    for _ in 0..<3 { store.send(.cycleSubset(offset: 1)) }
    await store.settle()
    let sample = try #require(store.state.outliers.explained)
    #expect(sample.reference.split == .train)
    #expect(!sample.neighbors.contains { $0.reference == sample.reference })
    #expect(sample.neighbors.count == 5)
  }

  @Test func marksAreCopiedAndExported() async throws {
    let folder = try ScratchFolder()
    let store = await SmallData.store()
    var copied: String?
    store.onCopy = { copied = $0 }
    await store.settle(after: .show(.outliers))
    let names = store.state.outliers.rows.prefix(2).map(\.name)
    store.send(.toggleMark, .toggleMark, .copySelection)
    #expect(copied == names.joined(separator: "\n"))
    await store.export(to: folder.file("marked.csv"))
    let lines = try String(contentsOfFile: folder.file("marked.csv"), encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("rank,index,id,label,score"))
    #expect(lines[1].contains(names[0]))
    #expect(store.state.messages.notice?.text.contains("marked.csv") == true)
  }

  @Test func existingFileIsReplacedOnlyAfterConfirmation() async throws {
    let folder = try ScratchFolder()
    let path = try folder.write("precious", to: "out.csv")
    let store = await SmallData.store()
    await store.export(to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    let prompt = try #require(store.state.prompt)
    #expect(prompt.text == path && prompt.problem?.contains("exists") == true)
    // Another existing name needs confirmation again. The confirmed name is written.
    await store.settle(after: .editText(.insert("x")), .editText(.deleteBackward), .submitPrompt)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    await store.settle(after: .submitPrompt)
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("label,name,count"))
  }

  @Test func unknownEndingIsAProblem() async throws {
    let folder = try ScratchFolder()
    let store = await SmallData.store()
    store.send(.show(.outliers))
    await store.export(to: folder.file("table.xlsx"))
    let prompt = try #require(store.state.prompt)
    #expect(prompt.problem == "the name must end in .csv, .tsv, .json, .md, .tex, .npy, .svg or .txt")
    for _ in ".xlsx" { store.send(.editText(.deleteBackward)) }
    await store.settle(after: .submitPrompt)
    // Without an ending, it is CSV.
    let text = try String(contentsOfFile: folder.file("table"), encoding: .utf8)
    #expect(text.hasPrefix("rank,index,id") && text.split(separator: "\n").count == 24)
  }

  @Test func failedExportShowsAMessageAndTheExplorerContinues() async throws {
    let store = await SmallData.store()
    store.send(.show(.outliers))
    await store.export(to: "/nonexistent/folder/x.csv")
    #expect(store.state.messages.notice?.severity == .error)
    #expect(!store.state.isFinished)
  }
}
