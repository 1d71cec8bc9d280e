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
    @Nullable var label: Int?
    @JSONNumber var score: Double
    var nearestClass: Int
    @JSONNumber var squaredDistance: Double
    /// Calibrated; null where there is nothing to calibrate it by.
    @Nullable var pValue: Double?
    /// `held-out` or `leave-one-out`: which samples the p-value is calibrated by.
    @Nullable var pValueCalibration: String?
    /// The tail of χ² with D degrees of freedom at the squared distance: never without a p-value, for which it would be
    /// taken.
    @Nullable var gaussianTail: Double?
    @Nullable var secondClass: Int?
    @Nullable var margin: Double?
    var dimensionShares: [DimensionShare]
  }

  public let schemaVersion = reportSchemaVersion
  let score: String
  let regularization: Double
  public let outliers: [Row]

  /// Explains the listed outliers one by one, by spectra where the state has them and by factors for its one λ where
  /// not; O(k·K·D²), and O(n·D² + D³) for every class whose p-values are calibrated by leave-one-out.
  ///
  /// - Parameters:
  ///   - shareCount: how many of the largest shares per dimension each row names.
  ///   - runner: how to compute; its memory limits what calibration may take.
  public init?(
    _ state: ExplorerState, shareCount: Int = 10, runner: EffectRunner = EffectRunner()
  ) async throws {
    guard state.scoresAreComputed, let data = state.data, let scores = state.scores else { return nil }
    score = state.scoreKind.rawValue
    regularization = state.regularization.value
    let features = try state.outlierRows.map { row in
      guard let samples = data[row.reference.split] else { throw CancellationError() }
      return try samples.rows.matrix(at: [row.reference.index]).elements
    }
    guard let reasons = try Self.reasons(for: features, in: state) else { throw CancellationError() }
    let pValues = try await OutlierPValues(data: data, scores: scores, score: state.scoreKind)
      .pValues(of: state.outlierRows) { try await Self.heldOutDistances(of: $0, $1, $2, in: state, runner) }
    outliers = zip(state.outlierRows, reasons).map { row, reason in
      let (comparison, shares) = reason
      let pValue = pValues[row.reference]
      return Row(
        rank: row.rank, index: row.index, id: row.name, label: row.label, score: row.score,
        nearestClass: state.label(ofClass: row.nearestClass) ?? -1, squaredDistance: row.squaredDistance,
        pValue: pValue?.value, pValueCalibration: pValue?.source.rawValue,
        gaussianTail: pValue == nil ? nil : comparison.gaussianTail,
        secondClass: comparison.secondClass.flatMap(state.label(ofClass:)), margin: comparison.margin?.finite,
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

  /// By whichever detector the state has. Where memory does not permit it there are none.
  private static func heldOutDistances(
    of classIndices: Set<Int>, _ rows: any FeatureRows, _ labels: [Int], in state: ExplorerState,
    _ runner: EffectRunner
  ) async throws -> [Int: HeldOutDistances] {
    if let detector = state.detector {
      return try await detector.heldOutDistances(
        of: classIndices, rows, labels: labels, at: state.regularization, threadCount: runner.threadCount)
    }
    do {
      return try await state.factored?.heldOutDistances(
        of: classIndices, rows, labels: labels, threadCount: runner.threadCount, memory: runner.memory) ?? [:]
    } catch DetectorError.memoryTooSmall {
      return [:]
    }
  }

  /// One line where some outliers have no p-value; nil where all have.
  public var missingPValues: String? {
    let missing = outliers.count { $0.pValue == nil }
    guard missing > 0 else { return nil }
    let which =
      missing == outliers.count
      ? "there are no p-values" : "\(missing) of \(outliers.count) outliers have no p-value"
    return
      "\(which): they need \(PValueCalibration.leastHeldOutCount) held-out ID samples nearest to the class, or the "
      + "class's training samples, at least two of them"
  }

  public var table: ReportTable {
    ReportTable(
      columns: [
        "rank", "index", "id", "label", "score", "nearestClass", "squaredDistance", "pValue",
        "pValueCalibration", "gaussianTail", "secondClass", "margin", "largestDimensions",
      ],
      rows: outliers.map { row in
        [
          .integer(row.rank), .integer(row.index), .text(row.id),
          row.label.map { .integer($0) } ?? .missing, .number(row.score), .integer(row.nearestClass),
          .number(row.squaredDistance), row.pValue.map { .number($0) } ?? .missing,
          row.pValueCalibration.map { .text($0) } ?? .missing,
          row.gaussianTail.map { .number($0) } ?? .missing,
          row.secondClass.map { .integer($0) } ?? .missing, row.margin.map { .number($0) } ?? .missing,
          .text(row.dimensionShares.prefix(3).map { String($0.dimension) }.joined(separator: " ")),
        ]
      })
  }
}
