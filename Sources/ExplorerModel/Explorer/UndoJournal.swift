import OODData
import OODDetection

/// What the user chose to see and mark, besides the setting: everything that undo brings back.
struct ViewChoice: Sendable, Equatable {
  /// The chosen thresholds; a score without one has the automatic threshold.
  var thresholds: [ScoreKind: Double] = [:]
  var classSort: SortOrder<ClassColumn>
  var classFilter: String?
  var sampleSort: SortOrder<OutlierColumn>
  var sampleFilter: String?
  var nearestClass: Int?
  var oodSet: Int?
  /// The marked samples, each with its tag, which may be empty.
  var marks: [SampleReference: String] = [:]
  /// The columns of tables, where the user chose them.
  var columns: [ColumnTable: ColumnChoice] = [:]

  /// What differs from an earlier choice, in words.
  func change(from earlier: Self) -> String? {
    if marks != earlier.marks { return "marks" }
    if columns != earlier.columns { return "columns" }
    if thresholds != earlier.thresholds { return "threshold" }
    if classSort != earlier.classSort || sampleSort != earlier.sampleSort { return "order" }
    return self == earlier ? nil : "filter"
  }
}

/// What the user changed, in order, so that it can be undone and redone.
struct UndoJournal: Sendable {
  enum Step: Sendable {
    /// A change of the setting, which has a history of its own.
    case setting
    /// The view before a change, and what changed.
    case view(ViewChoice, change: String)
  }

  private(set) var undoSteps: [Step] = []
  private(set) var redoSteps: [Step] = []

  /// The number of steps that are kept.
  private static let limit = 1000

  /// Notes a change of the view. Changes of one kind in a row, such as steps of the threshold or typed letters, are one.
  mutating func note(_ change: String, from earlier: ViewChoice, continues: Bool) {
    redoSteps = []
    if continues, case .view(_, change)? = undoSteps.last { return }
    push(.view(earlier, change: change))
  }

  /// Follows the history of the setting, whose changes can also be completed in the background.
  mutating func follow(undone: (before: Int, after: Int), redone: (before: Int, after: Int)) {
    if undone.after > undone.before, redone.after == redone.before - 1 {
      redoSteps.removeLast(settingIn: &undoSteps)
    } else if undone.after > undone.before {
      redoSteps = []
      for _ in undone.before..<undone.after { push(.setting) }
    } else if undone.after < undone.before, redone.after == redone.before + 1 {
      undoSteps.removeLast(settingIn: &redoSteps)
    } else if undone.after < undone.before {
      var dropped: [Step] = []
      for _ in undone.after..<undone.before { undoSteps.removeLast(settingIn: &dropped) }
    }
  }

  /// Undoes the last step if it changed the view. Returns `nil` if it changed the setting, or if there is no step.
  mutating func undoView(_ current: ViewChoice) -> (ViewChoice, change: String)? {
    Self.move(from: &undoSteps, to: &redoSteps, current)
  }

  mutating func redoView(_ current: ViewChoice) -> (ViewChoice, change: String)? {
    Self.move(from: &redoSteps, to: &undoSteps, current)
  }

  private static func move(
    from steps: inout [Step], to others: inout [Step], _ current: ViewChoice
  ) -> (ViewChoice, change: String)? {
    guard case .view(let choice, let change)? = steps.last else { return nil }
    steps.removeLast()
    others.append(.view(current, change: change))
    return (choice, change)
  }

  private mutating func push(_ step: Step) {
    undoSteps.append(step)
    if undoSteps.count > Self.limit { undoSteps.removeFirst() }
  }
}

extension [UndoJournal.Step] {
  /// Moves the last change of the setting to the end of other steps.
  fileprivate mutating func removeLast(settingIn others: inout Self) {
    let place = lastIndex { if case .setting = $0 { true } else { false } }
    guard let place else { return }
    others.append(remove(at: place))
  }
}

extension ExplorerState {
  /// What undo brings back.
  var viewChoice: ViewChoice {
    get {
      ViewChoice(
        thresholds: scores.thresholds, classSort: classes.sort, classFilter: classes.filter?.text,
        sampleSort: outliers.sort, sampleFilter: outliers.filter?.text, nearestClass: outliers.classFilter,
        oodSet: outliers.setFilter, marks: outliers.marks, columns: columns.chosen)
    }
    set {
      scores.restore(newValue.thresholds, of: data.dataSet)
      classes.restore(newValue.classSort, filter: newValue.classFilter)
      outliers.restore(newValue)
      outliers.take(threshold: scores.threshold)
      columns.chosen = newValue.columns
    }
  }

  public var canUndo: Bool { !journal.undoSteps.isEmpty || setting.pending != nil }
  public var canRedo: Bool { !journal.redoSteps.isEmpty }

  /// Applies an action and notes what it changed.
  mutating func changeNoting(_ action: Action, _ change: (inout Self) -> [Effect]) -> [Effect] {
    let (view, subset) = (viewChoice, outliers.subset)
    let (undone, redone) = (setting.history.undoStack.count, setting.history.redoStack.count)
    let dataIsNew = data.generation
    let effects = change(&self)
    guard dataIsNew == data.generation else {
      journal = UndoJournal()
      return effects
    }
    journal.follow(
      undone: (undone, setting.history.undoStack.count), redone: (redone, setting.history.redoStack.count))
    switch action {
    case .undo, .redo: return effects
    default: break
    }
    // Another list comes with its own order, which the user did not choose.
    guard outliers.subset == subset else { return effects }
    let now = viewChoice
    if let change = now.change(from: view) {
      journal.note(change, from: view, continues: action.continuesOneBefore)
    }
    return effects
  }

  /// Undoes or redoes the last change of the view; a change of the setting goes through the setting's history.
  mutating func undoView(_ isUndo: Bool) -> Bool {
    let current = viewChoice
    guard let (choice, change) = isUndo ? journal.undoView(current) : journal.redoView(current) else {
      return false
    }
    viewChoice = choice
    messages.say(.info, "\(isUndo ? "Undone" : "Redone"): the \(change).")
    return true
  }
}

extension Action {
  /// Whether a change belongs to the one before it if that is of the same kind.
  fileprivate var continuesOneBefore: Bool {
    switch self {
    case .moveThreshold, .setThreshold, .editText: true
    default: false
    }
  }
}
