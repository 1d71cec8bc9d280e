public import OODDetection

/// Metrics of the separation of ID and OOD samples, by OOD set: the output of `gmmscope evaluate`.
public struct EvaluationReport: Report {
  /// The metrics of a set, of all OOD samples, or means over sets.
  struct Figures: Encodable, Sendable {
    var name: String?
    var group: String?
    var count: Int
    var metrics: MetricValues
    /// Nil for means.
    var intervals: OODSetMetrics?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: ReportKey.self)
      try container.encode(count, forKey: "count")
      if let name {
        try container.encode(name, forKey: "name")
        if intervals != nil { try container.encode(group, forKey: "group") }
      }
      try metrics.encode(into: &container)
      if let intervals { try Self.encode(intervals, into: &container) }
    }

    static func encode(
      _ set: OODSetMetrics, into container: inout KeyedEncodingContainer<ReportKey>
    ) throws {
      for (metric, interval) in MetricName.allCases.map({ ($0, set.interval(of: $0)) })
      where metric == .auroc || set.bootstrap != nil {
        try container.encode(interval.map { [$0.low, $0.high] }, forKey: ReportKey("\(metric.rawValue)95"))
      }
    }
  }

  public let schemaVersion = reportSchemaVersion
  public let setting: SettingReport
  public let score: String
  public let regularization: Double
  public let evaluation: SetEvaluation
  /// The share of ID samples whose likeliest class is their own; nil if their labels are unknown.
  public let accuracy: Double?

  public init(_ evaluation: SetEvaluation, accuracy: Double?, at setting: DetectorSetting) {
    self.setting = SettingReport(setting)
    score = setting.score.rawValue
    regularization = setting.regularization.value
    self.evaluation = evaluation
    self.accuracy = accuracy
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: ReportKey.self)
    try container.encode(schemaVersion, forKey: "schemaVersion")
    try container.encode(setting, forKey: "setting")
    try container.encode(score, forKey: "score")
    try container.encode(regularization, forKey: "regularization")
    let pooled = evaluation.pooled
    try container.encode(pooled.metrics.inDistributionCount, forKey: "inDistributionCount")
    try container.encode(pooled.metrics.outOfDistributionCount, forKey: "outOfDistributionCount")
    try container.encode(accuracy, forKey: "accuracy")
    try MetricValues(pooled.metrics).encode(into: &container)
    if hasIntervals { try Figures.encode(pooled, into: &container) }
    try container.encode(figures.sets, forKey: "sets")
    try container.encode(figures.groups, forKey: "groups")
    try container.encode(figures.mean, forKey: "mean")
  }

  private var figures: (sets: [Figures], groups: [Figures], mean: Figures) { Self.figures(of: evaluation) }

  static func figures(of evaluation: SetEvaluation) -> (sets: [Figures], groups: [Figures], mean: Figures) {
    (
      zip(evaluation.sets, evaluation.metrics).map {
        Figures(
          name: $0.name, group: $0.group, count: $1.metrics.outOfDistributionCount,
          metrics: MetricValues($1.metrics), intervals: $1)
      },
      evaluation.groups.map { group in
        let mean = evaluation.mean(ofGroup: group)
        return Figures(name: group, count: mean.outOfDistributionCount, metrics: MetricValues(mean))
      },
      Figures(count: evaluation.mean.outOfDistributionCount, metrics: MetricValues(evaluation.mean))
    )
  }

  // MARK: Tables

  /// A row per set, then the means over groups and over all sets, then all OOD samples together.
  private var rows: [(kind: String, name: String, group: String?, figures: Figures)] {
    let (sets, groups, mean) = figures
    let pooled = Figures(pooledOf: evaluation)
    return sets.map { ("set", $0.name ?? "", $0.group, $0) }
      + groups.map { ("group mean", $0.name ?? "", $0.name, $0) }
      + (evaluation.sets.count > 1
        ? [("mean", "mean of sets", nil, mean), ("pooled", "all OOD samples", nil, pooled)] : [])
  }

  private var hasIntervals: Bool { evaluation.pooled.bootstrap != nil }

  public var table: ReportTable {
    let groups = !evaluation.groups.isEmpty
    let metrics = MetricName.allCases
    let withInterval = metrics.filter { $0 == .auroc || hasIntervals }
    let columns =
      ["row", "set"] + (groups ? ["group"] : []) + ["count"]
      + metrics.flatMap { metric in
        [metric.rawValue]
          + (withInterval.contains(metric) ? ["\(metric.rawValue)95Low", "\(metric.rawValue)95High"] : [])
      }
    return ReportTable(
      columns: columns,
      rows: rows.map { row in
        [.text(row.kind), .text(row.name)] + (groups ? [row.group.map(ReportValue.text) ?? .missing] : [])
          + [.integer(row.figures.count)]
          + metrics.flatMap { metric -> [ReportValue] in
            let interval = row.figures.intervals?.interval(of: metric)
            return [.number(row.figures.metrics[metric])]
              + (withInterval.contains(metric)
                ? [interval?.low, interval?.high].map { $0.map(ReportValue.number) ?? .missing } : [])
          }
      })
  }

  /// Percentages with one decimal, and intervals in brackets.
  public var paperTable: ReportTable {
    ReportTable(
      columns: ["OOD set"] + MetricName.allCases.map(\.rawValue),
      rows: rows.map { row in
        [.text(row.kind == "group mean" ? "\(row.name) (mean)" : row.figures.setName ?? row.name)]
          + MetricName.allCases.map { metric in
            let interval = row.figures.intervals?.interval(of: metric)
            return .text(
              (row.figures.metrics[metric].percentage)
                + (interval.map { " [\($0.low.percentage), \($0.high.percentage)]" } ?? ""))
          }
      })
  }

  /// What the figures are, for the lines below a table.
  public var notes: [String] {
    let metrics = evaluation.pooled.metrics
    return [
      "\(metrics.inDistributionCount) ID and \(metrics.outOfDistributionCount) OOD samples"
        + (accuracy.map { "; accuracy on ID samples \($0.percentage) %" } ?? ""),
      "FPR95TPR: share of ID samples above the threshold that 95 % of OOD samples reach (pytorch-ood, OpenOOD).",
      "FPR95ID: share of OOD samples below the threshold that 95 % of ID samples stay below (most papers).",
      hasIntervals
        ? "95 % intervals: DeLong's for AUROC, 1,000 bootstrap draws for the others."
        : "95 % interval of AUROC: DeLong's.",
    ]
  }
}

extension EvaluationReport.Figures {
  /// All OOD samples together.
  init(pooledOf evaluation: SetEvaluation) {
    self.init(
      count: evaluation.pooled.metrics.outOfDistributionCount,
      metrics: MetricValues(evaluation.pooled.metrics), intervals: evaluation.pooled)
  }

  fileprivate var setName: String? {
    name.map { OODSet(name: $0, group: intervals == nil ? nil : group).fullName }
  }
}

/// The metrics that are reported, by their names in JSON and tables.
public enum MetricName: String, CaseIterable, Sendable {
  case auroc = "AUROC"
  case auprIn = "AUPR-IN"
  case auprOut = "AUPR-OUT"
  case fpr95TPR = "FPR95TPR"
  case fpr95ID = "FPR95ID"

  /// Whether a higher value means a better separation.
  public var isHigherBetter: Bool {
    switch self {
    case .auroc, .auprIn, .auprOut: true
    case .fpr95TPR, .fpr95ID: false
    }
  }
}

/// One value per metric.
public struct MetricValues: Sendable, Equatable {
  private let values: [Double]

  public init(_ metrics: OODMetrics) {
    values = [metrics.auroc, metrics.auprIn, metrics.auprOut, metrics.fpr95TPR, metrics.fpr95ID]
  }

  public init(_ means: MeanMetrics) {
    values = [means.auroc, means.auprIn, means.auprOut, means.fpr95TPR, means.fpr95ID]
  }

  public subscript(metric: MetricName) -> Double { values[MetricName.allCases.firstIndex(of: metric) ?? 0] }

  func encode(into container: inout KeyedEncodingContainer<ReportKey>) throws {
    for metric in MetricName.allCases {
      try container.encode(self[metric].finite, forKey: ReportKey(metric.rawValue))
    }
  }
}

extension OODSetMetrics {
  /// The 95 % interval of a metric, if it is known.
  public func interval(of metric: MetricName) -> ConfidenceInterval? {
    switch metric {
    case .auroc: aurocInterval
    case .auprIn: bootstrap?.auprIn
    case .auprOut: bootstrap?.auprOut
    case .fpr95TPR: bootstrap?.fpr95TPR
    case .fpr95ID: bootstrap?.fpr95ID
    }
  }
}
