import OODDetection
import TerminalRendering

extension NumberFormat {
  /// A score or a log-density: `−904.12`, `48,210.4`, `3.10e+07`.
  func score(_ value: Double) -> String {
    switch value.magnitude {
    case ..<10: fixed(value, places: 3)
    case ..<1000: fixed(value, places: 2)
    case ..<1e6: grouped(value, places: 1)
    default: scientific(value, digits: 3)
    }
  }

  /// A number from 0 to 1 without trailing zeros: `0`, `.03`, `.0033`, `1`.
  func share(_ value: Double) -> String {
    var text = part(value, places: 4)
    while text.contains("."), text.hasSuffix("0") || text.hasSuffix(".") { text.removeLast() }
    return text.isEmpty ? "0" : text
  }

  /// A squared distance or a margin, never negative: `411`, `95,871`.
  func distance(_ value: Double) -> String {
    switch value.magnitude {
    case ..<100: significant(value, digits: 3)
    case ..<1e6: grouped(value, places: 0)
    default: scientific(value, digits: 3)
    }
  }

  /// `0.43`, `3.1e−12`, `<1e−300`: at most seven columns wide. A nonzero value never reads as 0.
  func pValue(_ value: Double) -> String {
    value < 1e-300 ? "<1e\(minus)300" : significant(value, digits: value < 1e-99 ? 1 : 2)
  }
}

extension NumberFormat {
  /// `512 bytes`, `18.8 kB`: powers of a thousand.
  func bytes(_ count: Int) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(count), 0)
    while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return (unit == 0 ? "\(count)" : significant(value)) + " " + units[unit]
  }
}

extension ScoreKind {
  /// The score that is shown beside this one: the other of the two likelihoods or distances, relative or not.
  var other: ScoreKind {
    switch self {
    case .negativeLogLikelihood: .mahalanobis
    case .mahalanobis: .negativeLogLikelihood
    case .relativeNegativeLogLikelihood: .relativeMahalanobis
    case .relativeMahalanobis: .relativeNegativeLogLikelihood
    }
  }
}

extension Glyphs {
  /// The arrow between two ranks: `3 → 1,842`.
  var toTheRight: String { isUnicode ? "→" : "->" }
  var toTheLeft: String { isUnicode ? "←" : "<-" }
}
