import OODData
import OODDetection

/// The kinds of background work. At most one task of a kind runs; a new one replaces it.
public enum TaskKind: String, CaseIterable, Sendable {
  case load, scan, fit, score, spectra, sweep, outlierDetails, explain, comparePair, export, list, remember

  /// Shown beside the gauge.
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

  /// How to have it all the same once it was cancelled.
  var restartHint: String {
    switch self {
    case .load, .scan: "^R reads the files again."
    case .fit, .score, .spectra, .sweep: "Another λ or the Tuning screen takes it up again, ^R starts over."
    case .outlierDetails, .explain, .comparePair, .export, .list, .remember: ""
    }
  }

  /// Whether it is long enough to be worth a gauge and a `^C`.
  public var isLong: Bool {
    switch self {
    case .load, .scan, .fit, .score, .spectra, .sweep, .export: true
    case .outlierDetails, .explain, .comparePair, .list, .remember: false
    }
  }
}

/// What background work is about, to tell whether what is wanted is already on its way.
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

  /// The λ that scores are being computed at.
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
        say(.info, "Nothing is running to cancel. q goes back and at the top quits, Q quits at once.")
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

  /// Starts over from files. What is shown, and the work on it, stays until the new data is there.
  private mutating func beginLoading(_ request: DataRequest) -> [Effect] {
    notice = nil
    if !isChoosing {
      // Named by a command line or read again: where that fails, it can be tried again.
      failure = nil
      self.request = request
    }
    opening = request
    return [start(.load(request, scans: isChoosing))]
  }

  /// Ends all work on what was open before.
  mutating func discardStaleWork() -> [Effect] {
    let stale: [TaskKind] = [.scan, .fit, .score, .spectra, .sweep, .outlierDetails, .explain, .comparePair]
    for kind in stale { tasks[kind] = nil }
    requested = RequestedWork()
    return stale.map(Effect.discard)
  }

  /// Notes that an effect's task is under way.
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
