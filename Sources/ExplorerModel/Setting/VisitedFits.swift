import OODData
import OODDetection

/// The fits of the settings that the user left, so that going back takes no computation. The least recently left ones
/// are forgotten when they take too much memory.
struct VisitedFits: Sendable {
  struct Fit: Sendable {
    var detector: SpectralDetector
    /// The path, if it was computed.
    var sweep: Sweep?
  }

  /// The memory for all of them, in bytes.
  var byteLimit = MemoryBudget.standard.bytes / 2
  /// The least recently left first.
  private var fits: [Fit] = []

  subscript(setting: FitSetting) -> Fit? { fits.last { $0.detector.setting == setting } }

  /// The most recently left first.
  var detectors: [SpectralDetector] { fits.reversed().map(\.detector) }

  mutating func keep(_ detector: SpectralDetector, _ sweep: Sweep?) {
    fits.removeAll { $0.detector.setting == detector.setting }
    fits.append(Fit(detector: detector, sweep: sweep))
    while fits.count > 1, fits.reduce(0, { $0 + $1.byteCount }) > byteLimit { fits.removeFirst() }
    if fits.count == 1, fits[0].byteCount > byteLimit { fits = [] }
  }

  mutating func forget() { fits = [] }
}

extension VisitedFits.Fit {
  /// The size of the eigenvectors and of the scores of the path.
  fileprivate var byteCount: Int {
    let isTied = detector.setting.pooling == .tied
    let bases = (isTied ? detector.classes.prefix(1) : detector.classes[...]).reduce(0) {
      $0 + 8 * $1.spectrum.directionCount * detector.dimension
    }
    let scoreCount = (sweep?.scores ?? []).reduce(0) { $0 + ($1.train?.count ?? 0) + ($1.test?.count ?? 0) }
    return bases + SweepTable.bytesPerScore * scoreCount
  }
}
