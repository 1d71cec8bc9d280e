public import OODDetection

/// The class table: the output of `gmmscope classes`.
public struct ClassesReport: Report {
  public struct Row: Encodable, Sendable {
    var label: Int
    var name: String
    var count: Int
    @JSONNumber var weight: Double
    @JSONNumber var meanNorm: Double
    @JSONNumber var trace: Double
    @JSONNumber var logDeterminant: Double
    @JSONNumber var conditionNumber: Double
    @JSONNumber var smallestEigenvalue: Double
    @JSONNumber var largestEigenvalue: Double
    var rank: Int
    @JSONNumber var effectiveRank: Double
    @JSONNumber var ridge: Double
    @JSONNumber var scale: Double
    @Nullable var nearestClass: Int?
    @Nullable var nearestDistance: Double?
    var warnings: [String]
  }

  var schemaVersion = reportSchemaVersion
  var setting: SettingReport
  var regularization: Double
  var sampleCount: Int
  var dimension: Int
  /// The number of directions that no training sample reaches, as far as the classes' spectra tell.
  var unreachedDimensionCount: Int
  public var classes: [Row]

  /// - Parameter summaries: The class summaries at the setting.
  public init(
    _ detector: SpectralDetector, _ summaries: [ClassSummary], at setting: DetectorSetting, of data: DataSet?
  ) {
    self.setting = SettingReport(setting)
    regularization = setting.regularization.value
    unreachedDimensionCount =
      (try? detector.unreachedDimensionCount(storedEpsilon: data?.train?.rows.storedEpsilon ?? 0x1p-52)) ?? 0
    sampleCount = detector.sampleCount
    dimension = detector.dimension
    classes = summaries.map { summary in
      Row(
        label: summary.label, name: data?.name(ofLabel: summary.label) ?? String(summary.label),
        count: summary.count,
        weight: summary.weight, meanNorm: summary.meanNorm, trace: summary.trace,
        logDeterminant: summary.logDeterminant, conditionNumber: summary.conditionNumber,
        smallestEigenvalue: summary.smallestEigenvalue, largestEigenvalue: summary.largestEigenvalue,
        rank: summary.rank, effectiveRank: summary.effectiveRank, ridge: summary.ridge, scale: summary.scale,
        nearestClass: summary.nearestClass,
        nearestDistance: summary.nearestDistance?.finite, warnings: summary.warnings.map(\.code))
    }
  }

  public var table: ReportTable {
    ReportTable(
      columns: [
        "label", "name", "count", "weight", "meanNorm", "trace", "logDeterminant", "conditionNumber",
        "smallestEigenvalue", "largestEigenvalue", "rank", "effectiveRank", "ridge", "scale", "nearestClass",
        "nearestDistance", "warnings",
      ],
      rows: classes.map { row in
        [
          .integer(row.label), .text(row.name), .integer(row.count), .number(row.weight),
          .number(row.meanNorm), .number(row.trace), .number(row.logDeterminant),
          .number(row.conditionNumber), .number(row.smallestEigenvalue), .number(row.largestEigenvalue),
          .integer(row.rank), .number(row.effectiveRank), .number(row.ridge), .number(row.scale),
          row.nearestClass.map { .integer($0) } ?? .missing,
          row.nearestDistance.map { .number($0) } ?? .missing,
          .text(row.warnings.joined(separator: " ")),
        ]
      })
  }
}
