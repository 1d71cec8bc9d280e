import Foundation
import LinearAlgebra
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

/// Probable label errors, near duplicates and whether classes are Gaussian, in the explorer.
@Suite("Audits") @MainActor struct AuditTests {
  /// Some labels are wrong, and some samples occur twice.
  private func store(after actions: [Action] = []) async throws -> ExplorerStore {
    var data = SmallData.dataSet()
    var train = try #require(data.train)
    var labels = try #require(train.labels)
    labels[0] = (labels[0] + 1) % 3
    labels[5] = (labels[5] + 2) % 3
    train.labels = labels
    var rows = try train.rows.matrix(at: Array(0..<train.count))
    for column in 0..<rows.columnCount { rows[8, column] = rows[7, column] }
    train.rows = rows
    data.train = train
    let store = await SmallData.store(data)
    await store.settle(
      afterEach: [.setRegularization(try Regularization(0.1)), .show(.outliers)] + actions)
    return store
  }

  private func toLabelErrors(_ count: Int = 7) -> [Action] {
    Array(repeating: .cycleSubset(offset: 1), count: count)
  }

  @Test func labelErrorsAreThoseOfThePipeline() async throws {
    let store = try await store(after: toLabelErrors())
    let state = store.state
    #expect(state.outliers.subset == .labelErrors)
    let audit = try #require(state.audit.audited(at: state.setting.current))
    #expect(state.outliers.rows.map(\.reference.index) == audit.labels.suspects.map(\.row))
    #expect(state.outliers.rows.compactMap { $0.suggestion?.margin } == audit.labels.suspects.map(\.margin))
    #expect(Set(state.outliers.rows.prefix(2).map(\.index)) == [0, 5])
    #expect(state.outliers.rows.allSatisfy { $0.reference.split == .train && $0.detail != nil })
    #expect(state.outliers.explained?.reference == state.outliers.selected?.reference)
    let detector = try #require(state.classes.detector)
    let samples = try #require(state.data.dataSet)
    let again = try await DetectorPipeline(threadCount: 1).audit(detector, samples, at: state.setting.current)
    #expect(again.labels.suspects == audit.labels.suspects)
  }

  @Test func anotherSettingIsAuditedAnew() async throws {
    let store = try await store(after: toLabelErrors())
    store.send(.setRegularization(try Regularization(3)))
    #expect(store.state.audit.audited(at: store.state.setting.current) == nil)
    await store.settle()
    let audit = try #require(store.state.audit.audited(at: store.state.setting.current))
    #expect(audit.setting.regularization.value == 3)
    #expect(store.state.outliers.rows.map(\.reference.index) == audit.labels.suspects.map(\.row))
    // The score does not matter to the audit.
    store.send(.cycleScore)
    #expect(store.state.audit.audited(at: store.state.setting.current) != nil)
  }

  @Test func rowsCanBeMarkedCopiedAndExported() async throws {
    let store = try await store(after: toLabelErrors() + [.toggleMark])
    var copied: String?
    store.onCopy = { copied = $0 }
    let first = store.state.outliers.rows[0]
    #expect(store.state.outliers.marks.keys.map(\.self) == [first.reference])
    store.send(.copySelection)
    #expect(copied == first.name)
    let export = try #require(store.state.exportRequest(to: "errors.csv"))
    let table = try #require(export.report?.table)
    #expect(
      table.columns.prefix(7) == [
        "rank", "index", "id", "label", "suggestedLabel", "suggestedName", "margin",
      ])
    #expect(table.rows.count == 1)
    #expect(table.plainRows[0].prefix(3) == ["1", "\(first.index)", first.name])
  }

  @Test func nearDuplicatesAreGrouped() async throws {
    let store = try await store(after: toLabelErrors(8))
    #expect(store.state.outliers.subset == .nearDuplicates)
    let pair = store.state.outliers.rows.prefix(2)
    #expect(pair.map(\.index) == [7, 8])
    #expect(pair.allSatisfy { $0.duplicate?.distance == 0 && $0.duplicate?.group == 1 })
    // The distances belong to the normalization alone.
    store.send(.setRegularization(try Regularization(2)))
    #expect(store.state.audit.nearDuplicates(at: store.state.setting.current) != nil)
  }

  @Test func neighborsAreFollowedAndLeft() async throws {
    let store = try await store(after: toLabelErrors())
    let selected = try #require(store.state.outliers.selected)
    let neighbor = try #require(store.state.outliers.explained?.neighbors.first)
    await store.settle(after: .followNeighbor)
    #expect(store.state.outliers.shown?.reference == neighbor.reference)
    #expect(store.state.outliers.explained?.reference == neighbor.reference)
    #expect(store.state.outliers.shown?.detail != nil)
    await store.settle(after: .followNeighbor)
    let chain = [selected.reference] + store.state.outliers.followed.map(\.reference)
    #expect(chain.count == 3 && Set(chain).count == 3)
    await store.settle(after: .back(mayQuit: true), .back(mayQuit: true))
    #expect(store.state.outliers.shown?.reference == selected.reference)
    #expect(!store.state.isFinished)
    // A move of the selection leaves the neighbors.
    store.send(.followNeighbor, .move(.lines(1)))
    #expect(store.state.outliers.followed.isEmpty)
  }

  @Test func classesAreCheckedOnTheirScreenOnly() async throws {
    let store = try await store(after: [.setRegularization(try Regularization(1))])
    #expect(store.state.audit.classFits(at: store.state.setting.current) == nil)
    await store.settle(after: .show(.classes))
    let fits = try #require(store.state.audit.classFits(at: store.state.setting.current))
    #expect(fits.classes.count == 3)
    #expect(fits.classes.allSatisfy { $0?.source == .leaveOneOut })
    let shares = try #require(fits.calibration?.shares())
    #expect(shares == shares.sorted())
    // By hand for one class.
    let state = store.state
    let (detector, samples) = (
      try #require(state.classes.detector), try #require(state.data.dataSet)
    )
    let train = try #require(samples.train)
    let left = try await detector.heldOutDistances(
      of: [0], train.rows, labels: try #require(train.labels), at: state.setting.regularization)
    let own = try #require(left[0]).squaredDistances
    let test = try #require(state.scores.scored?.test)
    let labels = try #require(samples.test?.labels)
    let near = labels.indices.filter { labels[$0] >= 0 && test.mostLikelyClass[$0] == 0 }
    let small = near.count { row in
      let farther = own.count { $0 >= test.squaredDistanceToMostLikely[row] }
      return Double(1 + farther) / Double(own.count + 1) < 0.1
    }
    #expect(fits.calibration?.sampleCounts[0] == near.count)
    #expect(fits.calibration?.counts[0][2] == small)
  }

  @Test func cancelledAuditStartsAgainWithItsView() async throws {
    let done = try await store(after: toLabelErrors(6))
    var state = done.state
    #expect(state.apply(.cycleSubset(offset: 1)).contains { if case .audit = $0 { true } else { false } })
    _ = state.apply(.cancelTask)
    #expect(state.tasks[.audit] == nil)
    #expect(!state.apply(.move(.lines(1))).contains { if case .audit = $0 { true } else { false } })
    var effects: [Effect] = []
    for _ in SampleSubset.allCases { effects += state.apply(.cycleSubset(offset: 1)) }
    #expect(effects.contains { if case .audit = $0 { true } else { false } })
  }

  /// Classes, scores and other screens stay as they are.
  @Test func failedAuditIsAMessage() async throws {
    var state = try await store(after: toLabelErrors(6)).state
    _ = state.apply(.cycleSubset(offset: 1))
    let effects = state.apply(.failed(.audit, Failure("no room")))
    #expect(!effects.contains { if case .audit = $0 { true } else { false } })
    #expect(state.messages.failure == nil)
    #expect(state.messages.all.contains { $0.text.contains("no room") })
  }
}
