import LinearAlgebra
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

@Suite @MainActor struct PlaneTests {
  private func opened(_ data: DataSet = SmallData.dataSet()) async -> ExplorerStore {
    let store = await SmallData.store(data)
    await store.settle(after: .show(.distances), .plane(.toggle))
    return store
  }

  @Test func showsAllFewClassesWithEverySample() async throws {
    let store = await opened()
    let found = try #require(store.state.distances.plane.found)
    #expect(store.state.planeIsCurrent)
    #expect(found.plane.classIndices == [0, 1, 2])
    #expect(found.train.kept.count == 36 && found.train.count == 36)
    #expect(found.heldOut.kept.count == 18)
    #expect(found.outOfDistribution.kept.count == 5)
    #expect(found.outOfDistribution.kept.allSatisfy { $0.place == nil })
    // The samples are where the plane of the detector puts them.
    let detector = try #require(store.state.classes.detector)
    let train = try #require(store.state.data.dataSet?.train)
    let plane = try await detector.discriminantPlane(of: [0, 1, 2], at: store.state.setting.regularization)
    let expected = try plane.coordinates(of: train.rows, at: [7])
    let sample = try #require(found.train.kept.first { $0.reference.index == 7 })
    #expect(sample.x == expected[0, 0] && sample.y == expected[0, 1])
    #expect(sample.place == 0)
  }

  @Test func followsTheSettingAndTheChosenClasses() async throws {
    let store = await opened()
    store.send(.stepRegularization(tenths: 10))
    #expect(!store.state.planeIsCurrent)
    await store.settle()
    #expect(store.state.planeIsCurrent)
    var seen: [[Int]] = []
    for _ in 0..<3 {
      seen.append(store.state.planeClasses)
      await store.settle(after: .plane(.cycleChoice(1)))
      #expect(store.state.planeIsCurrent)
    }
    // Three classes have no neighborhood that differs from all of them.
    #expect(Set(seen) == [[0, 1, 2], [0], [0, 1]])
  }

  @Test func cursorMovesInItsDirectionAndOpensTheSample() async throws {
    let store = await opened()
    store.send(.plane(.openSample))
    #expect(store.state.screen == .distances)
    func step(_ x: Int, _ y: Int) {
      store.send(.plane(.moveCursor(x: x, y: y, stepX: 0.01, stepY: 0.01)))
    }
    step(1, 0)
    let first = try #require(store.state.distances.plane.cursor)
    step(1, 0)
    let second = try #require(store.state.distances.plane.cursor)
    #expect(second.x > first.x)
    step(0, 1)
    let third = try #require(store.state.distances.plane.cursor)
    #expect(third.y > second.y || third == second)
    step(0, -1)
    step(-1, 0)
    let last = try #require(store.state.distances.plane.cursor)
    store.send(.plane(.toggleMark))
    #expect(store.state.outliers.marks[last.reference] == "")
    await store.settle(after: .enter)
    #expect(store.state.screen == .outliers)
    #expect(store.state.outliers.selected?.reference == last.reference)
    store.send(.undo)
    #expect(store.state.outliers.marks.isEmpty)
  }

  @Test func everySampleCanBeReached() async throws {
    let store = await opened()
    let samples = store.state.distances.plane.samples
    var reached = Set<SampleReference>()
    for sample in samples {
      store.send(.plane(.placeCursor(x: sample.x, y: sample.y)))
      if let cursor = store.state.distances.plane.cursor { reached.insert(cursor.reference) }
    }
    #expect(reached.count == Set(samples.map { [$0.x, $0.y] }).count)
  }

  @Test func zoomKeepsTheCursorInPlaceAndEscLeaves() async throws {
    let store = await opened()
    store.send(.plane(.placeCursor(x: 0, y: 0)))
    let cursor = try #require(store.state.distances.plane.cursor)
    let before = try #require(store.state.distances.plane.range)
    store.send(.plane(.zoom(0.5)))
    let after = try #require(store.state.distances.plane.range)
    func part(_ value: Double, _ range: ClosedRange<Double>) -> Double {
      (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }
    #expect(abs(part(cursor.x, before.x) - part(cursor.x, after.x)) < 1e-9)
    #expect(
      abs((after.x.upperBound - after.x.lowerBound) * 2 - (before.x.upperBound - before.x.lowerBound)) < 1e-9)
    store.send(.plane(.pan(x: 0.5, y: 0)))
    let panned = try #require(store.state.distances.plane.range)
    #expect(panned.x.lowerBound > after.x.lowerBound)
    // Zooming in does not go beyond the digits of the coordinates.
    for _ in 0..<200 { store.send(.plane(.zoom(0.5))) }
    let deepest = try #require(store.state.distances.plane.range)
    #expect(deepest.x.lowerBound < deepest.x.upperBound)
    store.send(.back(mayQuit: true))
    #expect(!store.state.distances.plane.isZoomed && store.state.distances.plane.isOpen)
    store.send(.back(mayQuit: true))
    #expect(!store.state.distances.plane.isOpen && !store.state.isFinished)
  }

  @Test func layersHideSamples() async throws {
    let store = await opened()
    var counts = Set<Int>()
    for _ in 0..<PlaneLayers.allCases.count {
      counts.insert(store.state.distances.plane.samples.count)
      store.send(.plane(.cycleLayers(1)))
    }
    #expect(counts == [36, 36 + 18, 36 + 5, 36 + 18 + 5])
  }

  @Test func manySamplesAreThinnedAndCounted() async throws {
    let limits = ClassPlane.largestCounts
    var data = SmallData.dataSet()
    data.train = SmallData.split(perClass: 10_000, outCount: 0, phase: 0)
    let detector = try await SpectralDetector.fit(
      try #require(data.train).rows, labels: try #require(data.train?.labels))
    let plane = try await DetectorPipeline().plane(detector, data, of: [0, 2], at: .standard)
    #expect(plane.train.count == 20_000 && plane.train.kept.count == limits.train)
    let all = try await DetectorPipeline().plane(detector, data, of: [0, 1, 2], at: .standard)
    #expect(all.train.count == 30_000 && all.train.kept.count == limits.train)
    // Every class keeps its share.
    for place in 0..<3 {
      let count = all.train.kept.count { $0.place == place }
      #expect(abs(count - limits.train / 3) <= 1)
    }
  }

  @Test func oneClassAndNoOutliersHaveAPlane() async throws {
    var data = SmallData.dataSet(hasOutOfDistribution: false)
    let split = SmallData.split(perClass: 12, outCount: 0, phase: 0)
    data.train = DataSplit(rows: split.rows.rowsOfFirstClass, labels: [Int](repeating: 0, count: 12))
    data.test = nil
    let store = await opened(data)
    let found = try #require(store.state.distances.plane.found)
    #expect(found.plane.classIndices == [0])
    #expect(found.outOfDistribution.count == 0 && found.heldOut.count == 0)
    guard case .variance = found.plane.axes[0] else {
      Issue.record("\(found.plane.axes)")
      return
    }
  }
}

extension FeatureRows {
  fileprivate var rowsOfFirstClass: any FeatureRows {
    guard let rows = try? matrix(at: Array(0..<12)) else { return self }
    return rows
  }
}
