public import OODData
public import OODDetection

/// Work that an action asks for. It runs in the background and comes back as actions.
public enum Effect: Sendable {
  /// Opens files; looks at their features too where nothing of them may be shown before, as in choosing files: then
  /// what cannot be used takes nothing away from what is shown.
  case load(DataRequest, scans: Bool)
  /// List a folder, by an absolute path or one from the working directory.
  case listFolder(String)
  /// List the arrays of what is open, to choose others.
  case listArrays(DataRequest)
  /// Note what was opened among the recent openings.
  case remember(DataRequest)
  /// Looks at every feature of what was loaded, once: what is no number is located, and left out if so wished.
  case scan(DataSet, model: ModelFile?)
  /// Fits every class with its spectrum, for every λ; what memory permits is shared with the scores of a path of so
  /// many λ.
  case fit(DataSet, pathCount: Int)
  /// Fits for one λ only, without spectra.
  case factor(DataSet, Regularization)
  case score(DetectorAtSetting, DataSet, splits: [Split])
  case sweep(FittedDetector, DataSet, path: [Regularization], splits: [Split])
  /// What rows of the outlier table show beyond their scores, which are among those given.
  case detailOutliers(FittedDetector, DataSet, [OutlierRow], ScoredData, ScoreKind)
  case explain(FittedDetector, DataSet, SampleReference, Regularization, ScoreKind)
  case comparePair(FittedDetector, first: Int, second: Int, Regularization)
  case export(ExportRequest)
  /// The task's result is no longer wanted: nobody waits for its end, which comes when its computation next looks
  /// whether to go on, and it reports nothing.
  case discard(TaskKind)
  /// Put text on the user's clipboard: the front end's business.
  case copy(String)

  /// The slot that the effect runs in; nil where it is not background work.
  public var kind: TaskKind? {
    switch self {
    case .load: .load
    case .scan: .scan
    case .factor: .fit
    case .fit: .spectra
    case .listFolder, .listArrays: .list
    case .remember: .remember
    case .score: .score
    case .sweep: .sweep
    case .detailOutliers: .outlierDetails
    case .explain: .explain
    case .comparePair: .comparePair
    case .export: .export
    case .discard, .copy: nil
    }
  }
}

/// A table to write to a file.
public struct ExportRequest: Sendable, Equatable {
  public var path: String
  public var columns: [String]
  public var rows: [[String]]
  /// Whether a file that is there already may be replaced; else the user is asked.
  public var replacesFile: Bool

  public init(path: String, columns: [String], rows: [[String]], replacesFile: Bool = false) {
    self.replacesFile = replacesFile
    self.path = path
    self.columns = columns
    self.rows = rows
  }
}
