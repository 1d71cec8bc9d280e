import OODDetection

/// How a workload is run.
struct BenchmarkOptions: Sendable {
  var runCount = 3
  var threadCount = FittedDetector.defaultThreadCount
  var regularization = Regularization.standard
  /// Whether to measure what the explorer does after opening, which takes longest.
  var includesExplorer = true
  /// The `gmmscope` binary that is run as a whole process.
  var productPath = "gmmscope"

  /// 1e-5 … 1e-1: 41 values, the standard path's steps over four decades.
  var path: [Regularization] {
    (try? RegularizationPath.logarithmic(from: 1e-5, through: 1e-1, count: 41)) ?? []
  }

  /// A λ that is on no path.
  var offPath: Regularization { (try? Regularization(3.3e-4)) ?? .standard }
}
