/// Everything a session measured; its JSON is what `--format json` prints.
struct BenchReport: Codable, Sendable {
  var schemaVersion = 1
  let engine: EngineReport
  var workloads: [WorkloadReport] = []
  /// What the csv workload measured.
  var tables: TableReport?

  /// Whether every number that was checked is within what is promised.
  var isAccurate: Bool {
    workloads.allSatisfy {
      $0.accuracy.allSatisfy(\.isKept) && $0.interpolation?.isKept != false
        && $0.settings.allSatisfy(\.isKept)
    }
      && tables?.isExact != false
  }
}

/// What everything ran on.
struct EngineReport: Codable, Sendable {
  /// Library and kernels.
  let linearAlgebra: String
  let threadCount: Int
  /// The user's settings that BLAS was started with.
  let environment: [String: String]
  let matrixProduct: MachineSpeed
  let peer: Peer.Versions?
}

struct WorkloadReport: Codable, Sendable {
  let name: WorkloadName
  let origin: String?
  let regularization: Double
  /// Why it was not run.
  let skipped: String?
  let shape: WorkloadShape?
  let phases: [PhaseReport]
  let accuracy: [AccuracyRow]
  let comparison: Comparison?
  let ratios: Ratios
  /// How many classes a test sample was compared with in full, on average.
  var visitedClassesPerSample: Double?
  /// Settings of the detector family, where these were measured.
  var settings: [SettingRow] = []
  /// Nil where no λ between two of the path was tried.
  var interpolation: InterpolationCheck?

  /// A workload that was run.
  init(
    _ workload: Workload, regularization: Double, shape: WorkloadShape, phases: [PhaseReport],
    accuracy: [AccuracyRow], comparison: Comparison?
  ) {
    name = workload.name
    origin = workload.origin
    self.regularization = regularization
    skipped = nil
    self.shape = shape
    self.phases = phases
    self.accuracy = accuracy
    self.comparison = comparison
    ratios = Ratios(phases, shape, comparison)
  }

  /// A workload that was not run.
  init(_ name: WorkloadName, regularization: Double, skipped reason: String) {
    self.name = name
    self.regularization = regularization
    skipped = reason
    (origin, shape, phases, accuracy, comparison) = (nil, nil, [], [], nil)
    ratios = Ratios()
  }
}

/// Medians over medians; nil where one of them was not measured.
struct Ratios: Codable, Sendable {
  /// The peer's fit and scoring over ours as a whole process: how many times faster ours is.
  private(set) var fitAndScore: Double?
  /// What another λ costs the peer, which must fit again and score all samples: as long as the test samples take, in
  /// proportion.
  private(set) var peerStepSeconds: Double?
  /// That over our λ step to a λ that is on no path, computed; the same until it is interpolated; to one of the path.
  private(set) var step: Double?
  private(set) var interpolatedStep: Double?
  private(set) var pathStep: Double?
  /// Our path's time over that of one fit and one scoring of all samples.
  private(set) var pathOverFitAndScore: Double?

  init() {}

  init(_ phases: [PhaseReport], _ shape: WorkloadShape, _ comparison: Comparison?) {
    func seconds(_ phase: Phase) -> Double? { phases.first { $0.phase == phase }?.seconds.median }
    if let path = seconds(.path), let fit = seconds(.fit), let all = seconds(.scoreAll) {
      pathOverFitAndScore = path / (fit + all)
    }
    guard let comparison else { return }
    fitAndScore = comparison.peerSeconds.median / comparison.processSeconds.median
    guard shape.testCount > 0 else { return }
    let scale = Double(shape.trainCount + shape.testCount) / Double(shape.testCount)
    let peerStep = comparison.peerFitSeconds.median + comparison.peerScoreSeconds.median * scale
    peerStepSeconds = peerStep
    step = seconds(.step).map { peerStep / $0 }
    interpolatedStep = seconds(.interpolatedStep).map { peerStep / $0 }
    pathStep = seconds(.pathStep).map { peerStep / $0 }
  }
}

struct PhaseReport: Codable, Sendable {
  let phase: Phase
  let seconds: Spread
  /// By ``WorkloadShape/directOperationCount(_:)`` and the median time.
  let directGFLOPS: Double?
  /// By the library's own count of what it did, where it was asked.
  let countedGFLOPS: Double?
  /// The largest of all runs.
  let peakBytes: Int?

  init?(_ phase: Phase, _ costs: [PhaseCost], shape: WorkloadShape) {
    guard let seconds = Spread(costs.map(\.seconds)) else { return nil }
    self.phase = phase
    self.seconds = seconds
    directGFLOPS = shape.directOperationCount(phase).map { $0 / seconds.median / 1e9 }
    countedGFLOPS = Spread(costs.compactMap(\.operationCount)).map { $0.median / seconds.median / 1e9 }
    peakBytes = costs.compactMap(\.peakBytes).max()
  }
}
