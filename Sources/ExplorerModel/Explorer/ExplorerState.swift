public import LinearAlgebra
public import OODData
public import OODDetection

/// The whole state of the explorer. Only ``ExplorerState/apply(_:)`` changes it; drawing reads it.
public struct ExplorerState: Sendable {
  // The open data.
  public var request: DataRequest
  /// The request that is being opened and will replace ``request``.
  public internal(set) var opening: DataRequest?
  public internal(set) var data: DataSet?
  public internal(set) var detector: SpectralDetector?
  /// A detector fitted for one λ without spectra, which is enough for scores.
  public internal(set) var factored: CholeskyDetector?

  // The setting, and the values that depend on it.
  public internal(set) var history: RegularizationHistory
  public internal(set) var scoreKind: ScoreKind
  /// The classes in ascending order of label, with what is known before their spectra.
  public internal(set) var outlines: [ClassOutline] = []
  /// The class numbers at the current λ, in the same order; empty until the spectra are computed.
  public internal(set) var summaries: [ClassSummary] = []
  /// Why the spectra cannot be computed, such as too little memory; `nil` if they can. Classes and scores at
  /// one λ at a time do not need them.
  public internal(set) var spectraObstacle: String?
  /// (K, K) distances between class means at the current λ.
  public internal(set) var separations: Matrix?
  /// The latest scores, which can belong to another λ; see ``scoresAreCurrent``.
  public internal(set) var scores: ScoredData?
  public internal(set) var evaluation: Evaluation?
  public internal(set) var rocCurve: ROCCurve?
  /// The sorted scores of all samples, and of the samples on the scores screen.
  public internal(set) var overallDistribution: ScoreDistribution?
  public internal(set) var shownDistribution: ScoreDistribution?
  /// The counts and rates at the threshold, for all evaluated samples and for those nearest to the class that
  /// filters the scores screen.
  public internal(set) var thresholdCounts: ThresholdCounts?
  public internal(set) var classThresholdCounts: ThresholdCounts?
  /// The threshold to use until the user chooses one; see ``threshold``.
  var automaticThreshold: Double?
  public internal(set) var sweep: Sweep?
  /// The outlier table, sorted and filtered as shown.
  public internal(set) var outlierRows: [OutlierRow] = []
  public internal(set) var explained: ExplainedSample?
  public internal(set) var pairComparison: PairComparison?
  public internal(set) var settingComparison: SettingComparison?
  /// The rank changes from the current to the proposed λ; only on the tuning screen and without a pinned
  /// setting.
  public internal(set) var proposalComparison: SettingComparison?
  /// The ranks at the proposed λ, cached while λ changes.
  var proposedRanks: ProposedRanks?

  // Running tasks and messages.
  public internal(set) var tasks: [TaskKind: WorkProgress] = [:]
  public internal(set) var messages: [Message] = []
  /// The latest message, until the next key press.
  public internal(set) var notice: Message?
  /// The last failure, with which a command exits; `nil` if nothing failed.
  public internal(set) var failure: Message?

  // Screens and choosers.
  public internal(set) var screen = Screen.classes
  public internal(set) var classes = ClassesState()
  public internal(set) var scoresView = ScoresState()
  public internal(set) var outliers = OutliersState()
  public internal(set) var tuning = TuningState()
  public internal(set) var distances = DistancesState()
  public internal(set) var dataView = DataState()
  public internal(set) var overlay: Overlay?
  /// The file chooser, which replaces the screen while it is open.
  public internal(set) var fileChooser: FileChooserState?
  /// The array chooser, which replaces the screen and the file chooser while it is open.
  public internal(set) var arrayChooser: ArrayChooserState?
  /// The last searched text, for `n` and `N`.
  public internal(set) var lastSearch = ""
  public internal(set) var isFinished = false
  /// The background work that was already requested, so that it is not requested twice.
  var requested = RequestedWork()
  /// The details of the listed outliers at the current λ and score.
  var outlierDetails: [SampleReference: OutlierDetail] = [:]

  /// Whether the user chose λ, so that the λ of a model does not replace it.
  public var regularizationIsChosen: Bool
  /// What to compute automatically after opening.
  public var goal: Goal
  /// The values of λ along the path.
  public var path: [Regularization]
  /// The number of multiplications from which a path is computed in two parts, so that the first part appears
  /// early.
  var largePathWork = 0x1p36

  /// What to compute automatically, with everything that it needs.
  public enum Goal: Int, Comparable, Sendable {
    /// Files only.
    case load
    /// Classes.
    case fit
    /// Scores at one λ from spectra.
    case score
    /// Classes and scores at one λ, then spectra, then the path, and what the current screen shows.
    case explore

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// - Parameters:
  ///   - regularization: The λ that the user chose. The λ of a model does not replace it.
  ///   - standardRegularization: The λ to use if neither the user nor a model provides one.
  public init(
    request: DataRequest = DataRequest(), regularization: Regularization? = nil,
    standardRegularization: Regularization = .standard,
    scoreKind: ScoreKind = .negativeLogLikelihood, goal: Goal = .explore,
    path: [Regularization] = RegularizationPath.standard
  ) {
    self.request = request
    self.history = RegularizationHistory(regularization ?? standardRegularization)
    regularizationIsChosen = regularization != nil
    self.scoreKind = scoreKind
    self.goal = goal
    self.path = path
  }

  public var regularization: Regularization { history.current }

  /// The setting of what is shown.
  public var setting: DetectorSetting {
    DetectorSetting(
      fit: detector?.setting ?? factored?.setting ?? .standard, regularization: regularization, score: scoreKind)
  }

  /// Whether a chooser replaces the screen.
  public var isChoosing: Bool { fileChooser != nil || arrayChooser != nil }

  /// The number of highest scores that the outlier table lists.
  public var outlierLimit: Int {
    get { outliers.limit }
    set { outliers.limit = newValue }
  }

  /// Whether scores, metrics and outliers belong to the current λ, whether computed or interpolated.
  public var scoresAreCurrent: Bool { scores?.regularization == regularization }

  /// Whether the scores are interpolated along the path until the exact ones are computed.
  public var scoresAreInterpolated: Bool { scoresAreCurrent && scores?.unsettledCount != nil }

  /// Whether the scores were computed for the current λ.
  public var scoresAreComputed: Bool { scoresAreCurrent && scores?.unsettledCount == nil }
}

extension ExplorerState {
  /// The label of the class with this index in the detector; `nil` if there is no such class.
  public func label(ofClass index: Int) -> Int? {
    outlines.indices.contains(index) ? outlines[index].label : nil
  }

  /// The dimension D of the fitted detector.
  public var dimension: Int? { outlines.first?.mean.count }

  /// The name of the class with this index in the detector.
  public func className(_ index: Int) -> String { label(ofClass: index).map(name(ofLabel:)) ?? "?" }

  /// The name of a label: the name in the data, or else "OOD" for negative labels and the number for others.
  public func name(ofLabel label: Int) -> String {
    data?.name(ofLabel: label) ?? (label < 0 ? "OOD" : String(label))
  }

  /// The long-running task to show; the most basic one takes precedence.
  public var longTask: (kind: TaskKind, progress: WorkProgress)? {
    for kind in TaskKind.allCases where kind.isLong {
      if let progress = tasks[kind] { return (kind, progress) }
    }
    return nil
  }
}
