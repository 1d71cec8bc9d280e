public import OODDetection

/// The λ path and the proposed λ: the output of `gmmscope tune`.
public struct TuningReport: Report {
  public struct Row: Encodable, Sendable {
    var regularization: Double
    @Nullable var leaveOneOutNLL: Double?
    @Nullable var leaveOneOutAccuracy: Double?
    @Nullable var heldOutNLL: Double?
    @Nullable var accuracy: Double?
    @Nullable var auroc: Double?
    @Nullable var fpr95TPR: Double?
    @JSONNumber var worstConditionNumber: Double
    /// The mean over OOD sets, and each set; absent unless there are several and they were asked for.
    var meanAUROC: Double?
    var sets: [SetFigure]?

    private enum CodingKeys: String, CodingKey {
      case regularization, leaveOneOutNLL, leaveOneOutAccuracy, heldOutNLL, accuracy, worstConditionNumber,
        meanAUROC, sets
      case auroc = "AUROC"
      case fpr95TPR = "FPR95TPR"
    }
  }

  /// The AUROC of one OOD set.
  public struct SetFigure: Encodable, Sendable {
    var name: String
    var group: String?
    @JSONNumber var auroc: Double

    private enum CodingKeys: String, CodingKey {
      case name, group
      case auroc = "AUROC"
    }
  }

  public struct MapCell: Encodable, Sendable {
    var pooling: Double
    var regularization: Double
    @Nullable var leaveOneOutNLL: Double?
    @Nullable var leaveOneOutAccuracy: Double?
    @Nullable var accuracy: Double?
    @Nullable var auroc: Double?

    private enum CodingKeys: String, CodingKey {
      case pooling, regularization, leaveOneOutNLL, leaveOneOutAccuracy, accuracy
      case auroc = "AUROC"
    }
  }

  public struct Proposal: Encodable, Sendable {
    /// α.
    var pooling: Double
    /// t.
    @Nullable var leaveOneOut: Double?
    /// The λ with the highest AUROC on the given samples. It bounds what tuning can reach. Choosing it biases
    /// results that are reported on the same samples.
    @Nullable var bestAUROC: Double?
    /// Whether the leave-one-out NLL is lowest at an end of the path. The minimum may then lie outside the
    /// path, so no λ is proposed.
    var isAtEndOfPath: Bool
  }

  public let schemaVersion = reportSchemaVersion
  let setting: SettingReport
  let score: String
  public let path: [Row]
  /// The map over pooling and t; absent unless it was requested.
  public let map: [MapCell]?
  public let proposed: Proposal
  /// The number of directions that no training sample reaches. Likelihoods exclude them.
  let unreachedDimensionCount: Int
  /// Labels of classes with a single sample, which leave-one-out excludes.
  let excludedClasses: [Int]

  /// - Parameters:
  ///   - setting: The setting of the path; its t does not matter.
  ///   - sets: The OOD sets of the evaluated split, to add the AUROC of each where there are several.
  public init(
    _ sweep: Sweep, map: PoolingMap? = nil, at setting: DetectorSetting, sets: [OODSet] = []
  ) {
    let kind = setting.score
    let metrics = sweep.metrics[kind]
    let setAUROC = sweep.setAUROC[kind].flatMap { $0.first?.count == sets.count ? $0 : nil }
    self.setting = SettingReport(setting)
    score = kind.rawValue
    self.map = map.map { map in
      map.rows.flatMap { row in
        row.sweep.path.indices.map { index in
          MapCell(
            pooling: row.pooling.value, regularization: row.sweep.path[index].value,
            leaveOneOutNLL: row.sweep.leaveOneOutNLL?[index].finite,
            leaveOneOutAccuracy: row.sweep.leaveOneOut?.accuracy?[index],
            accuracy: row.sweep.accuracy?[index],
            auroc: row.sweep.metrics[kind]?[index].auroc)
        }
      }
    }
    path = sweep.path.indices.map { index in
      var row = Row(
        regularization: sweep.path[index].value, leaveOneOutNLL: sweep.leaveOneOutNLL?[index].finite,
        leaveOneOutAccuracy: sweep.leaveOneOut?.accuracy?[index],
        heldOutNLL: sweep.heldOutNLL?[index].finite, accuracy: sweep.accuracy?[index],
        auroc: metrics?[index].auroc,
        fpr95TPR: metrics?[index].fpr95TPR, worstConditionNumber: sweep.worstConditionNumber[index])
      if let values = setAUROC?[index] {
        row.meanAUROC = values.reduce(0, +) / Double(values.count)
        row.sets = zip(sets, values).map { SetFigure(name: $0.name, group: $0.group, auroc: $1) }
      }
      return row
    }
    proposed = Proposal(
      pooling: (map?.proposed?.pooling ?? setting.fit.pooling).value,
      leaveOneOut: map == nil ? sweep.proposed?.value : map?.proposed?.regularization.value,
      bestAUROC: sweep.bestAUROC(kind)?.regularization.value,
      isAtEndOfPath: map?.isLowestAtEnd ?? (sweep.lowestAtEnd != nil))
    unreachedDimensionCount = sweep.leaveOneOut?.unreachedDimensionCount ?? 0
    excludedClasses = sweep.leaveOneOut?.excludedLabels ?? []
  }

  /// The map as a table; nil unless it was requested.
  public var mapTable: ReportTable? {
    func value(_ number: Double?) -> ReportValue { number.map { .number($0) } ?? .missing }
    return map.map { cells in
      ReportTable(
        columns: ["pooling", "regularization", "leaveOneOutNLL", "leaveOneOutAccuracy", "accuracy", "AUROC"],
        rows: cells.map { cell in
          [
            .number(cell.pooling), .number(cell.regularization), value(cell.leaveOneOutNLL),
            value(cell.leaveOneOutAccuracy), value(cell.accuracy), value(cell.auroc),
          ]
        })
    }
  }

  /// The least leave-one-out NLL of every pooling, as a table; nil unless the map was requested.
  public var bestOfMap: ReportTable? {
    guard let table = mapTable, let map else { return nil }
    let places = Dictionary(grouping: map.indices.filter { map[$0].leaveOneOutNLL != nil }) {
      map[$0].pooling
    }
    .compactMapValues { $0.min { (map[$0].leaveOneOutNLL ?? 0) < (map[$1].leaveOneOutNLL ?? 0) } }
    return ReportTable(columns: table.columns, rows: places.values.sorted().map { table.rows[$0] })
  }

  public var table: ReportTable {
    func value(_ number: Double?) -> ReportValue { number.map { .number($0) } ?? .missing }
    let sets = path.first?.sets ?? []
    return ReportTable(
      columns: [
        "regularization", "leaveOneOutNLL", "leaveOneOutAccuracy", "heldOutNLL", "accuracy", "AUROC",
        "FPR95TPR", "worstConditionNumber",
      ] + (sets.isEmpty ? [] : ["meanAUROC"])
        + sets.map { "AUROC \(OODSet(name: $0.name, group: $0.group).fullName)" },
      rows: path.map { row in
        [
          .number(row.regularization), value(row.leaveOneOutNLL), value(row.leaveOneOutAccuracy),
          value(row.heldOutNLL), value(row.accuracy), value(row.auroc), value(row.fpr95TPR),
          .number(row.worstConditionNumber),
        ] + (row.sets.map { [value(row.meanAUROC)] + $0.map { .number($0.auroc) } } ?? [])
      })
  }
}
