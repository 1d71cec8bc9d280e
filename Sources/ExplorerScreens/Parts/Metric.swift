import OODDetection
import TerminalRendering

/// The four metrics by the names that pytorch-ood gives them.
enum Metric: CaseIterable {
  case auroc, auprIn, auprOut, fpr95TPR

  var title: String {
    switch self {
    case .auroc: "AUROC"
    case .auprIn: "AUPR-IN"
    case .auprOut: "AUPR-OUT"
    case .fpr95TPR: "FPR95TPR"
    }
  }

  func value(_ metrics: OODMetrics) -> Double {
    switch self {
    case .auroc: metrics.auroc
    case .auprIn: metrics.auprIn
    case .auprOut: metrics.auprOut
    case .fpr95TPR: metrics.fpr95TPR
    }
  }

  /// The value as text: areas as fractions, the rate in percent.
  func text(_ metrics: OODMetrics, _ numbers: NumberFormat) -> String {
    self == .fpr95TPR ? numbers.percent(value(metrics)) : numbers.part(value(metrics))
  }
}
