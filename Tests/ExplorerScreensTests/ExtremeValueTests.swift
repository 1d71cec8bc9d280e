import ExplorerModel
import LinearAlgebra
import OODData
import OODDetection
import TerminalRendering
import Testing

@testable import ExplorerScreens

/// Values near the limits of `Double`: every screen can be drawn and used with them.
@MainActor @Suite struct ExtremeValueTests {
  private let sizes = [Size(width: 60, height: 16), Size(width: 140, height: 45)]

  private func drawEverything(_ state: ExplorerState) {
    for screen in Screen.allCases {
      let shown = state.awaiting(.show(screen))
      var states = [shown, shown.awaiting(.enter)]
      if screen == .scores {
        states.append(
          shown.awaiting(.cycleScoreRange, .toggleLogCounts, .moveThreshold(fractionOfRange: 0.1)))
      }
      for state in states {
        #expect(Explorer.draw(state, size: sizes[0], capabilities: Fixture.ascii).size == sizes[0])
        #expect(Explorer.draw(state, size: sizes[1], capabilities: Fixture.unicode).size == sizes[1])
      }
    }
  }

  @Test(arguments: [
    .leastNonzeroMagnitude, .leastNormalMagnitude / 100, 1e-300, 1e-12, 1e12, 1e100, 1e300,
    .greatestFiniteMagnitude,
  ])
  func extremeLambdas(value: Double) async throws {
    let state = await Fixture.state(
      regularization: try Regularization(value), after: [.show(.outliers), .show(.distances)])
    drawEverything(state)
  }

  @Test(arguments: RegularizationRange.extremes)
  func extremePaths(range: RegularizationRange) async throws {
    let path = try RegularizationPath.logarithmic(from: range.first, through: range.last, count: 9)
    let store = ExplorerStore(state: ExplorerState(regularization: path[4], path: path))
    await store.settle(after: .loaded(Fixture.dataSet(), model: nil))
    #expect(store.state.tuning.sweep?.path == path)
    drawEverything(store.state)
  }

  /// Features from 1e-150 to 1e150 and classes without variance: scores overflow or are all equal.
  @Test(arguments: [1e-300, 1e-150, 1e-20, 1e20, 1e77, 1e150])
  func extremeFeatures(scale: Double) async throws {
    for isConstant in [false, true] {
      var data = Fixture.dataSet()
      for split in [Split.train, .test] {
        guard var samples = data[split] else { continue }
        var matrix = try samples.rows.matrix(at: Array(0..<samples.count))
        for row in 0..<matrix.rowCount {
          for column in 0..<matrix.columnCount {
            matrix[row, column] = isConstant ? scale : matrix[row, column] * scale
          }
        }
        samples.rows = matrix
        if split == .train { data.train = samples } else { data.test = samples }
      }
      for regularization in [1e-300, 1e-6, 1e300] {
        drawEverything(await Fixture.state(data, regularization: try Regularization(regularization)))
      }
    }
  }

  @Test func tickDecimalsAreFewForEveryRange() {
    for (low, high) in [
      (0.0, .leastNonzeroMagnitude), (0, .leastNormalMagnitude / 100), (0, 1e-300), (1, 1.000000001), (0, 1),
      (-1e300, 1e300), (0, 1e308), (2, 2),
    ] {
      #expect((0...3).contains(TuningCurveBuilder.places(toTellApart: low...high)))
    }
    // As many as it takes: 1.00000000 and 1.00000010.
    #expect(TuningCurveBuilder.places(toTellApart: 1...1.0000001) == 8)
    #expect(TuningCurveBuilder.places(toTellApart: 0...10) == 0)
    #expect(TuningCurveBuilder.places(toTellApart: 0...1) == 1)
    #expect(TuningCurveBuilder.places(toTellApart: 0...0.1) == 2)
  }
}

struct RegularizationRange: Sendable, CustomTestStringConvertible {
  var first: Double
  var last: Double

  var testDescription: String { "\(first) to \(last)" }

  static let extremes = [
    RegularizationRange(first: 1e-300, last: 1e10),
    RegularizationRange(first: .leastNonzeroMagnitude * 2000, last: 1e-300),
    RegularizationRange(first: 1e100, last: 1e300),
    RegularizationRange(first: .leastNonzeroMagnitude, last: .greatestFiniteMagnitude),
  ]
}
