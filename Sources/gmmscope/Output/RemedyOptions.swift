import OODData
import OODDetection

extension Remedy {
  /// The remedy, phrased with command-line options.
  nonisolated var options: String {
    switch self {
    case .useArrays(let arrays): arrays.map { "\($0): \($0.arguments)" }.joined(separator: "; or ")
    case .nameFeatures: "name one with --features"
    case .nameLabels: "name them with --labels"
    case .nameColumns: "--features names the columns to use, as in --features 'f*'"
    case .nameLabelColumn(let name): "name a label column with --labels \(ArrayCandidates.quoted(name))"
    case .scoreArray(let name): "--test-features \(ArrayCandidates.quoted(name)) scores them"
    case .skipNonFinite: "exclude such samples with --skip-non-finite"
    }
  }
}

/// An error as one line for the command line.
nonisolated func commandLine(_ error: any Error) -> String {
  if case DetectorError.memoryTooSmall = error { return oneLine(error) + " (--memory, --threads)" }
  if case DetectorError.unavailableRidgeRule(let rule) = error {
    return "--reg \(rule.rawValue) needs the training samples; give --train instead of --model or --moments"
  }
  return Statement(error).line(\.options)
}
