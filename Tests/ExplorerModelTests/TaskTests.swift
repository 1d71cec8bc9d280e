import ExplorerModel
import LinearAlgebra
import OODData
import OODDetection
import Synchronization
import TestData
import Testing

/// Rows that wait at a gate, so that a test controls when work continues.
private final class GatedRows: FeatureRows {
  let rows: Matrix
  private let isOpen = Mutex(false)

  init(_ rows: Matrix) { self.rows = rows }

  var count: Int { rows.rowCount }
  var dimension: Int { rows.columnCount }

  func open() { isOpen.withLock { $0 = true } }

  func matrix(at indices: [Int]) throws -> Matrix {
    while !isOpen.withLock({ $0 }) { try Task.checkCancellation() }
    return rows.matrix(at: indices)
  }
}

@Suite @MainActor struct TaskTests {
  private func gatedStore() async throws -> (ExplorerStore, GatedRows) {
    var data = SmallData.dataSet()
    let rows = GatedRows(try #require(data.train?.rows as? Matrix))
    data.train?.rows = rows
    return (await SmallData.store(data, settled: false), rows)
  }

  @Test func keysWorkDuringAFit() async throws {
    let (store, rows) = try await gatedStore()
    #expect(store.state.tasks.longTask?.kind == .fit)
    store.send(.show(.data), .stepRegularization(tenths: 10))
    #expect(store.state.screen == .data)
    #expect(store.state.setting.regularization.value == 1e-2)
    rows.open()
    await store.settle()
    #expect(store.state.classes.detector != nil)
    #expect(store.state.scores.scored?.regularization.value == 1e-2)
  }

  @Test func cancellingAFitLeavesAWorkingExplorer() async throws {
    let (store, rows) = try await gatedStore()
    await store.settle(after: .cancelTask)
    #expect(store.state.classes.detector == nil)
    #expect(store.state.data.dataSet != nil)
    #expect(store.state.tasks.isEmpty)
    #expect(store.state.messages.failure == nil)
    #expect(store.state.messages.notice?.text.contains("Cancelled") == true)
    rows.open()
    await store.settle(after: .loaded(SmallData.dataSet(), model: nil))
    #expect(store.state.scoresAreCurrent)
  }

  @Test func cancellingWithNothingRunningSaysHowToQuit() async {
    let store = await SmallData.store()
    store.send(.cancelTask)
    #expect(store.state.messages.notice?.text.contains("quit") == true)
    #expect(!store.state.isFinished)
  }

  @Test func failedLoadKeepsTheOpenData() async {
    let store = await SmallData.store()
    await store.settle(after: .open(DataRequest(train: ["/nonexistent/train.npz"])))
    #expect(store.state.messages.failure?.text.contains("/nonexistent/train.npz") == true)
    #expect(store.state.classes.detector != nil)
    #expect(!store.state.isFinished)
  }

  @Test func onlyTheLatestLambdaIsShown() async {
    let store = await SmallData.store()
    for _ in 0..<7 { store.send(.stepRegularization(tenths: 1)) }
    await store.settle()
    #expect(store.state.scoresAreCurrent)
    #expect(store.state.tasks.isEmpty)
  }

  @Test func progressNeverDecreasesWithinATask() async throws {
    let seen = Mutex<[Double]>([])
    let data = SmallData.dataSet()
    let train = try #require(data.train)
    _ = try await SpectralDetector.fit(train.rows, labels: try #require(train.labels), threadCount: 1) {
      progress in seen.withLock { $0.append(progress.fraction) }
    }
    let fractions = seen.withLock { $0 }
    #expect(!fractions.isEmpty)
    #expect(fractions == fractions.sorted())
    #expect(fractions.allSatisfy { (0...1).contains($0) })
  }

  @Test func failuresExcludeFailedExportsAndRejectedLambdas() async throws {
    let store = await SmallData.store()
    store.send(.failed(.export, Failure("no room")))
    #expect(store.state.messages.notice?.severity == .error)
    #expect(store.state.messages.failure == nil)
    store.send(.failed(.score, Failure("out of memory")))
    #expect(store.state.messages.failure?.text == "out of memory")
    await store.settle(after: .stepRegularization(tenths: 1))
    #expect(store.state.messages.failure == nil)
  }
}
