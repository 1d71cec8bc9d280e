import FeatureFiles
public import OODData
public import OODDetection

/// Which samples the sample table lists, and in which order.
struct SampleQuery: Sendable {
  var subset: SampleSubset
  /// The index of the class whose nearest samples are listed; `nil` for all.
  var classFilter: Int?
  /// The index of the OOD set whose samples are listed; `nil` for all.
  var setFilter: Int?
  var filter: FilterExpression?
  /// The columns that the filter can call by name, at the places that it knows them by.
  var columns: [OutlierColumn]
  var sort: SortOrder<OutlierColumn>
  var threshold: Double?
  var tags: [SampleReference: String] = [:]
}

/// What sample tables are made of: scored samples, and what is known about some of them.
struct SampleSource: Sendable {
  var data: DataSet
  var scored: ScoredData
  var setting: DetectorSetting
  /// The label and the name of each class, by class index.
  var classLabels: [Int]
  var classNames: [String]
  /// The samples to choose from, in the order of their ranks: those that an audit found, or the marked ones. `nil` for
  /// all samples of the split.
  var findings: [OutlierRow]?
  var details: [SampleReference: OutlierDetail] = [:]
}

/// A list of samples that can be made, here or in the background.
public struct SampleListing: Sendable {
  var query: SampleQuery
  var source: SampleSource
  /// The version of the list, to recognize one that is wanted no longer.
  let version: Int

  var list: SampleList { SampleList(query, from: source) }

  /// The values of a column of the list, counted.
  func frequencies(of column: OutlierColumn) -> FrequencyTable {
    FrequencyTable(of: column, in: list, TableValues(query, source))
  }

  /// The number of samples to choose from.
  var sampleCount: Int {
    source.findings?.count ?? source.scored[query.subset.split(of: source.data)]?.count ?? 0
  }

  /// The column whose values are counted; `nil` to list the samples.
  var counted: OutlierColumn?

  /// Whether order, filter or counts need values that take more than the scores.
  var needsDetails: Bool {
    query.sort.column.isDetail || counted?.isDetail == true
      || (query.filter?.columns.contains { query.columns[$0].isDetail } ?? false)
  }

  /// All samples that the list chooses from, whose details it needs.
  var candidates: SampleList {
    var all = query
    (all.filter, all.sort) = (nil, OutlierColumn.rank.order)
    return SampleList(all, from: source)
  }
}

/// The rows of the sample table in the shown order. Rows are made when they are looked at, so that a list of N samples
/// takes 4 N bytes, or 8 N if it is not in the order of the scores.
public struct SampleList: RandomAccessCollection, Sendable {
  /// The setting whose scores the rows hold; `nil` without rows.
  public let setting: DetectorSetting?
  private let samples: Samples
  var details: [SampleReference: OutlierDetail] = [:]
  private var percentiles: [Split: ScorePercentiles] = [:]

  private enum Samples: Sendable {
    case found([OutlierRow])
    /// Samples of a split in the shown order. Without ranks, the order is that of the scores.
    case scored(Split, DataSet, ScoredData, order: [Int32], ranks: Ranks)
  }

  private enum Ranks: Sendable {
    case ascending, descending
    /// The rank of each sample of the split; 0 for samples that are not listed.
    case bySample([Int32])
  }

  /// A list without rows.
  init() {
    setting = nil
    samples = .found([])
  }

  /// Lists samples. O(N) in the order of the scores, else O(N) for numbers and O(N log N) for text.
  init(_ query: SampleQuery, from source: SampleSource) {
    setting = source.setting
    details = source.details
    if let findings = source.findings {
      for split in Set(findings.map(\.reference.split)) {
        percentiles[split] = ScorePercentiles(of: split, in: source)
      }
      samples = .found(Self.sorted(findings, query, source))
      return
    }
    let split = query.subset.split(of: source.data)
    guard let samples = source.data[split], let scores = source.scored[split] else {
      self.samples = .found([])
      return
    }
    percentiles[split] = ScorePercentiles(of: split, in: source)
    let values = SampleValues(query, source, split, samples, scores)
    let ranked = Self.candidates(query, source, values, scores)
    if query.sort.column == .rank || query.sort.column == .score {
      let isReversed = query.sort.isAscending != (query.sort.column == .rank)
      self.samples = .scored(
        split, source.data, source.scored, order: isReversed ? ranked.reversed() : ranked,
        ranks: isReversed ? .descending : .ascending)
    } else {
      var ranks = [Int32](repeating: 0, count: scores.count)
      for (place, index) in ranked.enumerated() { ranks[Int(index)] = Int32(place + 1) }
      self.samples = .scored(
        split, source.data, source.scored, order: values.sorted(ranked, by: query.sort),
        ranks: .bySample(ranks))
    }
  }

  /// The listed samples by descending score.
  private static func candidates(
    _ query: SampleQuery, _ source: SampleSource, _ values: SampleValues, _ scores: SampleScores
  ) -> [Int32] {
    let kind = source.setting.score
    let split = values.split
    let order = source.scored.ranking(of: split, by: kind)?.order ?? ScoreRanking(scores.values(kind)).order
    let listsAll =
      [.test, .train, .nearThreshold].contains(query.subset) || (split == .train && query.subset == .test)
    guard !listsAll || query.classFilter != nil || query.setFilter != nil || query.filter != nil else {
      return order
    }
    let nearest = scores.nearestClass(kind)
    let (labels, sets) = (values.samples.labels, values.samples.oodSets?.indices)
    var work = CancellableWork()
    return order.filter { index in
      guard work.goesOn() else { return false }
      let index = Int(index)
      if !listsAll {
        let isAtThreshold = query.threshold.map { values.score(of: index) >= $0 } ?? true
        let isOut = labels.map { $0[index] < 0 } ?? false
        guard query.subset.lists(isOutOfDistribution: isOut, isAtThreshold: isAtThreshold) else {
          return false
        }
      }
      if let wanted = query.classFilter, Int(nearest[index]) != wanted { return false }
      if let wanted = query.setFilter, sets.map({ Int($0[index]) != wanted }) ?? true { return false }
      return query.filter?.matches(name: values.samples.name(of: index)) {
        values.filterValue(query.columns[$0], of: index)
      } ?? true
    }
  }

  /// The samples of an audit that pass the filters, in the wanted order.
  private static func sorted(
    _ findings: [OutlierRow], _ query: SampleQuery, _ source: SampleSource
  ) -> [OutlierRow] {
    let values = TableValues(query, source)
    let listed = findings.filter { row in
      if let wanted = query.classFilter, (row.suggestion?.classIndex ?? row.nearestClass) != wanted {
        return false
      }
      return query.filter?.matches(name: row.name) { values[row, query.columns[$0]] } ?? true
    }
    let keys = listed.map { values[$0, query.sort.column] }
    return SampleValues.order(of: keys, isAscending: query.sort.isAscending).map { listed[Int($0)] }
  }
}

extension SampleList {
  public var startIndex: Int { 0 }

  public var endIndex: Int {
    switch samples {
    case .found(let rows): rows.count
    case .scored(_, _, _, let order, _): order.count
    }
  }

  public subscript(place: Int) -> OutlierRow {
    var row: OutlierRow
    switch samples {
    case .found(let rows):
      row = rows[place]
    case .scored(let split, let data, let scored, let order, let ranks):
      let reference = SampleReference(split: split, index: Int(order[place]))
      let rank =
        switch ranks {
        case .ascending: place + 1
        case .descending: order.count - place
        case .bySample(let ranks): Int(ranks[reference.index])
        }
      // The list was made of these scores, so the sample is among them.
      row = OutlierRow(
        reference, rank: rank, of: data, scored, by: setting?.score ?? .negativeLogLikelihood)!
    }
    row.detail = details[row.reference]
    row.percentile = percentiles[row.reference.split]?.share(below: row.score)
    return row
  }

  /// The sample at a place, without the rest of its row.
  func reference(at place: Int) -> SampleReference {
    switch samples {
    case .found(let rows): rows[place].reference
    case .scored(let split, _, _, let order, _): SampleReference(split: split, index: Int(order[place]))
    }
  }

  /// The name of the sample at a place.
  func name(at place: Int) -> String {
    switch samples {
    case .found(let rows): rows[place].name
    case .scored(let split, let data, _, let order, _): data[split]?.name(of: Int(order[place])) ?? ""
    }
  }

  /// The place of a sample; `nil` if it is not listed. O(N).
  func place(of reference: SampleReference) -> Int? {
    switch samples {
    case .found(let rows): return rows.firstIndex { $0.reference == reference }
    case .scored(let split, _, _, let order, _):
      guard reference.split == split else { return nil }
      return order.firstIndex(of: Int32(reference.index))
    }
  }
}

/// The scores of a split's ID samples in order, against which other scores are held.
struct ScorePercentiles: Sendable {
  private let scores: SampleScores
  private let kind: ScoreKind
  /// The ID samples, or all samples without labels, by descending score.
  private let order: [Int32]

  /// O(N). Returns `nil` without scores of the split.
  init?(of split: Split, in source: SampleSource) {
    guard let scores = source.scored[split], let samples = source.data[split] else { return nil }
    (self.scores, kind) = (scores, source.setting.score)
    let ranking = source.scored.ranking(of: split, by: kind) ?? ScoreRanking(scores.values(kind))
    order = samples.labels.map { labels in ranking.order { labels[$0] >= 0 } } ?? ranking.order
  }

  /// The share of ID samples with a lower score, from 0 to 1; `nil` without ID samples. O(log N).
  func share(below score: Double) -> Double? {
    guard !order.isEmpty, !score.isNaN else { return nil }
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      // A NaN ranks as the highest score.
      let found = scores.value(ofRow: Int(order[middle]), kind)
      if found < score { high = middle } else { low = middle + 1 }
    }
    return Double(order.count - low) / Double(order.count)
  }
}

/// Asks now and then whether a long loop is still wanted. Each typed letter of a filter cancels the list before it. What
/// a cancelled task returns is dropped.
struct CancellableWork {
  private var count = 0
  private var isCancelled = false

  mutating func goesOn() -> Bool {
    count &+= 1
    if count & 0xFFF == 0 { isCancelled = Task.isCancelled }
    return !isCancelled
  }
}

/// The values of rows by column, also of those that an audit found.
struct TableValues {
  private let query: SampleQuery
  private let source: SampleSource
  private var values: [Split: SampleValues] = [:]

  init(_ query: SampleQuery, _ source: SampleSource) {
    self.query = query
    self.source = source
    for split in Split.allCases {
      guard let samples = source.data[split], let scores = source.scored[split] else { continue }
      values[split] = SampleValues(query, source, split, samples, scores)
    }
  }

  subscript(row: OutlierRow, column: OutlierColumn) -> FilterValue {
    switch column {
    case .rank: FilterValue(row.rank)
    case .suggested:
      FilterValue(
        row.suggestion.map { source.classLabels[$0.classIndex] },
        row.suggestion.map { source.classNames[$0.classIndex] })
    case .labelMargin: FilterValue(row.suggestion?.margin)
    case .group: FilterValue(row.duplicate?.group)
    case .split: FilterValue(row.reference.split.rawValue)
    case .distance: FilterValue(row.duplicate?.distance)
    case .tag: FilterValue(query.tags[row.reference])
    default:
      values[row.reference.split]?.filterValue(column, of: row.reference.index) ?? FilterValue(Double?.none)
    }
  }
}

/// The values of a split's samples by column.
private struct SampleValues {
  let split: Split
  let samples: DataSplit
  private let source: SampleSource
  private let scores: SampleScores
  private let query: SampleQuery
  private let nearest: [Int32]
  private let kind: ScoreKind
  /// `nil` unless the order or the filter needs it.
  private let percentiles: ScorePercentiles?

  init(
    _ query: SampleQuery, _ source: SampleSource, _ split: Split, _ samples: DataSplit, _ scores: SampleScores
  ) {
    let needsPercentiles =
      query.sort.column == .percentile
      || query.filter?.columns.contains { query.columns[$0] == .percentile } == true
    percentiles = needsPercentiles ? ScorePercentiles(of: split, in: source) : nil
    self.query = query
    self.source = source
    self.split = split
    self.samples = samples
    self.scores = scores
    kind = source.setting.score
    nearest = scores.nearestClass(kind)
  }

  func score(of index: Int) -> Double { scores.value(ofRow: index, kind) }

  private func detail(of index: Int) -> OutlierDetail? {
    source.details[SampleReference(split: split, index: index)]
  }

  /// The value of a sample. A rank, which depends on what is listed, counts within the whole split.
  func filterValue(_ column: OutlierColumn, of index: Int) -> FilterValue {
    func ofClass(_ index: Int?) -> FilterValue {
      FilterValue(index.map { source.classLabels[$0] }, index.map { source.classNames[$0] })
    }
    switch column {
    case .index: return FilterValue(samples.originalIndices?[index] ?? index)
    case .id: return FilterValue(samples.name(of: index))
    case .label:
      let label = samples.labels?[index]
      return FilterValue(label, label.map(source.data.name(ofLabel:)))
    case .set:
      let set = samples.oodSets.flatMap { sets in
        sets.indices[index] < 0 ? nil : sets.sets[Int(sets.indices[index])].fullName
      }
      return FilterValue(set)
    case .score: return FilterValue(score(of: index))
    // As the table shows it, in percent.
    case .percentile: return FilterValue(percentiles?.share(below: score(of: index)).map { 100 * $0 })
    case .thresholdDistance: return FilterValue(query.threshold.map { abs(score(of: index) - $0) })
    case .nearest: return ofClass(Int(nearest[index]))
    case .squaredDistance:
      return FilterValue(scores.squaredDistance(ofRow: index, kind, dimension: samples.rows.dimension))
    case .pValue: return FilterValue(detail(of: index)?.pValue?.value)
    case .second: return ofClass(detail(of: index)?.secondClass)
    case .margin: return FilterValue(detail(of: index)?.margin)
    case .ownDistance: return FilterValue(detail(of: index)?.ownSquaredDistance)
    case .split: return FilterValue(split.rawValue)
    case .tag: return FilterValue(query.tags[SampleReference(split: split, index: index)])
    case .file(let name):
      let text = samples.columns[name]?[index]
      return FilterValue(text, number: text.flatMap(Double.init))
    case .rank, .suggested, .labelMargin, .group, .distance: return FilterValue(Double?.none)
    }
  }

  /// Samples, given by descending score, in the order of a column. Equal values stay by descending score.
  func sorted(_ samples: [Int32], by sort: SortOrder<OutlierColumn>) -> [Int32] {
    var work = CancellableWork()
    let keys = samples.map {
      work.goesOn() ? filterValue(sort.column, of: Int($0)) : FilterValue(Double?.none)
    }
    return Self.order(of: keys, isAscending: sort.isAscending).map { samples[Int($0)] }
  }

  /// The places of values in ascending or descending order: as numbers if all are, else as text in natural order. Places
  /// without a value come last, and equal values keep their order.
  static func order(of keys: [FilterValue], isAscending: Bool) -> [Int32] {
    let places = keys.indices.map { Int32($0) }
    let valued = places.filter { keys[Int($0)].number != nil || keys[Int($0)].text != nil }
    let missing =
      valued.count == keys.count
      ? []
      : places.filter {
        keys[Int($0)].number == nil && keys[Int($0)].text == nil
      }
    if valued.allSatisfy({ keys[Int($0)].number != nil }) {
      // A ranking is descending, and keeps the order of equal values.
      let ranking = ScoreRanking(valued.map { (isAscending ? -1 : 1) * (keys[Int($0)].number ?? 0) })
      return ranking.order.map { valued[Int($0)] } + missing
    }
    let names = valued.map { NaturalOrder(keys[Int($0)].text ?? "") }
    let sorted = valued.indices.sorted { left, right in
      if names[left] < names[right] { return isAscending }
      if names[right] < names[left] { return !isAscending }
      return left < right
    }
    return sorted.map { valued[$0] } + missing
  }
}
