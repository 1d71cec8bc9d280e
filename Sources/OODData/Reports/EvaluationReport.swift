public import OODDetection

/// Metrics of the separation of ID and OOD samples: the output of `gmmscope evaluate`.
public struct EvaluationReport: Report {
  public let schemaVersion = reportSchemaVersion
  public let setting: SettingReport
  public let score: String
  public let regularization: Double
  public let metrics: OODMetrics
  /// The share of ID samples whose likeliest class is their own; nil if their labels are unknown.
  public let accuracy: Double?

  private enum CodingKeys: String, CodingKey {
    case schemaVersion, setting, score, regularization, accuracy, inDistributionCount, outOfDistributionCount
    case auroc = "AUROC"
    case auprIn = "AUPR-IN"
    case auprOut = "AUPR-OUT"
    case fpr95TPR = "FPR95TPR"
  }

  public init(_ metrics: OODMetrics, accuracy: Double?, at setting: DetectorSetting) {
    self.setting = SettingReport(setting)
    score = setting.score.rawValue
    regularization = setting.regularization.value
    self.metrics = metrics
    self.accuracy = accuracy
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schemaVersion, forKey: .schemaVersion)
    try container.encode(setting, forKey: .setting)
    try container.encode(score, forKey: .score)
    try container.encode(regularization, forKey: .regularization)
    try container.encode(metrics.inDistributionCount, forKey: .inDistributionCount)
    try container.encode(metrics.outOfDistributionCount, forKey: .outOfDistributionCount)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(metrics.auroc, forKey: .auroc)
    try container.encode(metrics.auprIn, forKey: .auprIn)
    try container.encode(metrics.auprOut, forKey: .auprOut)
    try container.encode(metrics.fpr95TPR, forKey: .fpr95TPR)
  }

  public var table: ReportTable {
    ReportTable(
      columns: [
        "score", "regularization", "inDistributionCount", "outOfDistributionCount", "accuracy", "AUROC",
        "AUPR-IN",
        "AUPR-OUT", "FPR95TPR",
      ],
      rows: [
        [
          .text(score), .number(regularization), .integer(metrics.inDistributionCount),
          .integer(metrics.outOfDistributionCount), accuracy.map { .number($0) } ?? .missing,
          .number(metrics.auroc), .number(metrics.auprIn),
          .number(metrics.auprOut), .number(metrics.fpr95TPR),
        ]
      ])
  }
}
