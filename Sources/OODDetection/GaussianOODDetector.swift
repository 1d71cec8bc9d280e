import LinearAlgebra

/// A detector in the form pytorch-ood gives it: it may own an encoder, `fit` takes batches of inputs with
/// labels, `score` takes inputs, and both have a twin that takes features.
public struct GaussianOODDetector<Input: Sendable>: Sendable {
  /// Makes features of a batch of inputs, in their order.
  public typealias Encoder = @Sendable ([Input]) async throws -> FeatureBatch

  /// λ, applied when scoring.
  public var regularization: Regularization
  /// Which score is returned; for both, higher is more out-of-distribution.
  public var score: ScoreKind
  /// What was fitted; nil before.
  public private(set) var fitted: FittedDetector?
  private let encoder: Encoder?

  public init(
    encoder: Encoder? = nil, regularization: Regularization = .standard,
    score: ScoreKind = .negativeLogLikelihood
  ) {
    self.encoder = encoder
    self.regularization = regularization
    self.score = score
  }

  /// Fits on batches of inputs. Inputs with a label below 0 are out-of-distribution and never reach the
  /// encoder.
  ///
  /// - Throws: ``DetectorError/noEncoder``, what the encoder throws, and the errors of
  ///   ``FittedDetector/fit(_:labels:threadCount:progress:)``. A detector fitted before is kept where this
  ///   fails.
  public mutating func fit(_ batches: some Sequence<(inputs: [Input], labels: [Int])>) async throws {
    guard let encoder else { throw DetectorError.noEncoder }
    var collected = EncodedFeatures()
    for batch in batches { try await collected.append(batch, encoder) }
    try await fit(collected)
  }

  /// Fits on batches of inputs as they arrive: see ``fit(_:)-(Sequence)``.
  public mutating func fit<Batches: AsyncSequence>(_ batches: Batches) async throws
  where Batches.Element == (inputs: [Input], labels: [Int]) {
    guard let encoder else { throw DetectorError.noEncoder }
    var collected = EncodedFeatures()
    for try await batch in batches { try await collected.append(batch, encoder) }
    try await fit(collected)
  }

  /// Fits on features (N, D) with one label each.
  public mutating func fit(features: any FeatureRows, labels: [Int]) async throws {
    fitted = try await FittedDetector.fit(features, labels: labels)
  }

  /// The scores of inputs, (n,), in their order.
  ///
  /// - Throws: ``DetectorError/noEncoder``, ``DetectorError/notFitted``, what the encoder throws, and the
  ///   errors of ``FittedDetector/scores(of:at:threadCount:progress:)``.
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

  /// The scores of features (n, D), (n,), in their order.
  public func score(features: any FeatureRows) async throws -> [Double] {
    guard let fitted else { throw DetectorError.notFitted }
    return try await fitted.scores(of: features, at: regularization).values(score)
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
  /// All inputs, the skipped ones too.
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
