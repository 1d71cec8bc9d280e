import Foundation
import LinearAlgebra
import OODDetection
import TestData
import Testing

@testable import ExplorerModel
@testable import OODData

/// The sample table reaches every sample in every order. Expected orders are sorted here from the plain scores.
@Suite @MainActor struct SampleListTests {
  /// 250 test samples per class and 40 OOD samples, some of them inside the classes, with two columns and two OOD sets.
  private static let data: DataSet = {
    var data = SmallData.dataSet()
    var test = SmallData.split(perClass: 250, outCount: 40, phase: 0.37)
    let count = test.count
    test.labels = test.labels?.enumerated().map { $0 % 40 == 7 ? -1 : $1 }
    test.columns = [
      "source": (0..<count).map { "part \($0 % 12)" },
      "weight": (0..<count).map { "\(Double($0 * 37 % 101) / 8)" },
    ]
    test.oodSets = OODSets(
      test.labels!.enumerated().map { $1 >= 0 ? nil : OODSet($0 % 3 == 0 ? "near/b" : "a") })
    data.test = test
    return data
  }()

  private func store(_ actions: Action...) async -> ExplorerStore {
    let store = await SmallData.store(Self.data)
    for action in [.show(.outliers)] + actions { store.send(action) }
    await store.settle()
    return store
  }

  private func scores(_ store: ExplorerStore) throws -> [Double] {
    try #require(store.state.scores.scored?.test?.negativeLogLikelihood)
  }

  @Test func everySampleIsReached() async throws {
    let store = await store()
    let values = try scores(store)
    let expected = values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }
    #expect(store.state.outliers.rows.map(\.reference.index) == expected)
    #expect(store.state.outliers.rows.map(\.rank) == Array(1...790))
    store.send(.move(.toEnd))
    #expect(store.state.outliers.selected?.score == values.min())
    store.send(.invertSort)
    // The selected sample stays, and is first now.
    #expect(store.state.outliers.selectedRow == 0)
    #expect(store.state.outliers.rows.map(\.rank) == (1...790).reversed())
    await store.settle()
    #expect(store.state.outliers.explained?.reference.index == expected.last)
  }

  @Test func thresholdDividesTheSamples() async throws {
    let store = await store(.setThreshold(6))
    let (values, labels) = (try scores(store), Self.data.test!.labels!)
    func listed(_ subset: SampleSubset) -> Set<Int> {
      store.send(.showSubset(subset))
      #expect(store.state.outliers.subset == subset)
      return Set(store.state.outliers.rows.map(\.reference.index))
    }
    func expected(_ holds: (Int) -> Bool) -> Set<Int> { Set(values.indices.filter(holds)) }
    let missed = listed(.missed)
    #expect(!missed.isEmpty && missed == expected { labels[$0] < 0 && values[$0] < 6 })
    let rejected = listed(.rejected)
    #expect(!rejected.isEmpty && rejected == expected { labels[$0] >= 0 && values[$0] >= 6 })
    #expect(listed(.nearThreshold).count == 790)
    let distances = store.state.outliers.rows.map { abs($0.score - 6) }
    #expect(distances == values.map { abs($0 - 6) }.sorted())
    // The list follows the threshold.
    store.send(.setThreshold(7))
    #expect(store.state.outliers.rows.map { abs($0.score - 7) } == values.map { abs($0 - 7) }.sorted())
  }

  @Test func columnsOfTheFilesSortAndFilter() async throws {
    let store = await store()
    let columns = Self.data.test!.columns
    #expect(store.state.outliers.columns.suffix(2) == [.file("source"), .file("weight")])
    // Text sorts in natural order, numbers as numbers; equal values stay by descending score.
    store.send(.sortOutliers(by: .file("source")))
    let sources = store.state.outliers.rows.map { columns["source"]![$0.reference.index] }
    #expect(sources == (0..<12).flatMap { part in sources.filter { $0 == "part \(part)" } })
    let ranks = store.state.outliers.rows.prefix(60).map(\.rank)
    #expect(ranks == ranks.sorted())
    store.send(.sortOutliers(by: .file("weight")), .invertSort)
    let weights = store.state.outliers.rows.map { Double(columns["weight"]![$0.reference.index])! }
    #expect(weights == weights.sorted(by: >))
    store.send(.ask(.filter), .editText(.insert("source = 'part 3' and weight > 9")))
    let kept = Set(store.state.outliers.rows.map(\.reference.index))
    let values = try scores(store)
    #expect(
      kept == Set(values.indices.filter { $0 % 12 == 3 && Double(columns["weight"]![$0])! > 9 }))
    // An incomplete condition says so and changes nothing.
    store.send(.editText(.insert(" and")))
    let prompt = try #require(store.state.prompt)
    #expect(prompt.problem == "the condition is not complete")
    #expect(Set(store.state.outliers.rows.map(\.reference.index)) == kept)
    store.send(.submitPrompt)
    #expect(store.state.overlay != nil)
    store.send(.editText(.clear), .submitPrompt)
    #expect(store.state.overlay == nil && store.state.outliers.rows.count == 790)
  }

  @Test func setsAreListedAlone() async throws {
    let store = await store(.cycleSet(offset: 1))
    let sets = Self.data.test!.oodSets!
    for (place, set) in sets.sets.enumerated() {
      #expect(store.state.outliers.setFilter == place)
      let listed = Set(store.state.outliers.rows.map(\.reference.index))
      #expect(listed == Set(sets.indices.indices.filter { sets.indices[$0] == place }), "\(set.fullName)")
      store.send(.cycleSet(offset: 1))
    }
    #expect(store.state.outliers.setFilter == nil && store.state.outliers.rows.count == 790)
    store.send(.ask(.filter), .editText(.insert("set = near/b and score > 5")))
    #expect(store.state.outliers.rows.allSatisfy { $0.score > 5 && $0.label == -1 })
    #expect(!store.state.outliers.rows.isEmpty)
  }

  /// Margins and p-values take all class distances. They are computed for all samples in the background.
  @Test(arguments: [OutlierColumn.margin, .pValue, .ownDistance, .second])
  func detailsSortAllSamples(_ column: OutlierColumn) async throws {
    let store = await store(.sortOutliers(by: column))
    #expect(!store.state.outliers.isListing)
    let rows = Array(store.state.outliers.rows)
    #expect(rows.count == 790 && rows.allSatisfy { $0.detail != nil })
    func value(_ row: OutlierRow) -> Double? {
      switch column {
      case .margin: row.detail?.margin
      case .pValue: row.detail?.pValue?.value
      case .ownDistance: row.detail?.ownSquaredDistance
      default: row.detail?.secondClass.map(Double.init)
      }
    }
    let values = rows.compactMap(value)
    let isAscending = [.pValue, .second].contains(column)
    #expect(values == (isAscending ? values.sorted() : values.sorted(by: >)))
    // Samples without a value, here those whose label is no class, come last.
    #expect(rows.prefix(values.count).allSatisfy { value($0) != nil })
    #expect((values.count < 790) == (column == .ownDistance))
    let detector = try #require(store.state.classes.detector)
    for row in [rows[0], rows[400], rows[789]] {
      let features = try Self.data.test!.rows.matrix(at: [row.reference.index]).elements
      let found = try detector.explanation(of: features, at: SmallData.path[0], score: .negativeLogLikelihood)
      #expect(row.detail?.secondClass == found.comparison.secondClass)
      if let label = row.label, label >= 0 {
        let own = found.comparison.squaredDistances[label]
        #expect(abs((row.detail?.ownSquaredDistance ?? .nan) - own) <= 1e-9 * own)
      }
    }
  }

  /// The details of the rows around the selected one are computed when they are looked at.
  @Test func detailsFollowTheSelection() async throws {
    let store = await store()
    #expect(store.state.outliers.rows.first?.detail != nil && store.state.outliers.rows.last?.detail == nil)
    await store.settle(after: .move(.toEnd))
    #expect(store.state.outliers.rows.last?.detail != nil)
    #expect(store.state.outliers.rows[500].detail == nil)
  }

  @Test func tenRowsAreMarked() async throws {
    let store = await store(.markRows(10), .markRows(10))
    #expect(
      Set(store.state.outliers.marks.keys) == Set(store.state.outliers.rows.prefix(20).map(\.reference)))
    #expect(store.state.outliers.selectedRow == 20)
    store.send(.invertSort)
    #expect(store.state.outliers.chosen.map(\.rank) == (1...20).reversed())
  }

  @Test func missingSubsetIsAMessage() async throws {
    let store = await SmallData.store(DataSet(train: SmallData.dataSet().train))
    store.send(.showSubset(.missed))
    #expect(store.state.outliers.subset == .train)
    #expect(store.state.messages.notice?.text.contains("missed OOD") == true)
  }

  @Test func findSelectsWhileTyping() async throws {
    let store = await store(.move(.lines(5)), .ask(.find), .editText(.insert("odd-76")))
    let name = try #require(store.state.outliers.selected?.name)
    #expect(name.hasPrefix("odd-76"))
    store.send(.editText(.insert("zzz")))
    let prompt = try #require(store.state.prompt)
    #expect(prompt.problem == "no name contains this" && store.state.outliers.selected?.name == name)
  }

  /// A list that is wanted no longer stops early.
  @Test func cancelledWorkStops() async {
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      var work = CancellableWork()
      return (0..<100_000).count { _ in work.goesOn() }
    }
    task.cancel()
    #expect(await task.value == 4095)
    var work = CancellableWork()
    #expect((0..<100_000).count { _ in work.goesOn() } == 100_000)
  }

  @Test func valuesAreCounted() async throws {
    let store = await store(.toggleFrequencies)
    let (values, labels) = (try scores(store), Self.data.test!.labels!)
    // Ranks are all different, so labels are counted.
    var table = try #require(store.state.outliers.frequencies)
    #expect(table.column == .label && table.sampleCount == 790)
    for row in table.rows {
      let label = ["OOD": -1, "ant": 0, "bee": 1, "cat": 2][row.value.description]
      let members = values.indices.filter { labels[$0] == label }
      #expect(row.count == members.count)
      let mean = members.map { values[$0] }.reduce(0, +) / Double(members.count)
      #expect(abs(row.meanScore - mean) <= 1e-9 * abs(mean))
    }
    #expect(table.rows.map(\.count) == table.rows.map(\.count).sorted(by: >))
    while store.state.outliers.frequencies?.column != .file("weight") {
      store.send(.sortByNeighbor(offset: 1))
    }
    table = try #require(store.state.outliers.frequencies)
    // 101 different numbers from 0 to 12.5 are divided into ranges of 1.
    let weights = Self.data.test!.columns["weight"]!.map { Double($0)! }
    #expect(table.rows.count == 13)
    for (place, row) in table.rows.enumerated() {
      #expect(row.value == .range(Double(place), Double(place + 1)))
      #expect(row.count == weights.count { $0 >= Double(place) && $0 < Double(place + 1) })
    }
    // Enter lists the samples of a row, within what was listed.
    store.send(.ask(.filter), .editText(.insert("odd")), .submitPrompt, .selectRow(3))
    // Few different numbers have a row each.
    guard case .number(let chosen)? = store.state.outliers.frequencies?.rows[3].value else {
      Issue.record("the row is no number")
      return
    }
    store.send(.enter)
    let listed = store.state.outliers
    #expect(!listed.showsFrequencies && listed.filter?.text == "name ~ odd and weight = \(chosen)")
    #expect(!listed.rows.isEmpty)
    #expect(listed.rows.allSatisfy { $0.name.hasPrefix("odd") && weights[$0.reference.index] == chosen })
    store.send(.back(mayQuit: false))
    #expect(store.state.outliers.rows.count == 790)
  }

  /// Margins are counted too, which takes the details of all samples.
  @Test func detailsAreCounted() async throws {
    let store = await store(.sortOutliers(by: .margin), .toggleFrequencies)
    let table = try #require(store.state.outliers.frequencies)
    #expect(table.column == .margin && table.rows.map(\.count).reduce(0, +) == 790)
  }

  @Test func classesAreFilteredByTheirNumbers() async throws {
    var classes = await SmallData.store().state.classes
    #expect(classes.setFilter("n = 12 and label >= 1") == nil)
    #expect(Set(classes.visible) == [1, 2])
    #expect(classes.setFilter("nearest = ant or name = ant") == nil)
    #expect(classes.visible.allSatisfy { $0 == 0 || classes.summary(of: $0)?.nearestClass == 0 })
    #expect(classes.setFilter("cond > 1e300") == nil && classes.visible.isEmpty)
    #expect(classes.setFilter("size > 3") != nil && classes.visible.isEmpty)
  }

  /// Pictures far from the selected sample are forgotten.
  @Test func picturesNearTheSelectedSampleAreKept() {
    func picture(_ value: UInt8) -> Picture {
      Picture(height: 1, width: 1, channelCount: 1, pixels: [value])
    }
    let samples = (0..<3).map { SampleReference(split: .test, index: $0) }
    var sheet = ContactSheet()
    sheet.take([samples[0]: picture(0), samples[1]: picture(1)], near: Set(samples))
    sheet.take([samples[2]: picture(2)], near: [samples[1], samples[2]])
    #expect(sheet.pictures == [samples[1]: picture(1), samples[2]: picture(2)])
    // A terminal of 250 by 80 cells is filled by pictures of 8 by 8 pixels, 9 by 5 cells each with gap and
    // caption.
    #expect(ContactSheet.capacity(width: 8, height: 8) >= 250 / 9 * (80 / 5))
    #expect(ContactSheet.capacity(width: 4000, height: 4000) < 200)
  }
}
