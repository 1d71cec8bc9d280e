/// The kinds of background work. At most one task of a kind runs; a new one replaces it.
public enum TaskKind: String, CaseIterable, Sendable {
  case load, fit, score, sweep, outlierDetails, explain, comparePair, export

  /// Shown beside the gauge.
  public var title: String {
    switch self {
    case .load: "loading"
    case .fit: "fitting"
    case .score: "scoring"
    case .sweep: "λ path"
    case .outlierDetails: "outliers"
    case .explain: "explaining"
    case .comparePair: "comparing"
    case .export: "exporting"
    }
  }

  /// Whether it is long enough to be worth a gauge and a `^C`.
  public var isLong: Bool {
    switch self {
    case .load, .fit, .score, .sweep, .export: true
    case .outlierDetails, .explain, .comparePair: false
    }
  }
}
