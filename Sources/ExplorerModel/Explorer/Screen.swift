/// The six screens of the explorer, in the order of their number keys.
public enum Screen: String, CaseIterable, Sendable {
  case classes, scores, outliers, tuning, distances, data

  /// The number key that opens the screen, 1 to 6.
  public var number: Int { Self.allCases.firstIndex(of: self)! + 1 }

  public var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

  public func neighbor(by offset: Int) -> Screen {
    let all = Self.allCases
    let place = number - 1 + offset
    return all[((place % all.count) + all.count) % all.count]
  }
}

public struct DistancesState: Sendable, Equatable {
  /// The selected pair, as class indices.
  public var row = 0
  public var column = 1
}

public struct DataState: Sendable, Equatable {
  /// The first visible line.
  public var scroll = 0
}
