public import OODData
import OODDetection

/// The samples that the outlier table lists.
public enum SampleSubset: String, CaseIterable, Sendable {
  case test, testInDistribution, testOutOfDistribution, train

  public var title: String {
    switch self {
    case .test: "test"
    case .testInDistribution: "test, ID only"
    case .testOutOfDistribution: "test, OOD only"
    case .train: "train"
    }
  }
}

/// A column of the outlier table.
public enum OutlierColumn: String, CaseIterable, Sendable {
  case rank, index, id, label, score, pValue, nearest, second, margin
}

public struct OutliersState: Sendable, Equatable {
  public var subset = SampleSubset.test
  /// The index of the class whose nearest samples are listed; `nil` for all samples.
  public var classFilter: Int?
  public var filter = ""
  public var sort = SortOrder<OutlierColumn>(.rank, isAscending: true)
  /// The index of the selected row of the visible table.
  public var selectedRow = 0
  public var marks: Set<SampleReference> = []
  public var isDetailOpen = false
  /// The number of highest scores that the table lists.
  public var limit = 200
}

extension ExplorerState {
  /// The selected row of the outlier table.
  public var selectedOutlier: OutlierRow? {
    outlierRows.indices.contains(outliers.selectedRow) ? outlierRows[outliers.selectedRow] : nil
  }

  /// The rows to export or copy: the marked rows, or all listed rows if none is marked.
  public var chosenOutliers: [OutlierRow] {
    outliers.marks.isEmpty ? outlierRows : outlierRows.filter { outliers.marks.contains($0.reference) }
  }

  /// Updates the list of highest scores. Keeps the selected sample if it is still listed. O(N log k).
  mutating func refreshOutliers() {
    let chosen = selectedOutlier?.reference
    outlierRows = rankedOutliers()
    sortOutliers()
    if let chosen, let row = outlierRows.firstIndex(where: { $0.reference == chosen }) {
      outliers.selectedRow = row
    } else {
      outliers.selectedRow = min(outliers.selectedRow, max(0, outlierRows.count - 1))
    }
  }

  private func rankedOutliers() -> [OutlierRow] {
    let split: Split = outliers.subset == .train || data?.test == nil ? .train : .test
    guard let samples = data?[split], let scored = scores?[split] else { return [] }
    var rows = OutlierRow.ranked(
      scored, of: samples, split, by: scoreKind,
      among: candidates(of: samples, nearest: scored.nearestClass(scoreKind)), limit: outliers.limit)
    for row in rows.indices { rows[row].detail = outlierDetails[rows[row].reference] }
    return rows
  }

  /// The samples that pass subset and filters; `nil` for all samples.
  private func candidates(of samples: DataSplit, nearest: [Int32]) -> [Int]? {
    let hasSubset = [.testInDistribution, .testOutOfDistribution].contains(outliers.subset)
    guard hasSubset || outliers.classFilter != nil || !outliers.filter.isEmpty else { return nil }
    return nearest.indices.filter { index in
      let isOut = samples.labels.map { $0[index] < 0 } ?? false
      switch outliers.subset {
      case .testInDistribution where isOut, .testOutOfDistribution where !isOut: return false
      default: break
      }
      if let wanted = outliers.classFilter, Int(nearest[index]) != wanted { return false }
      return outliers.filter.isEmpty || matches(outliers.filter, samples.name(of: index))
    }
  }

  mutating func sortOutliers() {
    let order = outliers.sort
    if order.column == .rank && order.isAscending { return }
    func ordered<Value: Comparable>(_ value: (OutlierRow) -> Value?) {
      outlierRows.sort { left, right in
        // Rows without a value come last in either direction.
        guard let first = value(left) else { return false }
        guard let second = value(right) else { return true }
        if first == second { return left.rank < right.rank }
        return order.isAscending ? first < second : first > second
      }
    }
    switch order.column {
    case .rank: ordered { $0.rank }
    case .index: ordered { $0.index }
    case .id: ordered { $0.name }
    case .label: ordered { $0.label }
    case .score: ordered { $0.score }
    case .pValue: ordered { $0.detail?.pValue?.value }
    case .nearest: ordered { $0.nearestClass }
    case .second: ordered { $0.detail?.secondClass }
    case .margin: ordered { $0.detail?.margin }
    }
  }

  /// Adds computed details to the listed rows.
  mutating func mergeOutlierDetails(_ details: [SampleReference: OutlierDetail]) {
    outlierDetails.merge(details) { _, new in new }
    let chosen = selectedOutlier?.reference
    for row in outlierRows.indices { outlierRows[row].detail = outlierDetails[outlierRows[row].reference] }
    guard [.second, .margin, .pValue].contains(outliers.sort.column) else { return }
    sortOutliers()
    if let chosen, let row = outlierRows.firstIndex(where: { $0.reference == chosen }) {
      outliers.selectedRow = row
    }
  }
}
