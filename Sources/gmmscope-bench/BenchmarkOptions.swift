import OODDetection

/// How a workload is run.
struct BenchmarkOptions: Sendable {
  var runCount = 3
  var threadCount = SpectralDetector.defaultThreadCount
  var regularization = Regularization.standard
  /// Whether to fit with spectra, too, and to do what needs them.
  var includesSpectra = true
  /// What fitting for one λ and scoring may take, in this process and in a `gmmscope` of its own; nil for no limit here
  /// and the usual one there.
  var memory: MemoryBudget?
  /// Whether to run the `gmmscope` binary even where there is no peer to compare it with.
  var includesProcess = false
  /// Whether to measure what the explorer does after opening, which takes longest.
  var includesExplorer = true
  /// Whether to measure settings of the detector family instead.
  var comparesSettings = false
  /// The `gmmscope` binary that is run as a whole process.
  var productPath = "gmmscope"

  /// 1e-5 … 1e-1: 41 values, the standard path's steps over four decades.
  var path: [Regularization] {
    (try? RegularizationPath.logarithmic(from: 1e-5, through: 1e-1, count: 41)) ?? []
  }

  /// The same for a setting: up to the t = 1 of a rule that chooses ridges itself. Above it, all classes overlap.
  func path(for setting: DetectorSetting) -> [Regularization] {
    setting.fit.ridgeRule == .absolute
      ? path : (try? RegularizationPath.logarithmic(from: 1e-4, through: 1, count: 41)) ?? []
  }

  /// A λ that is on no path.
  var offPath: Regularization { (try? Regularization(3.3e-4)) ?? .standard }
}
