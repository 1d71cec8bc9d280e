public import OODDetection

/// One row per sample in input order: the output of `gmmscope score`.
public struct ScoresReport: Report {
  public struct Row: Encodable, Sendable {
    var index: Int
    var id: String
    @Nullable var label: Int?
    @JSONNumber var score: Double
    var nearestClass: Int
    @JSONNumber var squaredDistance: Double
  }

  public let schemaVersion = reportSchemaVersion
  let setting: SettingReport
  let score: String
  let regularization: Double
  public let scores: [Row]

  /// The scores of one split.
  ///
  /// - Parameter classLabels: The labels by class index.
  public init(
    _ scored: SampleScores, of samples: DataSplit, at setting: DetectorSetting, classLabels: [Int]
  ) {
    let kind = setting.score
    let values = scored.values(kind)
    let nearest = scored.nearestClass(kind)
    score = kind.rawValue
    self.setting = SettingReport(setting)
    regularization = setting.regularization.value
    scores = values.indices.map { index in
      Row(
        index: samples.originalIndices?[index] ?? index, id: samples.name(of: index),
        label: samples.labels?[index], score: values[index], nearestClass: classLabels[Int(nearest[index])],
        squaredDistance: scored.squaredDistance(ofRow: index, kind, dimension: samples.rows.dimension))
    }
  }

  /// The scores alone, of shape (N,).
  public var values: [Double] { scores.map(\.score) }

  public var table: ReportTable { ReportTable(rows) }

  public var rows: ReportRows {
    let scores = scores
    return ReportRows(
      columns: ["index", "id", "label", "score", "nearestClass", "squaredDistance"], count: scores.count
    ) { place in
      let row = scores[place]
      return [
        .integer(row.index), .text(row.id), row.label.map { .integer($0) } ?? .missing,
        .number(row.score), .integer(row.nearestClass), .number(row.squaredDistance),
      ]
    }
  }
}
