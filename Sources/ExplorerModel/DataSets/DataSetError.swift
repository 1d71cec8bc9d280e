/// Why files do not make a data set: which file, what is wrong, and what to try.
public enum DataSetError: Error, Equatable, CustomStringConvertible {
  case noTrainingLabels(paths: [String])

  public var description: String {
    switch self {
    case .noTrainingLabels(let paths):
      "\(paths.joined(separator: ", ")): no labels, and fitting needs one per sample; name them with --labels"
    }
  }
}
