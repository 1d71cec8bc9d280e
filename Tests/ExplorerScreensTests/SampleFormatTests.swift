import ExplorerModel
import Foundation
import OODData
import OODDetection
import TerminalRendering
import Testing

@testable import ExplorerScreens

/// The sample data looks the same in every format, cell by cell, except for what a format cannot store.
@Suite(.serialized) @MainActor struct SampleFormatTests {
  /// The differences from the npz files, apart from file names in the header and on the data screen.
  struct Format: Sendable, CustomTestStringConvertible {
    let ending: String
    /// Arrays on the data screen that the format lacks or stores with another type: a table has doubles and
    /// no pictures, an npy file one array, safetensors no additional text columns.
    var otherArrays: Set<String> = []
    /// Rows of the outlier screen that differ: pictures and their key, ids and additional columns of the selected
    /// sample.
    var outlierRows: Set<Int> = []
    /// Rows of the tuning screen that name samples, if these have no ids.
    var tuningRows: Set<Int> = []
    /// Rows of the class screen that name dimensions, which only a table does.
    var classRows: Set<Int> = []
    var testDescription: String { ending }
  }

  nonisolated static let footer = 39
  nonisolated static let formats = [
    Format(ending: "pt"), Format(ending: "h5"), Format(ending: "mat"),
    Format(ending: "safetensors", otherArrays: ["source_labels"], outlierRows: [9]),
    Format(
      ending: "csv", otherArrays: ["features", "class_names", "images", "source_labels"],
      outlierRows: Set(5...35).union([footer]), classRows: Set(20...28)),
    Format(
      ending: "npy", otherArrays: ["features", "labels", "ids", "class_names", "images", "source_labels"],
      outlierRows: Set(4...37).union([footer]), tuningRows: Set(22...37)),
  ]

  private struct Look {
    var canvases: [Screen: Canvas] = [:]
    /// The outlier table: indices and scores.
    var outliers: [(index: Int, score: Double)] = []

    func lines(_ screen: Screen) -> [String] {
      canvases[screen]?.plainText().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        ?? []
    }

    /// The words of each line of the data screen, without lines that name files.
    var arrays: [[Substring]] {
      lines(.data).dropFirst().filter { !$0.contains("SampleData/digits") }
        .map { $0.split(separator: " ") }
    }
  }

  private static let size = Size(width: 120, height: 40)
  private static let header = 0
  private static var reference: Look?

  /// All screens, settled.
  private static func look(_ ending: String) async throws -> Look {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("SampleData/digits").path
    let request = DataRequest(train: ["\(folder)/train.\(ending)"], test: ["\(folder)/test.\(ending)"])
    let path = try RegularizationPath.logarithmic(from: 1e-6, through: 1e1, count: 8)
    let store = ExplorerStore(state: ExplorerState(request: request, path: path))
    await store.settle(after: .open(request))
    #expect(store.state.messages.failure == nil)
    store.send(.dismissNotice)
    var look = Look()
    for screen in Screen.allCases {
      await store.settle(after: .show(screen))
      look.canvases[screen] = Explorer.draw(
        store.state, size: size, capabilities: TerminalCapabilities(unicode: true, colorDepth: .indexed256))
    }
    look.outliers = store.state.outliers.rows.map { ($0.index, $0.score) }
    return look
  }

  @Test(arguments: formats) func everyScreenIsTheSame(_ format: Format) async throws {
    if Self.reference == nil { Self.reference = try await Self.look("npz") }
    let reference = try #require(Self.reference)
    let look = try await Self.look(format.ending)
    for screen in Screen.allCases where screen != .data {
      let (drawn, kept) = (try #require(look.canvases[screen]), try #require(reference.canvases[screen]))
      let differing = (0..<Self.size.height).filter { y in
        (0..<Self.size.width).contains { drawn[$0, y] != kept[$0, y] }
      }
      let differences: [Screen: Set<Int>] = [
        .outliers: format.outlierRows, .tuning: format.tuningRows, .classes: format.classRows,
      ]
      let expected = (differences[screen] ?? []).union([Self.header])
      #expect(Set(differing).isSubset(of: expected), "\(screen) \(look.lines(screen))")
    }
    #expect(look.outliers.count == 787)
    #expect(look.outliers.map(\.index) == reference.outliers.map(\.index))
    // A table stores nine digits of each number.
    let limit = format.ending == "csv" ? 1e-5 : 0
    #expect(
      zip(look.outliers, reference.outliers).allSatisfy {
        abs($0.score - $1.score) <= limit * max(1, abs($1.score))
      })
    let missing = reference.arrays.filter { !look.arrays.contains($0) }
    #expect(Set(missing.compactMap { $0.first.map(String.init) }) == format.otherArrays)
  }
}
