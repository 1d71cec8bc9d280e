import LinearAlgebra
import OODData
public import OODDetection

/// The numbers of all classes at one λ, and the distances between them. They belong together, and what is shown is
/// replaced as a whole.
public struct ClassNumbers: Sendable {
  public let fit: FitSetting
  public let regularization: Regularization
  /// By class index.
  let summaries: [ClassSummary]
  let healths: [ClassHealth]
  /// (K, K), symmetric.
  let separations: Matrix
  let overview: DistanceOverview

  /// O(K·D + K²·D).
  ///
  /// - Throws: `DetectorError` if a covariance is singular at this λ.
  public init(_ detector: SpectralDetector, at regularization: Regularization) throws(DetectorError) {
    fit = detector.setting
    self.regularization = regularization
    (summaries, separations) = try detector.classNumbers(at: regularization)
    healths = summaries.map { ClassHealth($0) }
    overview = DistanceOverview(separations)
  }

  /// Work that takes about a quarter of a frame.
  static let immediateWork = 1 << 24

  /// About how many multiplications the numbers of a detector take: those of the distances, and for each eigenvalue a
  /// logarithm and a few divisions.
  static func work(of detector: SpectralDetector) -> Int {
    let (count, dimension) = (detector.classes.count, detector.dimension)
    return count * dimension * (count + 64)
  }
}
