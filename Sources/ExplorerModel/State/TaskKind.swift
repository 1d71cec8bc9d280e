/// The kinds of background work. At most one task of a kind runs; a new one replaces it.
public enum TaskKind: String, CaseIterable, Sendable {
  case load, scan, fit, score, spectra, sweep, outlierDetails, explain, comparePair, export, list, remember

  /// Shown beside the gauge.
  public var title: String {
    switch self {
    case .load: "loading"
    case .scan: "checking features"
    case .fit: "fitting"
    case .score: "scoring"
    case .spectra: "spectra"
    case .sweep: "λ path"
    case .outlierDetails: "outliers"
    case .explain: "explaining"
    case .comparePair: "comparing"
    case .export: "exporting"
    case .list: "listing"
    case .remember: "remembering"
    }
  }

  /// How to have it all the same once it was cancelled.
  var restartHint: String {
    switch self {
    case .load, .scan: "^R reads the files again."
    case .fit, .score, .spectra, .sweep: "Another λ or the Tuning screen takes it up again, ^R starts over."
    case .outlierDetails, .explain, .comparePair, .export, .list, .remember: ""
    }
  }

  /// Whether it is long enough to be worth a gauge and a `^C`.
  public var isLong: Bool {
    switch self {
    case .load, .scan, .fit, .score, .spectra, .sweep, .export: true
    case .outlierDetails, .explain, .comparePair, .list, .remember: false
    }
  }
}
