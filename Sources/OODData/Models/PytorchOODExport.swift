import FeatureFiles
import Foundation
import LinearAlgebra
public import OODDetection

/// A fitted detector at one λ, exported as the float64 tensors of pytorch-ood's `GMM`: `_mu` (K, D),
/// `_precision` (K, D, D), `_log_det` (K,) and `_log_weights` (K,).
public struct PytorchOODExport: Sendable {
  public let detector: SpectralDetector
  public let regularization: Regularization

  /// - Throws: ``DataSetError/normalizationNotExportable(_:)`` unless the normalization is 0: `GMM` scores features as
  ///   they are.
  public init(detector: SpectralDetector, regularization: Regularization) throws(DataSetError) {
    guard detector.setting.normalization == .none else {
      throw .normalizationNotExportable(detector.setting.normalization.value)
    }
    self.detector = detector
    self.regularization = regularization
  }

  /// Whether a file contains the arrays of an export.
  static func isWritten(in file: FeatureFile) -> Bool {
    ["_mu", "_precision", "_log_det", "_log_weights"].allSatisfy { file[$0] != nil }
  }

  /// Writes an npz file atomically: to a temporary file beside `path`, which is then renamed. The precision
  /// matrices take 8·K·D² bytes.
  ///
  /// - Throws: `DetectorError` if λ = 0 and a class is singular; an error if the file cannot be written.
  public func write(to path: String) throws {
    let (count, dimension) = (detector.classes.count, detector.dimension)
    // Check before the first byte is written.
    for gaussian in detector.classes where !gaussian.logDeterminant(at: regularization).isFinite {
      throw DetectorError.singularCovariance(
        label: gaussian.label, rank: gaussian.spectrum.rank, dimension: dimension)
    }
    try NPZWriter.write(
      [
        OutputArray(
          name: "_mu", shape: [count, dimension], values: .float64(detector.classes.flatMap(\.mean))),
        // One class at a time, because all of them may not fit in memory.
        OutputArray(
          name: "_precision", shape: [count, dimension, dimension],
          values: .float64Pieces(
            count: count * dimension * dimension, pieceCount: count,
            piece: { try detector.classes[$0].precision(at: regularization).elements })),
        OutputArray(
          name: "_log_det", shape: [count],
          values: .float64(detector.classes.map { $0.logDeterminant(at: regularization) })),
        OutputArray(
          name: "_log_weights", shape: [count],
          values: .float64(detector.classes.map { log($0.weight) })),
        OutputArray(name: "label", shape: [count], values: .int64(detector.classes.map(\.label))),
      ], to: path)
  }
}
