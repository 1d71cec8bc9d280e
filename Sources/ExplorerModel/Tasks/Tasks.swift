import OODData
import OODDetection

/// The kinds of background work. At most one task of each kind runs; a new one replaces it.
public enum TaskKind: String, CaseIterable, Sendable {
  case load, scan, fit, score, spectra, sweep, outlierDetails, explain, comparePair, export, list, remember

  /// The title beside the progress gauge.
  public var title: String {
    switch self {
    case .load: "loading"
    case .scan: "checking features"
    case .fit: "fitting"
    case .score: "scoring"
    case .spectra: "spectra"
    case .sweep: "λ path"
    case .outlierDetails: "outliers"
    case .explain: "explaining"
    case .comparePair: "comparing"
    case .export: "exporting"
    case .list: "listing"
    case .remember: "remembering"
    }
  }

  /// How to restart the task after cancellation.
  var restartHint: String {
    switch self {
    case .load, .scan: "Press ^R to reload the files."
    case .fit, .score, .spectra, .sweep: "Change λ or open Tuning to resume; ^R starts over."
    case .outlierDetails, .explain, .comparePair, .export, .list, .remember: ""
    }
  }

  /// Whether the task is long enough for a progress gauge and `^C`.
  public var isLong: Bool {
    switch self {
    case .load, .scan, .fit, .score, .spectra, .sweep, .export: true
    case .outlierDetails, .explain, .comparePair, .list, .remember: false
    }
  }
}

/// The inputs of the requested background work, to recognize work that is already requested.
struct RequestedWork: Sendable, Equatable {
  struct Explanation: Sendable, Equatable {
    var reference: SampleReference
    var regularization: Regularization
    var score: ScoreKind
  }
  struct Details: Sendable, Equatable {
    var references: [SampleReference]
    var regularization: Regularization
    var score: ScoreKind
  }
  struct Pair: Sendable, Equatable {
    var first: Int
    var second: Int
    var regularization: Regularization
  }

  /// The λ at which scores are being computed.
  var scores: Regularization?
  var explanation: Explanation?
  var details: Details?
  var pair: Pair?
}

extension ExplorerState {
  mutating func lifecycle(_ action: Action) -> [Effect] {
    switch action {
    case .open(let request):
      return beginLoading(request)
    case .reload:
      return beginLoading(self.request)
    case .chooseFiles:
      return chooseFiles()
    case .cancelTask:
      guard let task = longTask else {
        say(.info, "No task is running. Press q to go back or quit, Q to quit immediately.")
        return []
      }
      say(.info, "Cancelled \(task.kind.title). \(task.kind.restartHint)")
      if task.kind == .load { opening = nil }
      return discard(task.kind)
    case .quit:
      isFinished = true
      return TaskKind.allCases.map(Effect.discard)
    default:
      return []
    }
  }

  /// Loads files. The open data and the work on it stay until the new data is loaded.
  private mutating func beginLoading(_ request: DataRequest) -> [Effect] {
    notice = nil
    if !isChoosing {
      // For files from the command line and for reloads, keep the request so that the user can retry.
      failure = nil
      self.request = request
    }
    opening = request
    return [start(.load(request, scans: isChoosing))]
  }

  /// Discards all work on the previous data.
  mutating func discardStaleWork() -> [Effect] {
    let stale: [TaskKind] = [.scan, .fit, .score, .spectra, .sweep, .outlierDetails, .explain, .comparePair]
    for kind in stale { tasks[kind] = nil }
    requested = RequestedWork()
    return stale.map(Effect.discard)
  }

  /// Marks the task of an effect as running.
  mutating func start(_ effect: Effect) -> Effect {
    if let kind = effect.kind { tasks[kind] = WorkProgress(completed: 0, planned: 1) }
    return effect
  }

  mutating func discard(_ kind: TaskKind) -> [Effect] {
    guard tasks[kind] != nil else { return [] }
    tasks[kind] = nil
    return [.discard(kind)]
  }
}
