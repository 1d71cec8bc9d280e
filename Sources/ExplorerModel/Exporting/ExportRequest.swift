public import OODData
import OODDetection

/// What to write to a file, in the format of its ending.
public struct ExportRequest: Sendable {
  public var path: String
  public var content: Content
  /// Whether an existing file may be replaced. If not, the user is asked.
  public var replacesFile: Bool
  /// What the user exports, to ask again if the file exists.
  var subject = ExportSubject.samples

  public enum Content: Sendable {
    /// Makes a report, which can take a while.
    case report(@Sendable () -> any Report)
    /// A list of samples, whose details are computed if they are to be written.
    case samples(SampleExport)
    /// The histograms of the scores screen. The front end knows how many columns they have.
    case histogram(HistogramExport)
    /// The screen itself, which the front end draws; `nil` until it has.
    case screen(ScreenFormat, drawing: (@Sendable () -> String)?)
  }

  public init(path: String, content: Content, replacesFile: Bool = false) {
    self.path = path
    self.content = content
    self.replacesFile = replacesFile
  }

  public init(
    path: String, report: @autoclosure @escaping @Sendable () -> any Report, replacesFile: Bool = false
  ) {
    self.init(path: path, content: .report(report), replacesFile: replacesFile)
  }

  /// The report to write; `nil` for the screen.
  var report: (any Report)? {
    switch content {
    case .report(let make): make()
    case .samples(let samples): TableReport(samples.rows)
    case .histogram(let histogram): TableReport(histogram.table)
    case .screen: nil
    }
  }

  /// The request with what only the front end knows.
  func completed(by shown: ShownScreen?) -> Self {
    guard let shown else { return self }
    var request = self
    switch content {
    case .screen(let format, _):
      request.content = .screen(format) { shown.drawing(format) }
    case .histogram(var histogram):
      histogram.histogram = shown.histogram ?? histogram.histogram
      request.content = .histogram(histogram)
    case .report, .samples: break
    }
    return request
  }
}

/// What the front end draws of a state. Only it knows the size of the terminal and its colors.
public struct ShownScreen: Sendable {
  /// The drawing in a format.
  public var drawing: @Sendable (ScreenFormat) -> String
  /// The histograms of the scores screen as they are drawn; `nil` on other screens.
  public var histogram: ScoreHistogram?

  public init(drawing: @escaping @Sendable (ScreenFormat) -> String, histogram: ScoreHistogram?) {
    self.drawing = drawing
    self.histogram = histogram
  }
}

/// The bins of the histograms with the counts and densities of every series.
public struct HistogramExport: Sendable {
  var histogram: ScoreHistogram
  var distribution: ScoreDistribution
  /// The names of the OOD sets that are drawn one by one, by their index.
  var setNames: [Int: String]

  /// A row per bin in ascending order. The first and the last row count the scores below and above the shown range, so
  /// that the counts of a column add up to all its samples; their outer ends are missing. A density is the share of a
  /// series in a bin divided by the width of the bin.
  var table: ReportTable {
    struct Column {
      var name: String
      var counts: [Int]
      var below: Int
      var above: Int
    }
    let series: [(ScoreDistribution.Series, String)] = [
      (.train, "train"), (.inDistribution, "inDistribution"), (.unlabelled, "unlabelled"),
      (.outOfDistribution, "outOfDistribution"),
    ]
    var columns = series.compactMap { series, name in
      histogram.counts[series].map {
        Column(
          name: name, counts: $0, below: histogram.below[series] ?? 0, above: histogram.above[series] ?? 0)
      }
    }
    for (index, counts) in histogram.setCounts.sorted(by: { $0.key < $1.key }) {
      let values = distribution.sets[index] ?? []
      let below = values.firstIndex(from: histogram.axis.range.lowerBound, inclusive: true)
      columns.append(
        Column(
          name: setNames[index] ?? "\(index)", counts: counts, below: below,
          above: values.count - below - counts.reduce(0, +)))
    }
    func row(_ lower: Double?, _ upper: Double?, _ count: (Column) -> Int) -> [ReportValue] {
      [lower.map { .number($0) } ?? .missing, upper.map { .number($0) } ?? .missing]
        + columns.flatMap { column -> [ReportValue] in
          let total = column.below + column.counts.reduce(0, +) + column.above
          let density = lower.flatMap { lower in
            upper.flatMap {
              $0 > lower && total > 0 ? Double(count(column)) / (Double(total) * ($0 - lower)) : nil
            }
          }
          return [.integer(count(column)), density.map { .number($0) } ?? .missing]
        }
    }
    let edges = histogram.edges
    let bins = (0..<histogram.binCount).map { bin in row(edges[bin], edges[bin + 1]) { $0.counts[bin] } }
    return ReportTable(
      columns: ["lower", "upper"] + columns.flatMap { ["count \($0.name)", "density \($0.name)"] },
      rows: [row(nil, edges[0]) { $0.below }] + bins + [row(edges[edges.count - 1], nil) { $0.above }])
  }
}

/// The listed samples with the columns of their table.
public struct SampleExport: Sendable {
  var list: SampleList
  var columns: [OutlierColumn]
  var source: SampleSource
  var tags: [SampleReference: String]
  var threshold: Double?
  /// The places in the list of the samples to write; `nil` for all.
  var places: [Int]?
  /// Computes details that nobody looked at; `nil` before the spectra.
  var detector: SpectralDetector?

  var count: Int { places?.count ?? list.count }

  private func place(_ row: Int) -> Int { places?[row] ?? row }

  /// The samples whose details are to be written and not known.
  var rowsToDetail: [OutlierRow] {
    guard columns.contains(where: \.isDetail) else { return [] }
    return (0..<count).lazy.map { list[place($0)] }.filter { $0.detail == nil }
  }

  /// The position of each sample in its file, from 0.
  var indices: [Int] {
    (0..<count).map { row in
      let reference = list.reference(at: place(row))
      return source.data[reference.split]?.originalIndices?[reference.index] ?? reference.index
    }
  }

  /// The table, with the names of the commands: a class by its label, and its name beside it.
  var rows: ReportRows {
    let cells = columns.flatMap(\.exported)
    let hasSplit = columns.contains(.split)
    return ReportRows(
      columns: cells.map(\.name) + (hasSplit ? [] : ["split"]) + (columns.contains(.tag) ? [] : ["tag"]),
      count: count
    ) { row in
      let sample = list[place(row)]
      return cells.map { $0.value(sample, self) }
        + (hasSplit ? [] : [.text(sample.reference.split.rawValue)])
        + (columns.contains(.tag) ? [] : [tags[sample.reference].map { .text($0) } ?? .missing])
    }
  }

  fileprivate func label(of classIndex: Int?) -> ReportValue {
    classIndex.map { .integer(source.classLabels[$0]) } ?? .missing
  }

  fileprivate func name(of classIndex: Int?) -> ReportValue {
    classIndex.map { .text(source.classNames[$0]) } ?? .missing
  }
}

/// A column of an exported table.
private struct ExportedColumn {
  var name: String
  var value: @Sendable (OutlierRow, SampleExport) -> ReportValue
}

extension OutlierColumn {
  /// The columns of the exported table for one of the shown table.
  fileprivate var exported: [ExportedColumn] {
    func column(
      _ name: String, _ value: @escaping @Sendable (OutlierRow, SampleExport) -> ReportValue
    ) -> ExportedColumn { ExportedColumn(name: name, value: value) }
    func number(_ name: String, _ value: @escaping @Sendable (OutlierRow) -> Double?) -> ExportedColumn {
      column(name) { row, _ in value(row).map { .number($0) } ?? .missing }
    }
    func ofClass(
      _ label: String, _ name: String, _ index: @escaping @Sendable (OutlierRow) -> Int?
    ) -> [ExportedColumn] {
      [
        column(label) { $1.label(of: index($0)) },
        column(name) { $1.name(of: index($0)) },
      ]
    }
    switch self {
    case .rank: return [column("rank") { row, _ in .integer(row.rank) }]
    case .index: return [column("index") { row, _ in .integer(row.index) }]
    case .id: return [column("id") { row, _ in .text(row.name) }]
    case .label: return [column("label") { row, _ in row.label.map { .integer($0) } ?? .missing }]
    case .set:
      return [
        column("set") { row, export in
          let sets = export.source.data[row.reference.split]?.oodSets
          let index = sets.map { Int($0.indices[row.reference.index]) } ?? -1
          return index < 0 ? .missing : sets.map { .text($0.sets[index].fullName) } ?? .missing
        }
      ]
    case .score: return [number("score") { $0.score }]
    case .percentile: return [number("percentile") { $0.percentile.map { 100 * $0 } }]
    case .thresholdDistance:
      return [
        column("thresholdDistance") { row, export in
          export.threshold.map { .number(abs(row.score - $0)) } ?? .missing
        }
      ]
    case .nearest: return ofClass("nearestClass", "nearestClassName") { $0.nearestClass }
    case .squaredDistance: return [number("squaredDistance") { $0.squaredDistance }]
    case .pValue:
      return [
        number("pValue") { $0.detail?.pValue?.value },
        column("pValueCalibration") { row, _ in
          row.detail?.pValue.map { .text($0.source.rawValue) } ?? .missing
        },
        number("gaussianTail") { row in row.detail.flatMap { $0.pValue == nil ? nil : $0.gaussianTail } },
      ]
    case .second: return ofClass("secondClass", "secondClassName") { $0.detail?.secondClass }
    case .margin: return [number("margin") { $0.detail?.margin }]
    case .ownDistance: return [number("ownSquaredDistance") { $0.detail?.ownSquaredDistance }]
    case .suggested: return ofClass("suggestedLabel", "suggestedName") { $0.suggestion?.classIndex }
    case .labelMargin: return [number("margin") { $0.suggestion?.margin }]
    case .group: return [column("group") { row, _ in row.duplicate.map { .integer($0.group) } ?? .missing }]
    case .distance: return [number("distance") { $0.duplicate?.distance }]
    case .split: return [column("split") { row, _ in .text(row.reference.split.rawValue) }]
    case .tag:
      return [column("tag") { row, export in export.tags[row.reference].map { .text($0) } ?? .missing }]
    case .file(let name):
      return [
        column(name) { row, export in
          export.source.data[row.reference.split]?.columns[name].map { .text($0[row.reference.index]) }
            ?? .missing
        }
      ]
    }
  }
}
