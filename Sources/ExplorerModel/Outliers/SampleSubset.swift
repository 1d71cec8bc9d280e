import OODData

/// The samples that the sample table lists.
public enum SampleSubset: String, CaseIterable, Sendable {
  case test, testInDistribution, testOutOfDistribution, train
  /// OOD samples below the threshold.
  case missed
  /// ID samples at or above the threshold.
  case rejected
  /// Samples by how near their score is to the threshold.
  case nearThreshold
  /// Training samples that another class explains better than their own.
  case labelErrors
  /// Samples that are almost equal.
  case nearDuplicates
  /// The marked samples of both splits.
  case marked

  public var title: String {
    switch self {
    case .test: "test"
    case .testInDistribution: "test, ID only"
    case .testOutOfDistribution: "test, OOD only"
    case .train: "train"
    case .missed: "missed OOD"
    case .rejected: "rejected ID"
    case .nearThreshold: "nearest to the threshold"
    case .marked: "marked"
    case .labelErrors: "probable label errors"
    case .nearDuplicates: "near duplicates"
    }
  }

  /// Whether the table lists what the audit found instead of scores.
  public var isAudit: Bool { self == .labelErrors || self == .nearDuplicates }

  /// Whether the threshold decides which samples are listed, or in which order.
  public var usesThreshold: Bool { [.missed, .rejected, .nearThreshold].contains(self) }

  /// Whether a test sample is listed, given whether it is OOD and whether its score reaches the threshold.
  func lists(isOutOfDistribution: Bool, isAtThreshold: Bool) -> Bool {
    switch self {
    case .testInDistribution: !isOutOfDistribution
    case .testOutOfDistribution: isOutOfDistribution
    case .missed: isOutOfDistribution && !isAtThreshold
    case .rejected: !isOutOfDistribution && isAtThreshold
    case .test, .train, .nearThreshold, .marked, .labelErrors, .nearDuplicates: true
    }
  }

  /// Whether data have such samples. A saved model has no training samples to audit.
  func isListable(of data: DataSet?) -> Bool {
    switch self {
    case .test: data?.test != nil
    case .testInDistribution, .testOutOfDistribution, .missed, .rejected, .nearThreshold:
      data?.test?.labels != nil
    case .train: data?.train != nil || data?.test == nil
    case .marked: true
    case .labelErrors, .nearDuplicates: data?.train?.labels != nil
    }
  }

  /// The split of the listed samples, which near duplicates of both splits follow.
  func split(of data: DataSet?) -> Split {
    switch self {
    case .train, .labelErrors: .train
    case .test, .testInDistribution, .testOutOfDistribution, .missed, .rejected, .nearThreshold,
      .marked, .nearDuplicates:
      data?.test == nil ? .train : .test
    }
  }
}

/// A column of the sample table.
public enum OutlierColumn: Hashable, Sendable {
  case rank, index, id, label
  /// The OOD set.
  case set
  case score
  /// The share of the split's ID samples that score below.
  case percentile
  /// |score − threshold|.
  case thresholdDistance
  case pValue, nearest, second, margin
  /// d² to the nearest class, and to the class of the label.
  case squaredDistance, ownDistance
  /// Of a probable label error: the suggested class and the margin in nats per dimension.
  case suggested, labelMargin
  /// Of a near duplicate: the number of its group, its split, and the distance to the nearest training sample.
  case group, split, distance
  /// The word that marked samples are tagged with.
  case tag
  /// A column of the files, such as `source_labels`.
  case file(String)

  /// The columns that lists of samples have, whatever the files have.
  static let ofAllLists: [Self] = [
    .rank, .index, .id, .label, .set, .score, .percentile, .thresholdDistance, .pValue, .nearest, .second,
    .margin,
    .squaredDistance, .ownDistance, .suggested, .labelMargin, .group, .split, .distance, .tag,
  ]

  /// The name by which filters call the column.
  public var name: String {
    switch self {
    case .rank: "rank"
    case .index: "index"
    case .id: "id"
    case .label: "label"
    case .set: "set"
    case .score: "score"
    case .percentile: "percentile"
    case .thresholdDistance: "thresholdDistance"
    case .pValue: "pValue"
    case .nearest: "nearest"
    case .second: "second"
    case .margin: "margin"
    case .squaredDistance: "squaredDistance"
    case .ownDistance: "ownDistance"
    case .suggested: "suggested"
    case .labelMargin: "labelMargin"
    case .group: "group"
    case .split: "split"
    case .distance: "distance"
    case .tag: "tag"
    case .file(let name): name
    }
  }

  /// Whether the value takes more than the scores, so that it is computed only for rows that are looked at, or for all
  /// rows when the table is sorted or filtered by it.
  var isDetail: Bool { [.pValue, .second, .margin, .ownDistance].contains(self) }

  /// The initial sort order: scores, distances and margins descending, the others ascending.
  var order: SortOrder<Self> {
    let descends: Set<Self> = [.score, .percentile, .margin, .labelMargin, .squaredDistance, .ownDistance]
    return SortOrder(self, isAscending: !descends.contains(self))
  }

  /// The columns of a subset's table in their order, those of the files last.
  ///
  /// - Parameter hasTags: Whether marked samples have tags.
  static func columns(of subset: SampleSubset, in data: DataSet?, classCount: Int, hasTags: Bool) -> [Self] {
    let columns: [Self] =
      switch subset {
      case .test, .testInDistribution, .testOutOfDistribution, .train, .missed, .rejected:
        [
          .rank, .index, .id, .label, .set, .score, .percentile, .pValue, .nearest, .second, .margin,
          .squaredDistance, .ownDistance,
        ]
      case .nearThreshold:
        [
          .thresholdDistance, .rank, .index, .id, .label, .set, .score, .percentile, .pValue, .nearest,
          .second,
          .margin,
        ]
      case .marked:
        [.rank, .split, .index, .id, .label, .set, .score, .percentile, .pValue, .nearest, .second, .margin]
      case .labelErrors:
        [.rank, .index, .id, .label, .suggested, .labelMargin, .score, .pValue, .ownDistance]
      case .nearDuplicates: [.group, .distance, .split, .index, .id, .label, .score, .pValue, .nearest]
      }
    let samples = data?[subset.split(of: data)]
    let held = columns.filter { column in
      switch column {
      case .id: samples?.ids != nil
      case .label: samples?.labels != nil
      case .set: (samples?.oodSets?.sets.count ?? 0) > 1
      case .second, .margin: classCount > 1
      case .ownDistance: samples?.labels != nil && classCount > 1
      default: true
      }
    }
    return held + (hasTags ? [.tag] : []) + (samples?.columns.keys.sorted() ?? []).map(OutlierColumn.file)
  }
}
