public import OODData
public import OODDetection

/// Work that an action requests. It runs in the background and reports back as actions.
public enum Effect: Sendable {
  /// Open files. With `scans`, also check their features before anything is shown, so that unusable files
  /// chosen by the user do not replace the open data.
  case load(DataRequest, scans: Bool)
  /// List a folder, given by an absolute path or relative to the working directory.
  case listFolder(String)
  /// List the arrays of the open files, to choose others.
  case listArrays(DataRequest)
  /// Add the request to the recent openings. Keep the session of the files that are left, and find that of the opened
  /// ones.
  case remember(DataRequest, leaving: ExplorerSession?)
  /// Check every feature once. Locate NaN and infinite values, and skip their samples if requested.
  case scan(DataSet, model: ModelFile?)
  /// Fit every class with its spectrum, for every λ. The memory limit is shared with the scores of a path of
  /// `pathCount` values of λ.
  case fit(DataSet, FitSetting, pathCount: Int)
  /// Fit for one setting only, without spectra.
  case factor(DataSet, DetectorSetting)
  /// Compute the numbers of all classes at a λ, if they take too long for a frame.
  case numberClasses(SpectralDetector, Regularization)
  /// Fit and score another setting, as far as needed to show it.
  ///
  /// `base` is a detector of the same normalization and pooling, whose spectra another ridge rule can use.
  case prepare(DataSet, DetectorSetting, base: SpectralDetector?, splits: [Split])
  case score(DetectorAtSetting, DataSet, splits: [Split])
  case sweep(SpectralDetector, DataSet, path: [Regularization], splits: [Split])
  /// Compute the row of the map for a pooling.
  case map(DataSet, FitSetting, path: [Regularization])
  /// Look for a better setting between the steps of a complete map.
  case refine(PoolingMap, DataSet, FitSetting)
  /// Interpolate scores along a path, until exact ones are computed.
  case interpolate(Sweep, Regularization)
  /// Compute the values of outlier rows beyond their scores, which are among the given ones.
  case detailOutliers(SpectralDetector, DataSet, [OutlierRow], ScoredData, ScoreKind)
  /// List many samples in an order. Without a detector, values that need one are missing.
  case listSamples(SampleListing, SpectralDetector?)
  case explain(SpectralDetector, DataSet, SampleReference, DetectorSetting)
  /// Read the pictures of samples.
  case readPictures(DataSet, [SampleReference])
  case comparePair(SpectralDetector, first: Int, second: Int, Regularization)
  /// Compute what the class screen shows of one class.
  case profileClass(SpectralDetector, DataSet, Int, DetectorSetting)
  /// Compute the plane that tells some classes, by index, apart best, and the samples in it.
  case plane(SpectralDetector, DataSet, [Int], Regularization)
  /// Compute what is compared of a pinned setting. `base` is as in ``prepare(_:_:base:splits:)``.
  case measurePin(DataSet, DetectorSetting, base: SpectralDetector?, splits: [Split])
  /// Collect the samples by two of their scores.
  case scatter(ScatterRequest, ScoredData, DataSet)
  /// Judge settings and baselines on every OOD set. Reports each row as it is computed.
  case compare(DataSet, ComparisonRequest, ComparisonRequest.Known)
  /// Audit the labels of the training samples.
  case audit(SpectralDetector, DataSet, DetectorSetting)
  /// Find near duplicates within the training samples, and between them and the test samples.
  case findDuplicates(DataSet, FitSetting)
  /// Check whether the classes are Gaussian.
  case checkFits(SpectralDetector, DataSet, DetectorSetting, ScoredData)
  case export(ExportRequest)
  /// Cancel a task. It stops at its next check for cancellation, and its result is discarded.
  case discard(TaskKind)
  /// Copy text to the user's clipboard. The front end does this.
  case copy(String)

  /// The task kind of the effect; `nil` if it is not background work.
  public var kind: TaskKind? {
    switch self {
    case .load: .load
    case .scan: .scan
    case .factor: .fit
    case .fit: .spectra
    case .numberClasses: .classNumbers
    case .prepare: .prepare
    case .map, .refine: .map
    case .listFolder, .listArrays: .list
    case .remember: .remember
    case .score: .score
    case .sweep: .sweep
    case .interpolate: .interpolate
    case .detailOutliers: .outlierDetails
    case .listSamples: .listSamples
    case .explain: .explain
    case .readPictures: .pictures
    case .comparePair: .comparePair
    case .profileClass: .profileClass
    case .plane: .plane
    case .measurePin: .pin
    case .scatter: .scatter
    case .compare: .compare
    case .audit: .audit
    case .findDuplicates: .duplicates
    case .checkFits: .checkFits
    case .export: .export
    case .discard, .copy: nil
    }
  }

  /// Below the priority of the main actor, so that a frame is drawn before work on every core goes on. What one class or
  /// pair shows takes milliseconds and one core. It gets a thread of its own: behind the work on every core, it would
  /// wait for a block of samples.
  var priority: TaskPriority {
    switch self {
    case .profileClass, .comparePair: .medium
    default: .utility
    }
  }

  /// Whether the work prepares what the user may ask for later, so that it pauses for what is being waited for.
  var isPreparation: Bool {
    switch self {
    case .fit, .sweep, .map, .refine, .compare, .measurePin: true
    default: false
    }
  }
}
