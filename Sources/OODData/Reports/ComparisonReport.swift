import OODDetection

/// Settings and baselines on every OOD set: the output of `gmmscope compare`.
public struct ComparisonReport: Report {
  public let schemaVersion = reportSchemaVersion
  public let comparison: Comparison
  /// The metric of the tables; JSON has all of them.
  public let metric: MetricName

  public init(_ comparison: Comparison, metric: MetricName = .auroc) {
    self.comparison = comparison
    self.metric = metric
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: ReportKey.self)
    try container.encode(schemaVersion, forKey: "schemaVersion")
    try container.encode(comparison.rows.map(EncodedRow.init), forKey: "rows")
    try container.encode(
      comparison.omissions.map { EncodedOmission(name: $0.name, reason: "\($0.reason)") }, forKey: "leftOut")
  }

  private struct EncodedOmission: Encodable {
    let name: String
    let reason: String
  }

  private struct EncodedRow: Encodable {
    let row: Comparison.Row

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: ReportKey.self)
      try container.encode(row.name, forKey: "name")
      try container.encode(row.setting.map(SettingReport.init), forKey: "setting")
      try container.encode(row.leaveOneOutNLL?.finite, forKey: "leaveOneOutNLL")
      try container.encode(row.accuracy, forKey: "accuracy")
      try container.encode(EvaluationReport.Figures(pooledOf: row.evaluation), forKey: "pooled")
      let figures = EvaluationReport.figures(of: row.evaluation)
      try container.encode(figures.sets, forKey: "sets")
      try container.encode(figures.groups, forKey: "groups")
      try container.encode(figures.mean, forKey: "mean")
    }
  }

  // MARK: Tables

  public var table: ReportTable {
    let columns = comparison.columns
    return ReportTable(
      columns: ["name", "options", "leaveOneOutNLL", "accuracy"] + columns.map(comparison.title),
      rows: comparison.rows.map { row in
        [
          .text(row.name), row.options.map(ReportValue.text) ?? .missing,
          row.leaveOneOutNLL.map(ReportValue.number) ?? .missing,
          row.accuracy.map(ReportValue.number) ?? .missing,
        ] + columns.map { .number(row.value(in: $0, metric)) }
      })
  }

  /// Percentages with one decimal: `*` at the best of a column, `+` where the 95 % interval of the best reaches.
  public var paperTable: ReportTable {
    let columns = comparison.columns
    let standings = columns.map { comparison.standings(in: $0, by: metric) }
    return ReportTable(
      columns: [metric.rawValue] + columns.map(comparison.title),
      rows: comparison.rows.enumerated().map { index, row in
        [.text(row.name)]
          + zip(columns, standings).map { column, standings in
            .text(row.value(in: column, metric).percentage + Self.mark(standings[index]))
          }
      })
  }

  /// ``paperTable`` with leave-one-out and accuracy, for people.
  public var markedTable: ReportTable {
    var marked = paperTable
    marked.columns.insert(contentsOf: ["LOO NLL", "accuracy"], at: 1)
    for (index, row) in comparison.rows.enumerated() {
      marked.rows[index].insert(
        contentsOf: [
          row.leaveOneOutNLL.map(ReportValue.number) ?? .missing,
          row.accuracy.map { .text($0.percentage) } ?? .missing,
        ], at: 1)
    }
    return marked
  }

  private static func mark(_ standing: Comparison.Standing) -> String {
    switch standing {
    case .best: "*"
    case .withinInterval: "+"
    case .behind: ""
    }
  }

  /// The rows that could not be computed, a line each.
  public var omissionNotes: [String] {
    comparison.omissions.map { "\($0.name) is left out: \($0.reason)" }
  }

  /// What the marks mean, the settings behind the names, and what leave-one-out would have chosen.
  public var notes: [String] {
    var notes = [
      "\(metric.rawValue) in %. * best of its column; + within the 95 % interval of the best."
    ]
    for row in comparison.rows {
      guard let options = row.options, options != row.name else { continue }
      notes.append("\(row.name): \(options.isEmpty ? "no options" : options)")
    }
    notes += omissionNotes
    let choice = comparison.leaveOneOutChoice.map {
      "; leave-one-out, which sees no OOD sample, would have chosen ‘\($0.name)’"
    }
    notes.append(
      "The best \(metric.rawValue) was chosen on the samples that it is judged by\(choice ?? "").")
    return notes
  }
}

extension Comparison.Row {
  /// The command-line options of the setting; nil for a baseline.
  var options: String? { setting.map { $0.commandLineOptions.joined(separator: " ") } }
}
