public import OODData
public import OODDetection

/// The whole state of the explorer: the state of each feature, and what is common to the screens. Only
/// ``ExplorerState/apply(_:)`` changes it; drawing reads it.
///
/// A feature's state holds its data, its changes and the values that follow from them, and knows no other
/// feature. What follows for others is decided by the extensions of this type.
public struct ExplorerState: Sendable {
  public internal(set) var data: DataState
  public internal(set) var setting: SettingState
  public internal(set) var classes = ClassesState()
  public internal(set) var scores = ScoresState()
  public internal(set) var outliers = OutliersState()
  public internal(set) var tuning: TuningState
  public internal(set) var distances = DistancesState()
  public internal(set) var compare = CompareState()
  public internal(set) var audit = AuditState()
  public internal(set) var choosing = ChoosingState()
  public internal(set) var tasks = TasksState()
  public internal(set) var messages = MessagesState()

  public internal(set) var preferences: DisplayPreferences

  public internal(set) var screen = Screen.classes
  public internal(set) var overlay: Overlay?
  /// Which columns tables show.
  public var columns = ColumnsState()
  /// The last searched text, for `n` and `N`.
  public internal(set) var lastSearch = ""
  public internal(set) var isFinished = false
  /// What to compute automatically after opening.
  public let goal: Goal

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

  /// The session to go back to as soon as there are scores.
  var pendingSession: ExplorerSession?

  /// What can be undone and redone.
  var journal = UndoJournal()

  /// The largest ``ClassNumbers/work(of:)`` that is done in an action. More runs in the background.
  var immediateWork = ClassNumbers.immediateWork

  /// The fits of other settings, to go back to.
  var visited = VisitedFits()

  /// - Parameters:
  ///   - choice: What the user chose of the setting. A model does not replace it.
  ///   - standard: The setting where neither the user nor a model provides one.
  public init(
    request: DataRequest = DataRequest(), choice: SettingChoice = SettingChoice(),
    standard: DetectorSetting = .standard, goal: Goal = .explore,
    path: [Regularization] = RegularizationPath.standard,
    preferences: DisplayPreferences = DisplayPreferences()
  ) {
    self.preferences = preferences
    data = DataState(request: request)
    setting = SettingState(choice: choice, standard: standard)
    tuning = TuningState(path: path)
    self.goal = goal
  }

  /// The explorer at a λ that the user chose.
  public init(
    request: DataRequest = DataRequest(), regularization: Regularization?, goal: Goal = .explore,
    path: [Regularization] = RegularizationPath.standard
  ) {
    self.init(
      request: request, choice: SettingChoice(regularization: regularization), goal: goal, path: path)
  }
}

extension ExplorerState {
  /// Applies an action and returns the work that it requests. All state changes happen here. Performs no I/O.
  public mutating func apply(_ action: Action) -> [Effect] {
    let effects = changeNoting(action) { $0.change(by: action) }
    noteSettingToCompare()
    return effects + numberClassesIfWanted() + workForCurrentScreen()
  }

  private mutating func change(by action: Action) -> [Effect] {
    if let effects = choose(action) { return effects }
    switch action {
    case .open, .reload, .chooseFiles, .toParentFolder, .toggleNonFinite, .assign, .cancelTask, .quit:
      return lifecycle(action)

    case .stepRegularization, .setRegularization, .takeProposal, .undo, .redo, .cycleScore,
      .stepPooling, .stepNormalization, .stepRidgeRule, .choose, .cureClass:
      return changeSetting(action)

    case .show, .showNextScreen, .back, .enter, .jumpToClass, .move, .moveColumn, .selectRow, .selectPair,
      .sortByNeighbor, .sortClasses, .sortOutliers, .sortComparison, .invertSort, .cycleClassFilter,
      .findNext,
      .copySelection, .copyRow:
      return useScreen(action)

    case .moveThreshold, .setThreshold, .aimThreshold, .resetThreshold, .toggleLogCounts, .toggleCounts,
      .cycleScoreRange, .cycleSet,
      .togglePrecisionRecall, .toggleScatter, .cycleScatterScore, .cycleSubset, .showSubset,
      .toggleFrequencies, .togglePictures, .togglePictureSize,
      .toggleMark, .markRows, .clearMarks, .pin, .unpin, .cyclePin, .toggleTuningPane,
      .zoomTuning, .resetTuningZoom, .cycleMapMeasure, .moveMapCursor,
      .placeMapCursor, .followNeighbor, .cycleClassPlot, .compareClasses, .moveDimension,
      .zoomDimensions, .listClassSamples, .cycleComparedMetric:
      useSingleScreen(action)
      return []

    case .plane(let action):
      return usePlane(action)
    case .chooseColumns:
      chooseColumns()
      return []
    case .editColumns(let edit):
      editColumns(edit)
      return []

    case .openOverlay, .closeOverlay, .ask, .editText, .scrollHelp, .showHelpPage, .searchHelp,
      .movePaletteSelection, .cycleExport, .submitPrompt:
      return useOverlay(action)

    case .dismissNotice:
      messages.notice = nil
      return []

    case .setTheme(let theme):
      preferences.theme = theme
      return []

    case .loaded, .scanned, .fitted, .factored, .numberedClasses, .prepared, .scored, .swept, .mapped,
      .refined, .interpolated,
      .detailedOutliers, .listedSamples, .explained, .readPictures,
      .comparedPair, .planed, .measuredPin, .scattered, .profiledClass, .comparedRow, .compared, .audited,
      .foundDuplicates,
      .checkedFits,
      .exported,
      .foundExistingFile, .listed,
      .foundFile, .remembered, .copied, .resume, .foundArrays,
      .progressed, .failed, .cancelled, .noticed:
      return report(action)
    }
  }
}

/// The seven screens of the explorer, in the order of their number keys.
public enum Screen: String, CaseIterable, Sendable {
  case classes, scores, outliers, tuning, distances, compare, data

  /// The number key that opens the screen, 1 to 7.
  public var number: Int { Self.allCases.firstIndex(of: self)! + 1 }

  public var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}
