/// The seven screens of the explorer, in the order of their number keys.
public enum Screen: String, CaseIterable, Sendable {
  case classes, scores, outliers, tuning, distances, compare, data

  /// The number key that opens the screen, 1 to 7.
  public var number: Int { Self.allCases.firstIndex(of: self)! + 1 }

  public var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}
