import LinearAlgebra
import OODData
public import OODDetection

/// The sort column and the direction of a table.
public struct SortOrder<Column: Sendable & Equatable>: Sendable, Equatable {
  public var column: Column
  public var isAscending: Bool

  public init(_ column: Column, isAscending: Bool) {
    self.column = column
    self.isAscending = isAscending
  }
}

/// A column of the class table.
public enum ClassColumn: String, CaseIterable, Sendable {
  case name, count, ratio, rank, effectiveRank, condition, logDeterminant, trace, nearest, health
}

public struct ClassesState: Sendable, Equatable {
  /// The index of the class in the detector.
  public var selected = 0
  /// Whether the user selected the class. If not, the worst class is selected as soon as it is known.
  var isSelectionChosen = false
  public var sort = SortOrder<ClassColumn>(.condition, isAscending: false)
  public var filter = ""
  public var isDetailOpen = false
}

extension ExplorerState {
  /// The class table as shown: class indices, filtered and sorted.
  public var visibleClasses: [Int] {
    let matching = outlines.indices.filter { matches(classes.filter, className($0)) }
    return matching.sorted { left, right in
      let ordered = comparison(of: left, and: right, by: classes.sort.column)
      if ordered == 0 { return left < right }
      return classes.sort.isAscending ? ordered < 0 : ordered > 0
    }
  }

  /// The numbers of a class at the current λ; `nil` until its spectrum is computed.
  public func summary(ofClass index: Int) -> ClassSummary? {
    summaries.indices.contains(index) ? summaries[index] : nil
  }

  /// log det (Σ_k + λI) of a class at the current λ; `nil` until it is known.
  public func logDeterminant(ofClass index: Int) -> Double? {
    summary(ofClass: index)?.logDeterminant
      ?? (outlines.indices.contains(index) ? outlines[index].logDeterminant : nil)
  }

  /// The class with the largest condition number at the current λ, if that number makes scores inexact. `nil`
  /// if it does not, or if it is not known.
  public var untrustedClass: (index: Int, conditionNumber: Double)? {
    RegularizationCheck(outlines, summaries, at: regularization, of: data).untrustedClass
  }

  /// The class with the largest condition number.
  public var worstConditionedClass: Int? {
    summaries.indices.max { summaries[$0].conditionNumber < summaries[$1].conditionNumber }
  }

  /// The other classes by the distance of their means from the given class, nearest first.
  public func closestClasses(to index: Int, limit: Int) -> [(index: Int, distance: Double)] {
    guard let separations, index < separations.rowCount else { return [] }
    return (0..<separations.columnCount).filter { $0 != index }
      .map { ($0, separations[index, $0]) }
      .sorted { $0.1 < $1.1 }
      .prefix(limit)
      .map { (index: $0.0, distance: $0.1) }
  }

  /// The order of two classes; 0 if they are equal, or if the numbers of the column are not computed yet.
  private func comparison(of first: Int, and second: Int, by column: ClassColumn) -> Int {
    func compare<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
      left == right ? 0 : (left < right ? -1 : 1)
    }
    switch column {
    case .name: return compare(outlines[first].label, outlines[second].label)
    case .count, .ratio: return compare(outlines[first].count, outlines[second].count)
    case .logDeterminant:
      guard let left = logDeterminant(ofClass: first), let right = logDeterminant(ofClass: second) else {
        return 0
      }
      return compare(left, right)
    default: break
    }
    guard let left = summary(ofClass: first), let right = summary(ofClass: second) else { return 0 }
    switch column {
    case .name, .count, .ratio, .logDeterminant: return 0
    case .rank: return compare(left.rank, right.rank)
    case .effectiveRank: return compare(left.effectiveRank, right.effectiveRank)
    case .condition: return compare(left.conditionNumber, right.conditionNumber)
    case .trace: return compare(left.trace, right.trace)
    case .nearest: return compare(left.nearestDistance ?? .infinity, right.nearestDistance ?? .infinity)
    case .health: return compare(ClassHealth(left.warnings), ClassHealth(right.warnings))
    }
  }
}

/// Whether a name contains the text of a filter, ignoring case. An empty filter matches every name.
func matches(_ filter: String, _ name: String) -> Bool {
  filter.isEmpty || name.lowercased().contains(filter.lowercased())
}
