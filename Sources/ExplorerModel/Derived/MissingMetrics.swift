public import OODDetection

/// Why there are no metrics.
public enum MissingMetrics: Error, Equatable, Sendable {
  /// Nothing says which samples are out-of-distribution.
  case noLabels
  case unavailable(MetricsUnavailable)
}

extension MissingMetrics: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noLabels: "no labels that tell ID from OOD samples; name them with --labels"
    case .unavailable(let reason): reason.description
    }
  }
}
