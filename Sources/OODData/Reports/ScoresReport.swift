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
  public private(set) var scores: Rows

  /// The scores of one split.
  ///
  /// - Parameter classLabels: The labels by class index.
  public init(
    _ scored: SampleScores, of samples: DataSplit, at setting: DetectorSetting, classLabels: [Int]
  ) {
    score = setting.score.rawValue
    self.setting = SettingReport(setting)
    regularization = setting.regularization.value
    scores = Rows(scored, of: samples, setting.score, classLabels: classLabels)
  }

  /// The rows. Each is made when it is read, since an output of scores alone needs no ids.
  public struct Rows: RandomAccessCollection, Encodable, Sendable {
    private let scored: SampleScores
    private let samples: DataSplit
    private let kind: ScoreKind
    private let classLabels: [Int]
    fileprivate let values: [Double]
    private let nearest: [Int32]

    fileprivate init(
      _ scored: SampleScores, of samples: DataSplit, _ kind: ScoreKind, classLabels: [Int]
    ) {
      (self.scored, self.samples, self.kind, self.classLabels) = (scored, samples, kind, classLabels)
      (values, nearest) = (scored.values(kind), scored.nearestClass(kind))
      endIndex = values.count
    }

    public var startIndex: Int { 0 }
    public fileprivate(set) var endIndex: Int

    public subscript(index: Int) -> Row {
      Row(
        index: samples.originalIndices?[index] ?? index, id: samples.name(of: index),
        label: samples.labels?[index], score: values[index], nearestClass: classLabels[Int(nearest[index])],
        squaredDistance: scored.squaredDistance(ofRow: index, kind, dimension: samples.rows.dimension))
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.unkeyedContainer()
      for row in self { try container.encode(row) }
    }
  }

  /// The scores alone, of shape (N,).
  public var values: [Double] { scores.values }

  public var table: ReportTable { ReportTable(rows) }

  public var withoutRows: (rest: any Report, key: String)? {
    var rest = self
    rest.scores.endIndex = 0
    return (rest, "scores")
  }

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
