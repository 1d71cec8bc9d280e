import OODData
public import OODDetection

/// The kinds of background work. At most one task of each kind runs; a new one replaces it.
public enum TaskKind: String, CaseIterable, Sendable {
  case load, scan, prepare, fit, score, listSamples, spectra, classNumbers, sweep, map, compare, audit,
    duplicates,
    interpolate,
    outlierDetails, explain, pictures, comparePair, plane, pin, scatter, profileClass, checkFits, export, list
  case remember

  /// The title beside the progress gauge.
  public func title(_ rule: RidgeRule) -> String {
    switch self {
    case .load: "loading"
    case .scan: "checking features"
    case .prepare: "next setting"
    case .fit: "fitting"
    case .score: "scoring"
    case .spectra: "spectra"
    case .classNumbers: "class numbers"
    case .sweep: "\(rule.symbol) path"
    case .map: "map"
    case .compare: "comparing settings"
    case .audit: "auditing labels"
    case .duplicates: "near duplicates"
    case .checkFits: "checking classes"
    case .listSamples: "sorting"
    case .interpolate: "interpolating"
    case .outlierDetails: "outliers"
    case .explain: "explaining"
    case .pictures: "reading pictures"
    case .comparePair: "comparing"
    case .profileClass: "class"
    case .plane: "plane"
    case .pin: "pinned setting"
    case .scatter: "scatter"
    case .export: "exporting"
    case .list: "listing"
    case .remember: "remembering"
    }
  }

  /// How to restart the task after cancellation.
  func restartHint(_ rule: RidgeRule) -> String {
    switch self {
    case .load, .scan: "Press ^R to reload the files."
    case .fit, .score, .spectra, .classNumbers, .sweep:
      "Change \(rule.symbol) or open Tuning to resume; ^R starts over."
    case .prepare: "The shown setting stays."
    case .map: "Open Tuning again to resume."
    case .compare: "Open Compare again to resume."
    case .audit, .duplicates: "Press t until this view is back to start over."
    case .listSamples: "Sort or filter again to start over."
    case .plane: "Show the plane again to start over."
    case .pin: "Pin the setting again to compare it."
    case .interpolate, .outlierDetails, .explain, .pictures, .comparePair, .scatter, .profileClass,
      .checkFits,
      .export, .list,
      .remember:
      ""
    }
  }

  /// Whether the task is long enough for a progress gauge and `^C`.
  public var isLong: Bool {
    switch self {
    case .load, .scan, .prepare, .fit, .score, .spectra, .classNumbers, .sweep, .map, .compare, .audit,
      .duplicates,
      .listSamples, .plane, .pin,
      .export:
      true
    case .interpolate, .outlierDetails, .explain, .pictures, .comparePair, .scatter, .profileClass,
      .checkFits,
      .list, .remember:
      false
    }
  }

  /// Whether the task works on the open data, so that its result means nothing for other data.
  fileprivate var needsData: Bool {
    switch self {
    case .scan, .prepare, .fit, .score, .spectra, .classNumbers, .sweep, .map, .interpolate, .outlierDetails,
      .explain,
      .pictures, .comparePair, .plane, .pin, .scatter, .profileClass, .compare, .audit, .duplicates,
      .checkFits,
      .listSamples:
      true
    case .load, .export, .list, .remember: false
    }
  }
}

/// The inputs of the requested background work, to recognize work that is already requested.
struct RequestedWork: Sendable, Equatable {
  struct Explanation: Sendable, Equatable {
    var reference: SampleReference
    var setting: DetectorSetting
  }
  struct Details: Sendable, Equatable {
    var references: [SampleReference]
    var setting: DetectorSetting
  }
  struct Pair: Sendable, Equatable {
    var first: Int
    var second: Int
    var regularization: Regularization
  }

  struct Plane: Sendable, Equatable {
    var classIndices: [Int]
    var fit: FitSetting
    var regularization: Regularization
  }

  /// The λ at which scores are being computed.
  var scores: Regularization?
  /// The λ at which numbers of classes are being computed.
  var classNumbers: Regularization?
  var explanation: Explanation?
  var details: Details?
  /// The version of the list of samples that is being made.
  var listing: Int?
  var pictures: [SampleReference] = []
  var pair: Pair?
  var plane: Plane?
  var pin: DetectorSetting?
  var scatter: ScatterRequest?
  var audit: DetectorSetting?
  var duplicates: Normalization?
  var fits: DetectorSetting?
  var profile: Profile?

  struct Profile: Sendable, Equatable {
    var classIndex: Int
    var setting: DetectorSetting
  }
}

/// The background work that runs, and what was requested before.
public struct TasksState: Sendable {
  private var running: [TaskKind: WorkProgress] = [:]
  var requested = RequestedWork()

  /// The progress of a task; `nil` if none of this kind runs.
  public subscript(kind: TaskKind) -> WorkProgress? { running[kind] }

  public var isEmpty: Bool { running.isEmpty }

  /// The long-running task to show; the most basic one takes precedence.
  public var longTask: (kind: TaskKind, progress: WorkProgress)? {
    for kind in TaskKind.allCases where kind.isLong {
      if let progress = running[kind] { return (kind, progress) }
    }
    return nil
  }

  // MARK: Changes

  /// Marks the task of an effect as running.
  mutating func start(_ effect: Effect) -> Effect {
    if let kind = effect.kind { running[kind] = WorkProgress(completed: 0, planned: 1) }
    return effect
  }

  mutating func progress(_ kind: TaskKind, to progress: WorkProgress) {
    if running[kind] != nil { running[kind] = progress }
  }

  mutating func finish(_ kind: TaskKind) { running[kind] = nil }

  mutating func discard(_ kind: TaskKind) -> [Effect] {
    guard running[kind] != nil else { return [] }
    running[kind] = nil
    return [.discard(kind)]
  }

  /// Discards all work on the previous data.
  mutating func discardStale() -> [Effect] {
    let stale = TaskKind.allCases.filter(\.needsData)
    for kind in stale { running[kind] = nil }
    requested = RequestedWork()
    return stale.map(Effect.discard)
  }
}
