import LinearAlgebra
public import OODDetection

/// The strongest outliers with explanations: the output of `gmmscope outliers`.
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
    /// The calibrated p-value. Null without calibration samples.
    @Nullable var pValue: Double?
    /// The samples that calibrate the p-value: `held-out` or `leave-one-out`.
    @Nullable var pValueCalibration: String?
    /// The upper tail of χ² with D degrees of freedom at the squared distance. Null without a p-value,
    /// because it could be mistaken for one.
    @Nullable var gaussianTail: Double?
    @Nullable var secondClass: Int?
    @Nullable var margin: Double?
    var dimensionShares: [DimensionShare]
    /// The same of the background; null unless the score is relative.
    @Nullable var backgroundShares: [DimensionShare]?
  }

  public let schemaVersion = reportSchemaVersion
  let setting: SettingReport
  let score: String
  let regularization: Double
  public let outliers: [Row]

  /// Explains each outlier. O(k·K·D²), plus O(n·D² + D³) for each class whose p-values are calibrated by
  /// leave-one-out.
  ///
  /// - Parameters:
  ///   - rows: The outliers, as ranked by ``OutlierRow/ranked(_:of:_:by:among:limit:)``.
  ///   - shareCount: The number of largest per-dimension shares in each row.
  @concurrent
  public init(
    _ rows: [OutlierRow], of data: DataSet, _ scores: ScoredData, by detector: DetectorAtSetting,
    score: ScoreKind,
    shareCount: Int = 10, pipeline: DetectorPipeline = DetectorPipeline()
  ) async throws {
    self.score = score.rawValue
    setting = SettingReport(detector.setting)
    regularization = detector.regularization.value
    let features = try rows.compactMap { row in
      try data[row.reference.split]?.rows.matrix(at: [row.reference.index]).elements
    }
    let reasons = try detector.reasons(for: features, score: score)
    var calibrated = CalibratedClasses(of: data, scores, score)
    try await calibrated.calibrate(for: rows) {
      try await detector.heldOutDistances(of: $0, $1, $2, pipeline)
    }
    let labels = detector.classLabels
    outliers = zip(rows, reasons).map { [calibrated] row, reason in
      let (comparison, shares, background) = reason
      func largest(_ shares: [Double]) -> [DimensionShare] {
        TopK.indices(ofLargest: shareCount, in: shares).map {
          DimensionShare(dimension: $0, share: shares[$0])
        }
      }
      let pValue = calibrated.pValue(of: row)
      return Row(
        rank: row.rank, index: row.index, id: row.name, label: row.label, score: row.score,
        nearestClass: labels[row.nearestClass], squaredDistance: row.squaredDistance,
        pValue: pValue?.value, pValueCalibration: pValue?.source.rawValue,
        gaussianTail: pValue == nil ? nil : comparison.gaussianTail,
        secondClass: comparison.secondClass.map { labels[$0] }, margin: comparison.margin?.finite,
        dimensionShares: largest(shares), backgroundShares: background.map(largest))
    }
  }

  /// A one-line message if some outliers have no p-value. Nil if all have one.
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
