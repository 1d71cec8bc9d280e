/// The files that options which name arrays are for.
enum OptionPart {
  /// All files, as far as no other option is for them.
  case all
  case test
  case outOfDistribution

  /// The option that names the array used as `use`, such as `--test-features`.
  func option(_ use: String) -> String {
    switch self {
    case .all: "--\(use)"
    case .test: "--test-\(use)"
    case .outOfDistribution: "--ood-\(use)"
    }
  }
}
