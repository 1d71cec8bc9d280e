public import LinearAlgebra
import Foundation

extension FittedDetector {
  /// The number of processors this process may use at once.
  public static var defaultThreadCount: Int { ProcessInfo.processInfo.activeProcessorCount }

  @concurrent
  public static func fit(
    _ rows: any FeatureRows, labels: [Int], threadCount: Int = defaultThreadCount,
    progress: ProgressHandler? = nil
  ) async throws -> FittedDetector { throw DetectorError.notFitted }

  @concurrent
  public func scores(
    of rows: any FeatureRows, at regularization: Regularization,
    threadCount: Int = FittedDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> SampleScores { throw DetectorError.notFitted }

  @concurrent
  public func scores(
    of rows: any FeatureRows, along path: [Regularization],
    threadCount: Int = FittedDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> [SampleScores] { throw DetectorError.notFitted }

  @concurrent
  public func leaveOneOut(
    _ rows: any FeatureRows, labels: [Int], along path: [Regularization],
    threadCount: Int = FittedDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> LeaveOneOutPath { throw DetectorError.notFitted }

  public func summaries(at regularization: Regularization) throws(DetectorError) -> [ClassSummary] {
    throw .notFitted
  }
  public func separations(at regularization: Regularization) throws(DetectorError) -> Matrix { throw .notFitted }
  public func bhattacharyyaDistance(
    _ first: Int, _ second: Int, at regularization: Regularization
  ) throws(DetectorError) -> Double { throw .notFitted }
  public func explanation(
    of features: [Double], at regularization: Regularization, score: ScoreKind
  ) throws(DetectorError) -> SampleExplanation { throw .notFitted }
  public init(
    labels: [Int], counts: [Int], means: Matrix, eigenvalues: Matrix, eigenvectors: [Matrix]
  ) throws(DetectorError) { throw .notFitted }
}
