public import LinearAlgebra
public import OODData
public import OODDetection

/// All that the explorer knows and shows. Changed only by ``ExplorerState/apply(_:)``; drawing reads it.
public struct ExplorerState: Sendable {
  // What is open.
  public var request: DataRequest
  /// What is being opened, to take the place of ``request``.
  public internal(set) var opening: DataRequest?
  public internal(set) var data: DataSet?
  public internal(set) var detector: FittedDetector?
  /// Fitted for one λ, where nothing but its scores is wanted.
  public internal(set) var factored: FactoredDetector?

  // The setting, and what follows from it.
  public internal(set) var history: RegularizationHistory
  public internal(set) var scoreKind: ScoreKind
  /// The classes in ascending order of label; all that is known of them until their spectra are there.
  public internal(set) var outlines: [ClassOutline] = []
  /// Class numbers at the current λ, in the same order; empty until there are spectra.
  public internal(set) var summaries: [ClassSummary] = []
  /// Why there are no spectra and will be none, such as too little memory; nil where nothing stands in their way. Classes,
  /// and scores at one λ at a time, are there all the same.
  public internal(set) var spectraObstacle: String?
  /// (K, K) distances between class means at the current λ.
  public internal(set) var separations: Matrix?
  /// Scores at the latest λ they were computed for; see ``scoresAreCurrent``.
  public internal(set) var scores: ScoredData?
  public internal(set) var evaluation: Evaluation?
  public internal(set) var rocCurve: ROCCurve?
  /// Sorted scores of all samples, and of those that the scores screen shows.
  public internal(set) var overallDistribution: ScoreDistribution?
  public internal(set) var shownDistribution: ScoreDistribution?
  /// Counts and rates at the threshold, of all evaluated samples and of those nearest to the class that the scores
  /// screen is narrowed to.
  public internal(set) var thresholdCounts: ThresholdCounts?
  public internal(set) var classThresholdCounts: ThresholdCounts?
  /// The threshold where the user has chosen none; see ``threshold``.
  var automaticThreshold: Double?
  public internal(set) var sweep: Sweep?
  /// The outlier table, sorted and filtered as shown.
  public internal(set) var outlierRows: [OutlierRow] = []
  public internal(set) var explained: ExplainedSample?
  public internal(set) var pairComparison: PairComparison?
  public internal(set) var settingComparison: SettingComparison?
  /// What would move from the current λ to the proposed one; on the tuning screen only, and where nothing is pinned.
  public internal(set) var proposalComparison: SettingComparison?
  /// The ranks under the proposed λ, which stay while λ is turned.
  var proposedRanks: ProposedRanks?

  // What runs, and what was said.
  public internal(set) var tasks: [TaskKind: WorkProgress] = [:]
  public internal(set) var messages: [Message] = []
  /// The latest message, until the next key.
  public internal(set) var notice: Message?
  /// What failed last, for commands to end with; nil while all is well.
  public internal(set) var failure: Message?

  // Where the user is.
  public internal(set) var screen = Screen.classes
  public internal(set) var classes = ClassesState()
  public internal(set) var scoresView = ScoresState()
  public internal(set) var outliers = OutliersState()
  public internal(set) var tuning = TuningState()
  public internal(set) var distances = DistancesState()
  public internal(set) var dataView = DataState()
  public internal(set) var overlay: Overlay?
  /// In place of the screen while files to open are chosen.
  public internal(set) var fileChooser: FileChooserState?
  /// In place of the screen, and of the file chooser, while arrays of a file are chosen.
  public internal(set) var arrayChooser: ArrayChooserState?
  /// The text last searched for, for `n` and `N`.
  public internal(set) var lastSearch = ""
  public internal(set) var isFinished = false
  /// Background work already asked for, so that it is not asked for twice.
  var requested = RequestedWork()
  /// Details of listed outliers, for the current λ and score.
  var outlierDetails: [SampleReference: OutlierDetail] = [:]

  /// Whether λ is the user's, so that a model's own does not replace it.
  public var regularizationIsChosen: Bool
  /// How far to go by itself after opening.
  public var goal: Goal
  /// The λs that a sweep visits.
  public var path: [Regularization]
  /// From how many multiplications on a path is computed in two parts, so that its first can be seen early.
  var largePathWork = 0x1p36

  /// What is computed without being asked for, each with what it needs.
  public enum Goal: Int, Comparable, Sendable {
    /// Files only.
    case load
    /// Classes.
    case fit
    /// Scores at one λ from spectra.
    case score
    /// Classes and scores at one λ first, then spectra, then the path, and whatever the screen shows.
    case explore

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// - Parameters:
  ///   - regularization: the λ that the user named; a model's own does not replace it.
  ///   - standardRegularization: the λ where neither the user nor a model names one.
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

  /// Whether files or arrays are being chosen, in the place of a screen.
  public var isChoosing: Bool { fileChooser != nil || arrayChooser != nil }

  /// How many of the highest scores are listed.
  public var outlierLimit: Int {
    get { outliers.limit }
    set { outliers.limit = newValue }
  }

  /// Whether scores, metrics and outliers belong to the current λ, computed or interpolated.
  public var scoresAreCurrent: Bool { scores?.regularization == regularization }

  /// Whether they are interpolated between those of the path's λ, for as long as it takes to compute them.
  public var scoresAreInterpolated: Bool { scoresAreCurrent && scores?.unsettledCount != nil }

  /// Whether they belong to the current λ and were computed for it.
  public var scoresAreComputed: Bool { scoresAreCurrent && scores?.unsettledCount == nil }
}

extension ExplorerState {
  /// The label of a class, by its index within the detector; nil where there is no such class.
  public func label(ofClass index: Int) -> Int? {
    outlines.indices.contains(index) ? outlines[index].label : nil
  }

  /// D of the fitted detector.
  public var dimension: Int? { outlines.first?.mean.count }

  /// The name of a class, by its index within the detector.
  public func className(_ index: Int) -> String { label(ofClass: index).map(name(ofLabel:)) ?? "?" }

  /// The name of a label: the data's own, "OOD" below 0, else the number.
  public func name(ofLabel label: Int) -> String {
    data?.name(ofLabel: label) ?? (label < 0 ? "OOD" : String(label))
  }

  /// The long-running task to show, the most basic first.
  public var longTask: (kind: TaskKind, progress: WorkProgress)? {
    for kind in TaskKind.allCases where kind.isLong {
      if let progress = tasks[kind] { return (kind, progress) }
    }
    return nil
  }
}
