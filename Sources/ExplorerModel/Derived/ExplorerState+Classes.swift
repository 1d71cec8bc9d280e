import LinearAlgebra
public import OODDetection

/// The health column's verdict, worst first where several apply.
public enum ClassHealth: String, Sendable, CaseIterable, Comparable {
  case untrustworthy
  case illConditioned = "ill-conditioned"
  case singleSample = "single sample"
  case rankDeficient = "rank-deficient"
  case fewSamples = "few samples"
  case ok

  public static func < (left: Self, right: Self) -> Bool {
    allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
  }

  public init(_ warnings: [ClassWarning]) {
    self = warnings.map(Self.init).min() ?? .ok
  }

  private init(_ warning: ClassWarning) {
    switch warning {
    case .untrustworthy: self = .untrustworthy
    case .illConditioned: self = .illConditioned
    case .singleSample: self = .singleSample
    case .rankDeficient, .dependentSamples: self = .rankDeficient
    case .fewSamples: self = .fewSamples
    case .constantDimensions: self = .ok
    }
  }
}

extension ExplorerState {
  /// The class table as shown: class indices, filtered and sorted.
  public var visibleClasses: [Int] {
    let matching = summaries.indices.filter { matches(classes.filter, className($0)) }
    return matching.sorted { left, right in
      let ordered = comparison(of: summaries[left], and: summaries[right], by: classes.sort.column)
      if ordered == 0 { return left < right }
      return classes.sort.isAscending ? ordered < 0 : ordered > 0
    }
  }

  /// The class with the largest condition number.
  public var worstConditionedClass: Int? {
    summaries.indices.max { summaries[$0].conditionNumber < summaries[$1].conditionNumber }
  }

  /// Classes by distance of their means from the given one, nearest first, without itself.
  public func closestClasses(to index: Int, limit: Int) -> [(index: Int, distance: Double)] {
    guard let separations, index < separations.rowCount else { return [] }
    return (0..<separations.columnCount).filter { $0 != index }
      .map { ($0, separations[index, $0]) }
      .sorted { $0.1 < $1.1 }
      .prefix(limit)
      .map { (index: $0.0, distance: $0.1) }
  }

  private func comparison(of left: ClassSummary, and right: ClassSummary, by column: ClassColumn) -> Int {
    func compare<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
      left == right ? 0 : (left < right ? -1 : 1)
    }
    switch column {
    case .name: return compare(left.label, right.label)
    case .count, .ratio: return compare(left.count, right.count)
    case .rank: return compare(left.rank, right.rank)
    case .effectiveRank: return compare(left.effectiveRank, right.effectiveRank)
    case .condition: return compare(left.conditionNumber, right.conditionNumber)
    case .logDeterminant: return compare(left.logDeterminant, right.logDeterminant)
    case .trace: return compare(left.trace, right.trace)
    case .nearest: return compare(left.nearestDistance ?? .infinity, right.nearestDistance ?? .infinity)
    case .health: return compare(ClassHealth(left.warnings), ClassHealth(right.warnings))
    }
  }
}

/// Whether a filter's text stands in a name, whatever its case; an empty filter matches all.
func matches(_ filter: String, _ name: String) -> Bool {
  filter.isEmpty || name.lowercased().contains(filter.lowercased())
}
