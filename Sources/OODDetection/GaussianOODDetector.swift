public import LinearAlgebra

/// A detector with the interface of pytorch-ood. It may own an encoder; `fit` takes batches of inputs with labels,
/// `score` takes inputs, and both have an overload that takes features.
public struct GaussianOODDetector<Input: Sendable>: Sendable {
  /// Computes the features of a batch of inputs, in input order.
  public typealias Encoder = @Sendable ([Input]) async throws -> FeatureBatch

  /// t and the score are applied when scoring; the rest of the setting when fitting.
  public var setting: DetectorSetting
  /// The fitted detector; nil before fitting.
  public private(set) var fitted: SpectralDetector?
  private let encoder: Encoder?

  public init(
    encoder: Encoder? = nil, setting: DetectorSetting = .standard
  ) {
    self.encoder = encoder
    self.setting = setting
  }

  /// The default detector but for λ and the score.
  public init(
    encoder: Encoder? = nil, regularization: Regularization, score: ScoreKind = .negativeLogLikelihood
  ) {
    self.init(encoder: encoder, setting: DetectorSetting(regularization: regularization, score: score))
  }

  /// Fits on batches of inputs. Inputs with a label below 0 are out-of-distribution and are not encoded.
  ///
  /// - Throws: ``DetectorError/noEncoder``, the errors of the encoder, and those of
  ///   ``SpectralDetector/fit(_:labels:setting:threadCount:memory:cache:progress:)``. An error leaves an earlier fit
  ///   unchanged.
  public mutating func fit(_ batches: some Sequence<(inputs: [Input], labels: [Int])>) async throws {
    guard let encoder else { throw DetectorError.noEncoder }
    var collected = EncodedFeatures()
    for batch in batches { try await collected.append(batch, encoder) }
    try await fit(collected)
  }

  /// Fits on batches of inputs as they arrive. See ``fit(_:)-(Sequence)``.
  public mutating func fit<Batches: AsyncSequence>(_ batches: Batches) async throws
  where Batches.Element == (inputs: [Input], labels: [Int]) {
    guard let encoder else { throw DetectorError.noEncoder }
    var collected = EncodedFeatures()
    for try await batch in batches { try await collected.append(batch, encoder) }
    try await fit(collected)
  }

  /// Fits on features (N, D) with one label per sample.
  public mutating func fit(features: any FeatureRows, labels: [Int]) async throws {
    fitted = try await SpectralDetector.fit(features, labels: labels, setting: setting.fit)
  }

  /// The scores of inputs, (n,), in input order.
  ///
  /// - Throws: ``DetectorError/noEncoder``, ``DetectorError/notFitted``, the errors of the encoder, and those of
  ///   ``SpectralDetector/scores(of:at:includesBackground:threadCount:progress:)``.
  public func score(_ inputs: [Input]) async throws -> [Double] {
    guard let encoder else { throw DetectorError.noEncoder }
    guard fitted != nil else { throw DetectorError.notFitted }
    if inputs.isEmpty { return [] }
    let features = try await encoder(inputs).flattened
    guard features.rowCount == inputs.count else {
      throw DetectorError.encodedCountMismatch(inputCount: inputs.count, rowCount: features.rowCount)
    }
    return try await score(features: features)
  }

  /// The scores (n,) of features (n, D), in input order.
  public func score(features: any FeatureRows) async throws -> [Double] {
    guard let fitted else { throw DetectorError.notFitted }
    return try await fitted.scores(
      of: features, at: setting.regularization, includesBackground: setting.score.isRelative
    ).values(setting.score)
  }

  private mutating func fit(_ collected: EncodedFeatures) async throws {
    guard let features = collected.features else {
      throw DetectorError.noInDistributionSamples(sampleCount: collected.seenCount)
    }
    try await fit(features: features, labels: collected.labels)
  }
}

/// Rows gathered from an encoder's batches.
private struct EncodedFeatures {
  private var dimension: Int?
  private var values: [Double] = []
  private(set) var labels: [Int] = []
  /// The number of all inputs, including skipped ones.
  private(set) var seenCount = 0

  var features: Matrix? {
    dimension.map { Matrix(rowCount: labels.count, columnCount: $0, elements: values) }
  }

  mutating func append<Input>(
    _ batch: (inputs: [Input], labels: [Int]), _ encoder: GaussianOODDetector<Input>.Encoder
  ) async throws {
    guard batch.inputs.count == batch.labels.count else {
      throw DetectorError.labelCountMismatch(sampleCount: batch.inputs.count, labelCount: batch.labels.count)
    }
    seenCount += batch.inputs.count
    let known = batch.labels.indices.filter { batch.labels[$0] >= 0 }
    guard !known.isEmpty else { return }
    let encoded = try await encoder(known.map { batch.inputs[$0] }).flattened
    guard encoded.rowCount == known.count else {
      throw DetectorError.encodedCountMismatch(inputCount: known.count, rowCount: encoded.rowCount)
    }
    if let dimension, dimension != encoded.columnCount {
      throw DetectorError.dimensionMismatch(expected: dimension, found: encoded.columnCount)
    }
    dimension = encoded.columnCount
    values += encoded.elements
    labels += known.map { batch.labels[$0] }
  }
}

/// The output of an encoder for a batch: an array of shape (n, …), one leading entry per input.
public struct FeatureBatch: Sendable, Equatable {
  /// The shape, batch size first.
  public let shape: [Int]
  /// The values in row-major order.
  public let values: [Double]

  /// - Throws: ``DetectorError/batchShapeMismatch(shape:valueCount:)`` if `values` do not fill `shape`.
  public init(shape: [Int], values: [Double]) throws(DetectorError) {
    let isValid = !shape.isEmpty && shape.allSatisfy { $0 >= 0 }
    let expected = isValid ? shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue } : 0
    guard isValid, expected == values.count else {
      throw .batchShapeMismatch(shape: shape, valueCount: values.count)
    }
    self.shape = shape
    self.values = values
  }

  /// A batch that is already flat, (n, D).
  public init(_ features: Matrix) {
    shape = [features.rowCount, features.columnCount]
    values = features.elements
  }

  /// One row per input: (n, product of the other extents).
  public var flattened: Matrix {
    Matrix(rowCount: shape[0], columnCount: shape.dropFirst().reduce(1, *), elements: values)
  }
}
