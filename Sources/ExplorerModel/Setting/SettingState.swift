import OODData
public import OODDetection

/// The setting that the user turns, with its history.
public struct SettingState: Sendable, Equatable {
  /// The setting that is shown, and the earlier ones.
  public private(set) var history: History<DetectorSetting>
  /// A setting that needs another fit. The shown one stays until it is computed.
  public private(set) var pending: Pending?
  /// What the user chose before anything was opened, which a model does not replace.
  private let choice: SettingChoice

  /// A setting that is being computed.
  public struct Pending: Sendable, Equatable {
    public var fit: FitSetting
    /// t; `nil` to keep the one that is shown then.
    public var regularization: Regularization?
    /// Whether it is an earlier or undone setting.
    var direction: Direction = .new

    enum Direction: Sendable { case new, undo, redo }
  }

  /// - Parameters:
  ///   - choice: What the user chose.
  ///   - standard: What to use if neither the user nor a model provides it.
  init(choice: SettingChoice, standard: DetectorSetting) {
    history = History(choice.resolved(with: standard))
    self.choice = choice
  }

  /// Whether the user chose a part of the setting, or changed it.
  var isChosen: Bool { choice != SettingChoice() || !history.undoStack.isEmpty || pending != nil }

  public var current: DetectorSetting { history.current }
  public var fit: FitSetting { current.fit }
  public var regularization: Regularization { current.regularization }
  public var score: ScoreKind { current.score }

  /// The choices of a fit that the user sees as the next ones: the pending ones, or else the shown ones.
  public var wantedFit: FitSetting { pending?.fit ?? fit }

  // MARK: Changes

  mutating func set(_ setting: DetectorSetting) {
    history.set(setting)
    pending = nil
  }

  /// Starts from a setting, before anything is shown.
  mutating func begin(at setting: DetectorSetting) {
    history = History(setting)
    pending = nil
  }

  /// Sets t of the shown setting.
  mutating func set(_ regularization: Regularization) {
    var setting = current
    setting.regularization = regularization
    history.set(setting)
  }

  mutating func step(tenths: Int) { set(regularization.stepped(by: tenths)) }

  mutating func setScore(_ score: ScoreKind) {
    var setting = current
    setting.score = score
    history.set(setting)
  }

  mutating func undo() { history.undo() }
  mutating func redo() { history.redo() }

  /// Begins a change that needs another fit; `nil` to give it up.
  mutating func setPending(_ pending: Pending?) { self.pending = pending }

  /// The setting that a pending one becomes when it is shown.
  func setting(of pending: Pending) -> DetectorSetting {
    switch pending.direction {
    case .undo: if let previous = history.undoStack.last { return previous }
    case .redo: if let next = history.redoStack.last { return next }
    case .new: break
    }
    return DetectorSetting(
      fit: pending.fit, regularization: pending.regularization ?? regularization, score: score)
  }

  /// Shows the pending setting.
  mutating func completePending() {
    guard let pending else { return }
    self.pending = nil
    switch pending.direction {
    case .undo: history.undo()
    case .redo: history.redo()
    case .new: history.set(setting(of: pending))
    }
  }

  /// Starts from the setting of a model where the user chose nothing. A model keeps its normalization and pooling.
  mutating func take(ofModel setting: DetectorSetting) {
    var taken = choice.resolved(with: setting)
    taken.fit.normalization = setting.fit.normalization
    taken.fit.pooling = setting.fit.pooling
    history = History(taken)
    pending = nil
  }

  /// Undoes all changes since `setting` was last current, so that they cannot be redone.
  mutating func goBack(to setting: DetectorSetting) {
    history.goBack(to: setting)
    pending = nil
  }
}

/// The values that the keys of α and β go through.
extension FitSetting {
  /// The same with the next pooling of the grid.
  func steppingPooling(by offset: Int) -> FitSetting {
    var fit = self
    fit.pooling = Self.next(after: pooling, in: Pooling.grid, by: offset)
    return fit
  }

  /// The same with the next normalization: 0, ½, 1.
  func steppingNormalization(by offset: Int) -> FitSetting {
    var fit = self
    let grid = [0, 0.5, 1].compactMap { try? Normalization($0) }
    fit.normalization = Self.next(after: normalization, in: grid, by: offset)
    return fit
  }

  /// The same with the next ridge rule, around the end.
  func steppingRidgeRule(by offset: Int) -> FitSetting {
    var fit = self
    let rules = RidgeRule.allCases
    let place = rules.firstIndex(of: ridgeRule) ?? 0
    fit.ridgeRule = rules[(place + offset + rules.count) % rules.count]
    return fit
  }

  private static func next<Value: Comparable>(after value: Value, in grid: [Value], by offset: Int) -> Value {
    (offset > 0 ? grid.first { $0 > value } : grid.last { $0 < value }) ?? value
  }
}

/// The current value and the earlier ones, for undo and redo.
public struct History<Value: Equatable> {
  public private(set) var current: Value
  public private(set) var undoStack: [Value] = []
  public private(set) var redoStack: [Value] = []

  public init(_ value: Value) { current = value }

  public mutating func set(_ value: Value) {
    guard value != current else { return }
    undoStack.append(current)
    redoStack = []
    current = value
  }

  /// Removes all changes since `value` was last current, including their history.
  public mutating func goBack(to value: Value) {
    if let place = undoStack.lastIndex(of: value) { undoStack.removeSubrange(place...) }
    redoStack = []
    current = value
  }

  public mutating func undo() {
    guard let previous = undoStack.popLast() else { return }
    redoStack.append(current)
    current = previous
  }

  public mutating func redo() {
    guard let next = redoStack.popLast() else { return }
    undoStack.append(current)
    current = next
  }
}

extension History: Equatable {}
extension History: Sendable where Value: Sendable {}
