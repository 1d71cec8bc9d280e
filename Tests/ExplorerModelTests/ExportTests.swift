import FeatureFiles
import Foundation
import OODData
import OODDetection
import TestData
import Testing

@testable import ExplorerModel

@Suite @MainActor struct ExportTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Types a file name into the prompt after `Tab` as often as given, and confirms it.
  private func export(
    _ name: String, from store: ExplorerStore, tabs: Int = 0, purpose: Prompt.Purpose = .export
  ) async throws -> String {
    store.send(.ask(purpose))
    for _ in 0..<tabs { store.send(.cycleExport(offset: 1)) }
    await store.settle(after: .editText(.clear), .editText(.insert(folder.file(name))), .submitPrompt)
    return try String(contentsOfFile: folder.file(name), encoding: .utf8)
  }

  private func fields(_ text: String, separator: Character = "\t") -> [[String]] {
    text.split(separator: "\n").map {
      $0.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
  }

  private func store(on screen: Screen, _ data: DataSet = SmallData.dataSet()) async -> ExplorerStore {
    let store = await SmallData.store(data)
    await store.settle(after: .show(screen))
    return store
  }

  /// A filter and an order apply to the file, and every number is there, not only those that were looked at.
  @Test func samplesAreWrittenAsListed() async throws {
    let store = await store(on: .outliers)
    await store.settle(
      after: .sortOutliers(by: .squaredDistance), .ask(.filter), .editText(.insert("label >= 0")),
      .submitPrompt)
    let lines = fields(try await export("samples.tsv", from: store))
    let listed = Array(store.state.outliers.rows)
    try #require(lines.count == listed.count + 1 && listed.count > 3)
    func column(_ name: String) throws -> [String] {
      let place = try #require(lines[0].firstIndex(of: name))
      return lines.dropFirst().map { $0[place] }
    }
    #expect(try column("id") == listed.map(\.name))
    #expect(try column("score") == listed.map { "\($0.score)" })
    let names = store.state.classes
    #expect(
      try column("nearestClass") == listed.map { "\(names.label(of: $0.nearestClass) ?? -9)" })
    #expect(try column("nearestClassName") == listed.map { names.name(of: $0.nearestClass) })
    let margins = try column("margin").compactMap(Double.init)
    #expect(margins.count == listed.count && margins.allSatisfy { $0 >= 0 })
    #expect(store.state.messages.notice?.text.hasPrefix("Wrote \(listed.count) rows to ") == true)
  }

  @Test func indicesAreWrittenAsAnArray() async throws {
    let store = await store(on: .outliers)
    store.send(.toggleMark, .move(.lines(2)), .toggleMark)
    let marked = store.state.outliers.chosen.map(\.index)
    try #require(marked.count == 2)
    await store.export(to: folder.file("marked.npy"))
    let array = try FeatureFile.open(folder.file("marked.npy")).arrays[0]
    #expect(array.shape == [2] && array.elementType == .int64)
    #expect(try array.integers() == marked)
    #expect(store.state.messages.notice?.text.hasPrefix("Wrote 2 indices to ") == true)
  }

  /// The list of what a screen can export, in the order of the Tab key.
  @Test func tabGoesThroughWhatTheScreenHas() async throws {
    let store = await store(on: .scores)
    store.send(.ask(.export))
    var seen: [String] = []
    for _ in 0..<6 {
      guard let prompt = store.state.prompt else { break }
      seen.append(prompt.text)
      store.send(.cycleExport(offset: 1))
    }
    #expect(
      seen == [
        "gmmscope-scores.csv", "gmmscope-metrics.csv", "gmmscope-training-scores.csv",
        "gmmscope-histogram.csv",
        "gmmscope-screen.svg", "gmmscope-scores.csv",
      ])
    // A typed name stays, and so does another ending.
    store.send(.editText(.clear), .editText(.insert("~/mine.json")), .cycleExport(offset: 1))
    let prompt = try #require(store.state.prompt)
    #expect(prompt.text == "~/mine.json" && prompt.label == "export training scores to:")
    // Only tables of samples have indices.
    store.send(.cycleExport(offset: 1), .editText(.clear), .editText(.insert("bins.npy")), .submitPrompt)
    let rejected = try #require(store.state.prompt)
    #expect(rejected.problem == "the name must end in .csv, .tsv, .json, .md, .tex, .svg or .txt")
  }

  @Test func trainingScoresAreThoseOfTheCommand() async throws {
    let store = await store(on: .scores)
    let lines = fields(try await export("train.csv", from: store, tabs: 2), separator: ",")
    let scored = try #require(store.state.scores.scored?.train)
    #expect(lines[0] == ["index", "id", "label", "score", "nearestClass", "squaredDistance"])
    #expect(lines.dropFirst().map { $0[3] } == scored.values(store.state.setting.score).map { "\($0)" })
    let array = try await { () async throws -> [Double] in
      _ = try? await export("train.npy", from: store, tabs: 2)
      return try FeatureFile.open(folder.file("train.npy")).arrays[0].doubles()
    }()
    #expect(array == scored.values(store.state.setting.score))
  }

  /// Counted naively: every score is in one bin, and the densities integrate to the share inside the range.
  @Test func histogramIsWrittenWithItsBins() async throws {
    let store = await store(on: .scores)
    let lines = fields(try await export("bins.tsv", from: store, tabs: 3))
    let scored = try #require(store.state.scores.scored)
    let labels = try #require(store.state.data.dataSet?.test?.labels)
    let values = try #require(scored.test).values(store.state.setting.score)
    let rows = lines.dropFirst().map { $0.map(Double.init) }
    for (name, wanted) in [("inDistribution", { $0 >= 0 }), ("outOfDistribution", { $0 < 0 })]
      as [(String, (Int) -> Bool)]
    {
      let count = try #require(lines[0].firstIndex(of: "count \(name)"))
      let density = try #require(lines[0].firstIndex(of: "density \(name)"))
      let chosen = zip(values, labels).filter { wanted($1) }.map(\.0)
      for (place, row) in rows.enumerated() {
        let isLast = place == rows.count - 2
        let expected = chosen.count { value in
          (row[0].map { place == rows.count - 1 ? value > $0 : value >= $0 } ?? true)
            && (row[1].map { isLast ? value <= $0 : value < $0 } ?? true)
        }
        #expect(row[count] == Double(expected), "\(name), bin \(place)")
      }
      let inside = rows.reduce(0.0) { sum, row in
        guard let lower = row[0], let upper = row[1], let value = row[density] else { return sum }
        return sum + value * (upper - lower)
      }
      let out = (rows.first?[count] ?? 0) + (rows.last?[count] ?? 0)
      #expect(abs(inside - (1 - out / Double(chosen.count))) < 1e-12)
    }
    #expect(lines[0].contains("count train"))
  }

  @Test func mapAndPinAreWritten() async throws {
    let store = await store(on: .tuning)
    let map = fields(try await export("map.csv", from: store, tabs: 1), separator: ",")
    #expect(map[0].prefix(3) == ["pooling", "regularization", "leaveOneOutNLL"])
    #expect(map.count == 1 + store.state.tuning.map.rows.count * SmallData.path.count)
    let before = try #require(store.state.scores.scored?.test?.values(store.state.setting.score))
    let old = store.state.setting.current
    await store.settle(after: .pin, .setRegularization(SmallData.path[2]))
    let after = try #require(store.state.scores.scored?.test?.values(store.state.setting.score))
    let settings = fields(try await export("pins.tsv", from: store, tabs: 2))
    #expect(settings[1][1] == old.commandLineOptions.joined(separator: " ") && settings[2][0] == "current")
    // Spearman's rank correlation, from the ranks in the other file.
    let ranks = fields(try await export("ranks.tsv", from: store, tabs: 3))
    #expect(ranks[0] == ["index", "id", "label", "rank A", "rank", "change"])
    func rank(_ values: [Double], _ index: Int) -> Int { 1 + values.count { $0 > values[index] } }
    for (place, row) in ranks.dropFirst().enumerated() {
      let expected = (rank(before, place), rank(after, place))
      #expect(
        row[3] == "\(expected.0)" && row[4] == "\(expected.1)" && row[5] == "\(expected.1 - expected.0)")
    }
    let count = Double(ranks.count - 1)
    let squares = ranks.dropFirst().reduce(0.0) { $0 + pow(Double($1[5]) ?? 0, 2) }
    let correlation = try #require(settings[0].firstIndex(of: "rankCorrelation"))
    #expect(
      abs((Double(settings[1][correlation]) ?? 9) - (1 - 6 * squares / (count * (count * count - 1)))) < 1e-12
    )
  }

  @Test func theScreenIsDrawnByTheFrontEnd() async throws {
    let store = await store(on: .classes)
    store.shownScreen = { ShownScreen(drawing: { "the \($0.rawValue)" }, histogram: nil) }
    #expect(try await export("screen.svg", from: store) == "the svg\n")
    #expect(try await export("screen.txt", from: store) == "the txt\n")
    #expect(store.state.messages.notice?.text.hasPrefix("Wrote the screen to ") == true)
    store.shownScreen = nil
    await #expect(throws: (any Error).self) { try await export("none.svg", from: store) }
    #expect(store.state.messages.notice?.text.contains("the screen is not drawn here") == true)
  }

  /// The class table as it is shown: filtered and sorted.
  @Test func classesAreWrittenAsShown() async throws {
    let store = await store(on: .classes)
    store.send(.sortClasses(by: .name), .invertSort)
    let shown = store.state.classes.visible.map { "\(store.state.classes.label(of: $0) ?? -1)" }
    let lines = fields(try await export("classes.tsv", from: store))
    #expect(lines.dropFirst().map { $0[0] } == shown)
    #expect(shown != shown.sorted())
  }

  @Test func tildeIsTheHomeFolder() async throws {
    let state = ExplorerState(regularization: SmallData.path[0], path: SmallData.path)
    var environment = ["HOME": folder.path]
    let user = ExplorerUser(folders: UserFolders(environment: environment), keepsSessions: false)
    let store = ExplorerStore(
      state: state, runner: EffectRunner(DetectorPipeline(threadCount: 1), user: user))
    await store.settle(after: .loaded(SmallData.dataSet(), model: nil))
    await store.export(to: "~/classes.csv")
    #expect(FileManager.default.fileExists(atPath: folder.file("classes.csv")))
    environment["XDG_RUNTIME_DIR"] = folder.file("run")
    let path = try #require(ClipboardFile(UserFolders(environment: environment)).write("secret"))
    #expect(path == "~/run/gmmscope/copied.txt")
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("run/gmmscope/copied.txt"))
    #expect((attributes[.posixPermissions] as? Int) == 0o600)
  }

  @Test func rowsAreCopiedWithTheNamesOfTheirColumns() async throws {
    let store = await store(on: .outliers)
    var copied = ""
    store.onCopy = { copied = $0 }
    store.send(.copyRow)
    var lines = fields(copied)
    let row = try #require(store.state.outliers.selected)
    #expect(lines.count == 2 && lines[1][lines[0].firstIndex(of: "score") ?? 0] == "\(row.score)")
    store.send(.show(.classes), .copyRow)
    lines = fields(copied)
    #expect(
      lines[0][0] == "label"
        && lines[1][0] == "\(store.state.classes.label(of: store.state.classes.selected) ?? -1)")
    await store.settle(after: .show(.tuning), .setRegularization(try Regularization(0.033)))
    store.send(.copyRow)
    #expect(copied == "gmmscope.GMM(reg=3.3e-02)")
    store.send(.copied(copied, .sent(file: "~/copied.txt")))
    #expect(
      store.state.messages.notice?.text
        == "Sent gmmscope.GMM(reg=3.3e-02) to the terminal's clipboard, and wrote ~/copied.txt.")
  }
}
