import OODDetection
import TerminalRendering

/// The metrics by their names in reports.
enum Metric: CaseIterable {
  case auroc, auprIn, auprOut, fpr95TPR, fpr95ID

  var title: String {
    switch self {
    case .auroc: "AUROC"
    case .auprIn: "AUPR-IN"
    case .auprOut: "AUPR-OUT"
    case .fpr95TPR: "FPR95TPR"
    case .fpr95ID: "FPR95ID"
    }
  }

  func value(_ metrics: OODMetrics) -> Double {
    switch self {
    case .auroc: metrics.auroc
    case .auprIn: metrics.auprIn
    case .auprOut: metrics.auprOut
    case .fpr95TPR: metrics.fpr95TPR
    case .fpr95ID: metrics.fpr95ID
    }
  }

  /// The value as text: areas as fractions, rates in percent.
  func text(_ metrics: OODMetrics, _ numbers: NumberFormat) -> String {
    [.fpr95TPR, .fpr95ID].contains(self) ? numbers.percent(value(metrics)) : numbers.part(value(metrics))
  }
}
