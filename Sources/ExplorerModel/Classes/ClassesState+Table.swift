import OODData
import OODDetection

/// The order of the class table, and what its filters know.
extension ClassesState {
  /// Filters and sorts the table again. O(K log K), so not in every frame.
  mutating func refreshVisible() {
    var matching = Array(outlines.indices)
    if let filter {
      matching.removeAll { index in
        !filter.matches(name: names[index]) { value(of: Self.filterColumns[$0].column, index) }
      }
    }
    // Until the numbers of a column are computed, classes stay in the order of their labels.
    let keys = outlines.indices.map(sortKey(of:))
    if !keys.contains(nil) {
      let known = keys.map { $0 ?? 0 }
      matching.sort { left, right in
        if known[left] == known[right] { return left < right }
        return sort.isAscending ? known[left] < known[right] : known[left] > known[right]
      }
    }
    visible = matching
  }

  /// The names by which filters call the columns.
  static let filterColumns: [(name: String, column: FilterColumn)] = [
    ("name", .name), ("label", .label), ("n", .count), ("count", .count), ("ratio", .ratio), ("rank", .rank),
    ("effectiveRank", .effectiveRank), ("cond", .condition), ("conditionNumber", .condition),
    ("logDeterminant", .logDeterminant), ("trace", .trace), ("nearest", .nearest), ("distance", .distance),
    ("health", .health), ("ridge", .ridge),
  ]

  /// The columns of the table by the names that filters know them by, in small letters.
  static let columnNames: [String: ClassColumn] = {
    var names = Dictionary(uniqueKeysWithValues: ClassColumn.allCases.map { ($0.rawValue.lowercased(), $0) })
    names["n"] = .count
    names["cond"] = .condition
    names["conditionnumber"] = .condition
    names["distance"] = .nearest
    return names
  }()

  enum FilterColumn {
    case name, label, count, ratio, rank, effectiveRank, condition, logDeterminant, trace, nearest, distance,
      health,
      ridge
  }

  private func value(of column: FilterColumn, _ index: Int) -> FilterValue {
    let outline = outlines[index]
    let summary = summary(of: index)
    switch column {
    case .name: return FilterValue(names[index], number: Double(outline.label))
    case .label: return FilterValue(outline.label)
    case .count: return FilterValue(outline.count)
    case .ratio: return FilterValue(Double(outline.count) / Double(max(1, outline.mean.count)))
    case .rank: return FilterValue(summary?.rank)
    case .effectiveRank: return FilterValue(summary?.effectiveRank)
    case .condition: return FilterValue(summary?.conditionNumber)
    case .logDeterminant: return FilterValue(logDeterminant(of: index))
    case .trace: return FilterValue(summary?.trace)
    case .nearest:
      let nearest = summary?.nearestClass
      return FilterValue(nearest, nearest.flatMap { indexOfLabel[$0] }.map { names[$0] })
    case .distance: return FilterValue(summary?.nearestDistance)
    case .health: return FilterValue(health(of: index)?.rawValue)
    case .ridge: return FilterValue(summary?.ridge)
    }
  }

  /// What a class is sorted by; `nil` if it is not computed yet.
  private func sortKey(of index: Int) -> Double? {
    switch sort.column {
    case .name: Double(outlines[index].label)
    case .count, .ratio: Double(outlines[index].count)
    case .logDeterminant: logDeterminant(of: index)
    case .rank: summary(of: index).map { Double($0.rank) }
    case .effectiveRank: summary(of: index)?.effectiveRank
    case .condition: summary(of: index)?.conditionNumber
    case .trace: summary(of: index)?.trace
    case .nearest: summary(of: index).map { $0.nearestDistance ?? .infinity }
    case .health: health(of: index).flatMap { ClassHealth.allCases.firstIndex(of: $0) }.map(Double.init)
    }
  }
}
