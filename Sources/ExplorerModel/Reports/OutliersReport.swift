import LinearAlgebra
import OODDetection

/// The strongest outliers, explained: what `gmmscope outliers` gives.
public struct OutliersReport: Report {
  public struct DimensionShare: Encodable, Sendable {
    var dimension: Int
    @JSONNumber var share: Double
  }

  public struct Row: Encodable, Sendable {
    var rank: Int
    var index: Int
    var id: String
    var label: Int?
    @JSONNumber var score: Double
    var nearestClass: Int
    @JSONNumber var squaredDistance: Double
    @JSONNumber var pValue: Double
    var secondClass: Int?
    var margin: Double?
    var dimensionShares: [DimensionShare]
  }

  public let schemaVersion = reportSchemaVersion
  let score: String
  let regularization: Double
  public let outliers: [Row]

  /// Explains the listed outliers one by one, by spectra where the state has them and by factors for its one λ where
  /// not; O(k·K·D²).
  ///
  /// - Parameter shareCount: how many of the largest shares per dimension each row names.
  public init?(_ state: ExplorerState, shareCount: Int = 10) throws {
    guard state.scoresAreComputed, let data = state.data else { return nil }
    score = state.scoreKind.rawValue
    regularization = state.regularization.value
    let features = try state.outlierRows.map { row in
      guard let samples = data[row.reference.split] else { throw CancellationError() }
      return try samples.rows.matrix(at: [row.reference.index]).elements
    }
    guard let reasons = try Self.reasons(for: features, in: state) else { throw CancellationError() }
    outliers = zip(state.outlierRows, reasons).map { row, reason in
      let (comparison, shares) = reason
      return Row(
        rank: row.rank, index: row.index, id: row.name, label: row.label, score: row.score,
        nearestClass: state.label(ofClass: row.nearestClass) ?? -1, squaredDistance: row.squaredDistance,
        pValue: comparison.pValue, secondClass: comparison.secondClass.flatMap(state.label(ofClass:)),
        margin: comparison.margin?.finite,
        dimensionShares: TopK.indices(ofLargest: shareCount, in: shares).map {
          DimensionShare(dimension: $0, share: shares[$0])
        })
    }
  }

  /// What rows say beyond their scores, from whichever detector the state has; nil where it has none.
  private static func reasons(
    for samples: [[Double]], in state: ExplorerState
  ) throws -> [(comparison: SampleComparison, dimensionShares: [Double])]? {
    if let detector = state.detector {
      return try samples.map {
        let explanation = try detector.explanation(of: $0, at: state.regularization, score: state.scoreKind)
        return (explanation.comparison, explanation.dimensionShares)
      }
    }
    return try state.factored.map { factored in
      try zip(samples, factored.comparisons(of: samples, score: state.scoreKind)).map {
        ($1, try factored.dimensionShares(of: $0, classIndex: $1.nearestClass))
      }
    }
  }

  public var table: ReportTable {
    ReportTable(
      columns: [
        "rank", "index", "id", "label", "score", "nearestClass", "squaredDistance", "pValue", "secondClass",
        "margin", "largestDimensions",
      ],
      rows: outliers.map { row in
        [
          .integer(row.rank), .integer(row.index), .text(row.id),
          row.label.map { .integer($0) } ?? .missing, .number(row.score), .integer(row.nearestClass),
          .number(row.squaredDistance), .number(row.pValue),
          row.secondClass.map { .integer($0) } ?? .missing, row.margin.map { .number($0) } ?? .missing,
          .text(row.dimensionShares.prefix(3).map { String($0.dimension) }.joined(separator: " ")),
        ]
      })
  }
}
