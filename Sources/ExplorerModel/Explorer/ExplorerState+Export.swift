import LinearAlgebra
import OODData
import OODDetection

extension ExplorerState {
  /// What `^S` writes: the report of the current screen. `nil` if the screen has nothing to write yet.
  func exportRequest(to path: String, samples: Bool = false) -> ExportRequest? {
    guard hasExport(samples: samples) else { return nil }
    // The table of a million samples is made when it is written, in the background.
    let state = self
    return ExportRequest(
      path: path,
      report: (samples ? state.scoreReport : state.currentReport)
        ?? TableReport(ReportTable(columns: [], rows: [])))
  }

  private func hasExport(samples: Bool) -> Bool {
    switch screen {
    case .scores: scoresAreComputed && scores.scored?[data.evaluatedSplit] != nil
    case .outliers where outliers.showsFrequencies: outliers.frequencies != nil
    case .outliers: scoresAreComputed && outliers.hasChosen
    case .classes, .tuning, .distances, .compare, .data: currentReport != nil
    }
  }

  private var currentReport: (any Report)? {
    switch screen {
    case .classes: classReport
    case .scores: scores.sets.isEmpty ? scoreReport : evaluationReport
    case .outliers: outlierTable.map(TableReport.init)
    case .tuning: tuningReport
    case .distances: distanceTable.map(TableReport.init)
    case .compare: comparisonReport
    case .data: dataTable.map(TableReport.init)
    }
  }

  private var tuningReport: (any Report)? {
    tuning.sweep.map {
      TuningReport(
        $0, map: tuning.map, at: setting.current,
        sets: data.dataSet?[data.evaluatedSplit]?.oodSets?.sets ?? [])
    }
  }

  private var comparisonReport: (any Report)? {
    let comparison = compare.comparison
    return comparison.rows.isEmpty ? nil : ComparisonReport(comparison, metric: compare.metric)
  }

  private var classReport: (any Report)? {
    guard let detector = classes.detector, !classes.summaries.isEmpty else { return nil }
    return ClassesReport(detector, classes.summaries, at: setting.current, of: data.dataSet)
  }

  /// The scores of every sample.
  private var scoreReport: (any Report)? {
    let split = data.evaluatedSplit
    guard scoresAreComputed, let scored = scores.scored?[split], let samples = data.dataSet?[split] else {
      return nil
    }
    return ScoresReport(
      scored, of: samples, at: setting.current, classLabels: classes.outlines.map(\.label))
  }

  /// The metrics of every OOD set.
  private var evaluationReport: (any Report)? {
    let split = data.evaluatedSplit
    guard scoresAreComputed, let scored = scores.scored?[split], let samples = data.dataSet?[split],
      let evaluation = try? samples.evaluation(of: scored.values(setting.score))
    else { return nil }
    let accuracy = samples.labels.flatMap {
      scored.accuracy(labels: $0, classLabels: classes.outlines.map(\.label))
    }
    return EvaluationReport(evaluation, accuracy: accuracy, at: setting.current)
  }

  private var outlierTable: ReportTable? {
    if outliers.showsFrequencies { return outliers.frequencies.map(frequencyTable) }
    let rows = outliers.chosen
    guard scoresAreComputed, !rows.isEmpty else { return nil }
    if outliers.subset.isAudit { return auditTable(rows) }
    return ReportTable(
      columns: [
        "rank", "index", "id", "label", "score", "nearestClass", "nearestClassName", "squaredDistance",
        "pValue",
        "pValueCalibration", "gaussianTail", "secondClass", "secondClassName", "margin", "split", "tag",
      ],
      rows: rows.map { row in
        [
          .integer(row.rank), .integer(row.index), .text(row.name),
          row.label.map { .integer($0) } ?? .missing, .number(row.score),
          classes.label(of: row.nearestClass).map { .integer($0) } ?? .missing,
          .text(classes.name(of: row.nearestClass)), .number(row.squaredDistance),
          row.detail?.pValue.map { .number($0.value) } ?? .missing,
          row.detail?.pValue.map { .text($0.source.rawValue) } ?? .missing,
          row.detail.flatMap { $0.pValue == nil ? nil : .number($0.gaussianTail) } ?? .missing,
          row.detail?.secondClass.flatMap(classes.label(of:)).map { .integer($0) } ?? .missing,
          row.detail?.secondClass.map { .text(classes.name(of: $0)) } ?? .missing,
          row.detail?.margin.map { .number($0) } ?? .missing, .text(row.reference.split.rawValue),
          outliers.marks[row.reference].map { .text($0) } ?? .missing,
        ]
      })
  }

  private func frequencyTable(_ counted: FrequencyTable) -> ReportTable {
    ReportTable(
      columns: [counted.column.name, "count", "meanScore"],
      rows: counted.rows.map { [.text($0.value.description), .integer($0.count), .number($0.meanScore)] })
  }

  /// Probable label errors or near duplicates.
  private func auditTable(_ rows: [OutlierRow]) -> ReportTable {
    let isLabels = outliers.subset == .labelErrors
    return ReportTable(
      columns: isLabels
        ? ["index", "id", "label", "suggestedLabel", "suggestedName", "margin"]
        : ["group", "split", "index", "id", "label", "distance"],
      rows: rows.map { row in
        let sample: [ReportValue] = [
          .integer(row.index), .text(row.name), row.label.map { .integer($0) } ?? .missing,
        ]
        if isLabels {
          let suggested = row.suggestion.flatMap { classes.label(of: $0.classIndex) }
          return sample + [
            suggested.map { .integer($0) } ?? .missing,
            row.suggestion.map { .text(classes.name(of: $0.classIndex)) } ?? .missing,
            row.suggestion.map { .number($0.margin) } ?? .missing,
          ]
        }
        return [
          row.duplicate.map { .integer($0.group) } ?? .missing, .text(row.reference.split.rawValue),
        ] + sample + [row.duplicate.map { .number($0.distance) } ?? .missing]
      })
  }

  private var distanceTable: ReportTable? {
    guard let separations = distances.separations else { return nil }
    let indices = classes.outlines.indices
    return ReportTable(
      columns: ["class"] + indices.map(classes.name(of:)),
      rows: indices.map { row in
        [.text(classes.name(of: row))] + separations.row(row).map { .number($0) }
      })
  }

  private var dataTable: ReportTable? {
    guard let samples = data.dataSet else { return nil }
    return ReportTable(
      columns: ["file", "array", "shape", "elementType", "role"],
      rows: samples.files.flatMap { file in
        file.arrays.map { array in
          [
            .text(file.path), .text(array.name),
            .text(array.shape.map(String.init).joined(separator: "x")), .text(array.elementType),
            .text(array.role.rawValue),
          ]
        }
      })
  }
}
