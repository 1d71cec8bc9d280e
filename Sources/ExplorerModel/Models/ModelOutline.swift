import FeatureFiles
import OODDetection

/// What a model file says about itself, without its matrices: for `inspect`.
public struct ModelOutline: Sendable, Equatable {
  public var classCount: Int
  public var dimension: Int
  public var sampleCount: Int
  public var regularization: Double?
  public var sources: [ModelSource]

  /// Nil where a file is none that ``ModelFile`` wrote.
  ///
  /// - Throws: what keeps its small arrays from being read.
  init?(_ file: FeatureFile) throws {
    guard let mean = file["mean"], let counts = file["count"], mean.shape.count == 2,
      ["eigenvalues", "eigenvectors", "label"].allSatisfy({ file[$0] != nil })
    else { return nil }
    classCount = mean.shape[0]
    dimension = mean.shape[1]
    sampleCount = try counts.integers().reduce(0, &+)
    regularization = try file["regularization"]?.doubles().first
    sources = try ModelSource.list(in: file)
  }
}
