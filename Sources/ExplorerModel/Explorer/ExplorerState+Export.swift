import FeatureFiles
import LinearAlgebra
import OODData
import OODDetection

extension ExplorerState {
  /// What `^S` writes to a file; `nil` if the screen has nothing to write yet.
  ///
  /// - Parameter subject: `nil` for the usual subject of the screen.
  func exportRequest(to path: String, subject: ExportSubject? = nil) -> ExportRequest? {
    let subject = subject ?? exportSubjects[0]
    let content: ExportRequest.Content?
    if case .screen(let format)? = ExportFormat(path: path, subject: subject) {
      content = .screen(format, drawing: nil)
    } else {
      content = exportContent(of: subject)
    }
    guard let content else { return nil }
    var request = ExportRequest(path: path, content: content)
    request.subject = subject
    return request
  }

  private func exportContent(of subject: ExportSubject) -> ExportRequest.Content? {
    switch subject {
    case .samples: sampleExport().map(ExportRequest.Content.samples)
    case .histogram: histogramExport.map(ExportRequest.Content.histogram)
    case .scores, .trainingScores:
      // The report of a million samples is made when it is written, in the background.
      scoreReport(of: subject == .scores ? data.evaluatedSplit : .train).map { make in .report(make) }
    case .screen: nil
    default: report(of: subject).map { report in .report { report } }
    }
  }

  private func report(of subject: ExportSubject) -> (any Report)? {
    switch subject {
    case .classes: classReport
    case .metrics: evaluationReport
    case .values: outliers.frequencies.map(frequencyTable).map(TableReport.init)
    case .curves: tuningReport
    case .map: tuningReport?.mapTable.map(TableReport.init)
    case .settings: pinnedSettings.map(TableReport.init)
    case .ranks: pinnedRanks.map(TableReport.init)
    case .distances:
      distances.plane.isOpen ? planeTable.map(TableReport.init) : distanceTable.map(TableReport.init)
    case .comparison: comparisonReport
    case .files: dataTable.map(TableReport.init)
    case .samples, .histogram, .scores, .trainingScores, .screen: nil
    }
  }

  /// The listed samples, or the marked ones among them, with the shown columns.
  ///
  /// - Parameter places: The places of the samples in the list; `nil` for all, or for the marked ones if there are any.
  func sampleExport(places: [Int]? = nil) -> SampleExport? {
    guard scoresAreComputed, let wanted = outliers.wantedList, !outliers.showsFrequencies, outliers.hasChosen
    else {
      return nil
    }
    let subset = outliers.subset
    var columns = outliers.columns
    // Samples without an id are called by their file and row, as in the commands.
    if !columns.contains(.id), data.dataSet?[subset.split(of: data.dataSet)]?.ids == nil,
      let place = columns.firstIndex(of: .index)
    {
      columns.insert(.id, at: place + 1)
    }
    return SampleExport(
      list: outliers.rows, columns: columns, source: wanted.source, tags: outliers.marks,
      threshold: scores.threshold, places: places ?? outliers.markedPlaces, detector: classes.detector)
  }

  private var histogramExport: HistogramExport? {
    guard scoresAreComputed, let distribution = scores.shownDistribution,
      let histogram = scores.histogram(columnCount: Self.usualHistogramWidth)
    else { return nil }
    return HistogramExport(
      histogram: histogram, distribution: distribution,
      setNames: Dictionary(uniqueKeysWithValues: scores.sets.enumerated().map { ($0, $1.set.fullName) }))
  }

  /// The number of columns of histograms that nobody draws.
  private static let usualHistogramWidth = 100

  private var tuningReport: TuningReport? {
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
    classReport(of: classes.visible)
  }

  private func classReport(of indices: [Int]) -> ClassesReport? {
    guard let detector = classes.detector, classNumbersAreCurrent else { return nil }
    return ClassesReport(
      detector, indices.compactMap(classes.summary), at: setting.current, of: data.dataSet)
  }

  /// The scores of every sample of a split.
  private func scoreReport(of split: Split) -> (@Sendable () -> any Report)? {
    guard scoresAreComputed, let scored = scores.scored?[split], let samples = data.dataSet?[split] else {
      return nil
    }
    let (setting, labels) = (setting.current, classes.outlines.map(\.label))
    return { ScoresReport(scored, of: samples, at: setting, classLabels: labels) }
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

  private func frequencyTable(_ counted: FrequencyTable) -> ReportTable {
    ReportTable(
      columns: [counted.column.name, "count", "meanScore"],
      rows: counted.rows.map { [.text($0.value.description), .integer($0.count), .number($0.meanScore)] })
  }

  /// The pinned and the shown setting with their figures, and how far the ranks of the samples changed since the
  /// compared pin.
  private var pinnedSettings: ReportTable? {
    guard let compared = tuning.pins.compared else { return nil }
    func row(
      _ name: String, _ setting: DetectorSetting, _ metrics: OODMetrics?, _ condition: Double?,
      _ comparison: SettingComparison?
    ) -> [ReportValue] {
      func number(_ value: Double?) -> ReportValue { value.map { .number($0) } ?? .missing }
      return [
        .text(name), .text(setting.commandLineOptions.joined(separator: " ")), number(metrics?.auroc),
        number(metrics?.auprIn), number(metrics?.auprOut), number(metrics?.fpr95TPR),
        number(metrics?.fpr95ID),
        number(condition), number(comparison?.rankCorrelation),
        comparison.map { .integer($0.commonCount) } ?? .missing,
      ]
    }
    return ReportTable(
      columns: [
        "name", "options", "AUROC", "AUPR-IN", "AUPR-OUT", "FPR95TPR", "FPR95ID", "worstConditionNumber",
        "rankCorrelation", "commonOfTop\(tuning.pinComparison?.limit ?? 100)",
      ],
      rows: tuning.pins.all.map { pin in
        row(
          pin.letter, pin.setting, pin.metrics, pin.worstConditionNumber,
          pin.letter == compared.letter ? tuning.pinComparison : nil)
      } + [
        row("current", setting.current, scores.evaluation?.values, classes.worstConditionNumber, nil)
      ])
  }

  /// The rank of every sample at the compared pin and at the shown setting, 1 being the highest score.
  private var pinnedRanks: ReportRows? {
    let split = data.evaluatedSplit
    guard scoresAreComputed, let pin = tuning.pins.compared, let earlier = pin.measures?.ranks,
      let samples = data.dataSet?[split],
      let ranks = scores.scored?.ranking(of: split, by: setting.score)?.ranks, earlier.count == ranks.count
    else { return nil }
    return ReportRows(
      columns: ["index", "id", "label", "rank \(pin.letter)", "rank", "change"], count: ranks.count
    ) {
      place in
      let (before, after) = (Int(earlier[place]), Int(ranks[place]))
      return [
        .integer(samples.originalIndices?[place] ?? place), .text(samples.name(of: place)),
        samples.labels.map { .integer($0[place]) } ?? .missing, .integer(before), .integer(after),
        .integer(after - before),
      ]
    }
  }

  /// Rows are made as they are written: of many classes there are more values than memory.
  private var distanceTable: ReportRows? {
    guard classNumbersAreCurrent, let separations = distances.separations else { return nil }
    let names = classes.outlines.indices.map(classes.name(of:))
    return ReportRows(columns: ["class"] + names, count: names.count) { row in
      [.text(names[row])] + separations.row(row).map { .number($0) }
    }
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

extension ExplorerState {
  /// The text that `Y` copies: the selected row under the names of its columns, separated by tabs as spreadsheets and
  /// `pandas.read_clipboard` take it. On Tuning, the setting as Python. `nil` if there is no row yet.
  var rowText: String? {
    if screen == .tuning { return setting.current.pythonCall }
    guard let table = rowTable, !table.rows.isEmpty else { return nil }
    let lines = [table.columns] + table.plainRows
    return String(lines.map { CSVWriter.line($0, separator: "\t") }.joined().dropLast())
  }

  private var rowTable: ReportTable? {
    switch screen {
    case .classes: return classReport(of: [classes.selected])?.table
    case .scores: return thresholdTable
    case .outliers where outliers.showsFrequencies:
      guard let counted = outliers.frequencies, counted.rows.indices.contains(counted.selectedRow) else {
        return nil
      }
      let table = frequencyTable(counted)
      return ReportTable(columns: table.columns, rows: [table.rows[counted.selectedRow]])
    case .outliers:
      let places = outliers.markedPlaces ?? [outliers.selectedRow]
      return sampleExport(places: places).map { ReportTable($0.rows) }
    case .distances:
      guard classNumbersAreCurrent, let separations = distances.separations,
        distances.column < separations.columnCount
      else {
        return nil
      }
      let (row, column) = (distances.row, distances.column)
      return ReportTable(
        columns: ["class", "otherClass", "distance", "bhattacharyyaDistance"],
        rows: [
          [
            .text(classes.name(of: row)), .text(classes.name(of: column)), .number(separations[row, column]),
            distances.comparison.flatMap {
              $0.first == row && $0.second == column && $0.regularization == setting.regularization
                ? .number($0.bhattacharyyaDistance) : nil
            } ?? .missing,
          ]
        ])
    case .compare:
      guard let name = compare.selected?.row?.name, let table = comparisonReport?.table else { return nil }
      return ReportTable(columns: table.columns, rows: table.rows.filter { $0[0] == .text(name) })
    case .data: return dataTable
    case .tuning: return nil
    }
  }

  /// The counts and rates at the threshold.
  private var thresholdTable: ReportTable? {
    guard scoresAreComputed, let counts = scores.classThresholdCounts ?? scores.thresholdCounts else {
      return nil
    }
    func rate(_ part: Int, _ other: Int) -> ReportValue {
      part + other == 0 ? .missing : .number(Double(part) / Double(part + other))
    }
    return ReportTable(
      columns: [
        "threshold", "TPR", "FPR", "truePositives", "falsePositives", "trueNegatives", "falseNegatives",
      ],
      rows: [
        [
          .number(counts.threshold), rate(counts.truePositives, counts.falseNegatives),
          rate(counts.falsePositives, counts.trueNegatives), .integer(counts.truePositives),
          .integer(counts.falsePositives), .integer(counts.trueNegatives), .integer(counts.falseNegatives),
        ]
      ])
  }
}
