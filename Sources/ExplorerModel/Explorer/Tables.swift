/// The sort column and the direction of a table.
public struct SortOrder<Column: Sendable & Equatable>: Sendable, Equatable {
  public var column: Column
  public var isAscending: Bool

  public init(_ column: Column, isAscending: Bool) {
    self.column = column
    self.isAscending = isAscending
  }
}

/// A move through a list.
public enum Motion: Sendable, Equatable {
  case lines(Int)
  /// Up or down by the given number of rows, which is the height of the list.
  case page(Int)
  case toStart
  case toEnd
}

/// The index of the selection after a motion in a list of `count` rows.
func moved(from place: Int, by motion: Motion, count: Int) -> Int {
  guard count > 0 else { return 0 }
  switch motion {
  case .lines(let offset), .page(let offset): return clamp(place + offset, 0, count - 1)
  case .toStart: return 0
  case .toEnd: return count - 1
  }
}

func clamp(_ value: Int, _ low: Int, _ high: Int) -> Int { max(low, min(high, value)) }

/// Whether a name contains the text of a filter, ignoring case. An empty filter matches every name.
func matches(_ filter: String, _ name: String) -> Bool {
  filter.isEmpty || name.lowercased().contains(filter.lowercased())
}

extension CaseIterable where Self: Equatable, AllCases == [Self] {
  /// The case `offset` places further, from the last on to the first.
  func neighbor(by offset: Int) -> Self {
    let all = Self.allCases
    return all[wrapped((all.firstIndex(of: self) ?? 0) + offset, count: all.count)]
  }
}

/// The place among `count` that wraps around at both ends.
func wrapped(_ place: Int, count: Int) -> Int { ((place % count) + count) % count }

/// The next filter of a cycle through all classes together (`nil`), then each of `count` classes.
func nextClassFilter(after filter: Int?, by offset: Int, count: Int) -> Int? {
  let place = wrapped((filter.map { $0 + 1 } ?? 0) + offset, count: count + 1)
  return place == 0 ? nil : place - 1
}
