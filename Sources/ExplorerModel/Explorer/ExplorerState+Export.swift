import LinearAlgebra
import OODData
import OODDetection

extension ExplorerState {
  /// The table of the current screen, which `^S` writes. `nil` if the screen has no table yet.
  func exportRequest(to path: String) -> ExportRequest? {
    currentTable.map { ExportRequest(path: path, columns: $0.columns, rows: $0.plainRows) }
  }

  private var currentTable: ReportTable? {
    switch screen {
    case .classes: classTable
    case .scores: scoreTable
    case .outliers: outlierTable
    case .tuning: sweep.map { TuningReport($0, at: setting).table }
    case .distances: distanceTable
    case .data: dataTable
    }
  }

  private var classTable: ReportTable? {
    guard let detector, !summaries.isEmpty else { return nil }
    return ClassesReport(detector, summaries, at: setting, of: data).table
  }

  private var scoreTable: ReportTable? {
    guard scoresAreComputed, let scored = scores?[evaluatedSplit], let samples = data?[evaluatedSplit] else {
      return nil
    }
    return ScoresReport(
      scored, of: samples, at: setting, classLabels: outlines.map(\.label)
    ).table
  }

  private var outlierTable: ReportTable? {
    let rows = chosenOutliers
    guard scoresAreComputed, !rows.isEmpty else { return nil }
    return ReportTable(
      columns: [
        "rank", "index", "id", "label", "score", "nearestClass", "nearestClassName", "squaredDistance",
        "pValue",
        "pValueCalibration", "gaussianTail", "secondClass", "secondClassName", "margin",
      ],
      rows: rows.map { row in
        [
          .integer(row.rank), .integer(row.index), .text(row.name),
          row.label.map { .integer($0) } ?? .missing, .number(row.score),
          label(ofClass: row.nearestClass).map { .integer($0) } ?? .missing,
          .text(className(row.nearestClass)), .number(row.squaredDistance),
          row.detail?.pValue.map { .number($0.value) } ?? .missing,
          row.detail?.pValue.map { .text($0.source.rawValue) } ?? .missing,
          row.detail.flatMap { $0.pValue == nil ? nil : .number($0.gaussianTail) } ?? .missing,
          row.detail?.secondClass.flatMap(label(ofClass:)).map { .integer($0) } ?? .missing,
          row.detail?.secondClass.map { .text(className($0)) } ?? .missing,
          row.detail?.margin.map { .number($0) } ?? .missing,
        ]
      })
  }

  private var distanceTable: ReportTable? {
    guard let separations, let detector else { return nil }
    return ReportTable(
      columns: ["class"] + detector.classes.indices.map(className),
      rows: detector.classes.indices.map { row in
        [.text(className(row))] + separations.row(row).map { .number($0) }
      })
  }

  private var dataTable: ReportTable? {
    guard let data else { return nil }
    return ReportTable(
      columns: ["file", "array", "shape", "elementType", "role"],
      rows: data.files.flatMap { file in
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
