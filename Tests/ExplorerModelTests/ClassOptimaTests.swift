import Foundation
import OODData
import TestData
import Testing

@testable import ExplorerModel
@testable import OODDetection

@Suite struct ClassOptimaTests {
  /// Three classes with known minima, and one that cannot be judged.
  private func path() throws -> LeaveOneOutPath {
    let steps = try [1e-3, 1e-2, 1e-1, 1, 10].map { try Regularization($0) }
    return LeaveOneOutPath(
      regularizations: steps, meanNLL: [5, 3, 2, 4, 9], accuracy: nil,
      classMeanNLL: [[1, 2, 3, 4, 5], [9, 5, 2, 4, 8], nil, [7, 6, 5, 4, 4.5]], includedSampleCount: 30,
      excludedLabels: [2], heldOutNLL: nil, unreachedDimensionCount: 0)
  }

  @Test func classesFarthestFromTheCommonOptimumComeFirst() throws {
    let optima = try #require(ClassOptima(try path()))
    #expect(optima.commonStep == 2)
    #expect(optima.rows.map(\.index) == [0, 3, 1])
    #expect(optima.rows.map(\.step) == [0, 3, 2])
    for (found, expected) in zip(optima.rows.map(\.decades), [-2, 1, 0.0]) {
      #expect(abs(found - expected) < 1e-12)
    }
    #expect(optima.rows.map(\.gain) == [2, 1, 0])
    #expect(optima.rows.map(\.isAtEnd) == [true, false, false])
    #expect(optima.excludedCount == 1)
    #expect(optima.counts == (1, 1, 1))
  }

  @Test func nothingToJudgeGivesNothing() throws {
    let steps = [try Regularization(1)]
    #expect(
      ClassOptima(
        LeaveOneOutPath(
          regularizations: steps, meanNLL: [.nan], accuracy: nil, classMeanNLL: [nil],
          includedSampleCount: 0, excludedLabels: [0], heldOutNLL: nil, unreachedDimensionCount: 0)) == nil)
  }

  /// The optimum of every class is where really leaving each of its samples out scores best.
  @MainActor @Test func agreesWithThePathOfTheExplorer() async throws {
    let store = await SmallData.store()
    let optima = try #require(store.state.tuning.classOptima)
    let found = try #require(store.state.tuning.sweep?.leaveOneOut)
    #expect(optima.rows.count == 3)
    for row in optima.rows {
      let values = try #require(found.classMeanNLL[row.index])
      #expect(values.allSatisfy { $0 >= values[row.step] })
      #expect(row.meanNLL == values)
    }
    store.send(.show(.tuning), .toggleTuningPane(.classes), .move(.lines(1)))
    #expect(store.state.tuning.classRow == 1)
    store.send(.enter)
    #expect(store.state.screen == .classes)
    #expect(store.state.classes.selected == optima.rows[1].index)
  }
}
