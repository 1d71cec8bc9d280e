import Foundation
import LinearAlgebra

/// An out-of-distribution score that needs no Gaussian, for comparison. All scores are higher for samples that are more
/// out-of-distribution.
public enum Baseline: String, CaseIterable, Sendable, Hashable {
  /// The distance to the k-th nearest training sample among features of length 1 (Sun et al. 2022, arXiv:2204.06507).
  case knn
  /// Minus the largest softmax probability (Hendrycks and Gimpel 2017, arXiv:1610.02136).
  case msp
  /// Minus the largest logit (Hendrycks et al. 2022, arXiv:1911.11132).
  case maxLogit = "max-logit"
  /// −log Σ exp(logit), the energy at temperature 1 (Liu et al. 2020, arXiv:2010.03759).
  case energy
  /// Virtual-logit matching (Wang et al. 2022, arXiv:2203.10807); see ``VirtualLogit``.
  case vim

  /// Whether the score follows from the logits of a sample alone.
  public var isOfLogits: Bool {
    switch self {
    case .msp, .maxLogit, .energy: true
    case .knn, .vim: false
    }
  }
}

/// The samples of which baselines are computed, and what they need besides.
public struct BaselineSamples: Sendable {
  /// The features of the samples to score, (M, D).
  public var features: any FeatureRows
  /// Their logits, (M, C), if known. Where they are not, ``head`` gives them.
  public var logits: (any FeatureRows)?
  /// The features of the training samples, (N, D).
  public var training: (any FeatureRows)?
  /// The labels of the training samples, (N,). Those below 0 are out-of-distribution and left out. Nil if all training
  /// samples are in-distribution.
  public var trainingLabels: [Int]?
  /// The last layer of the network that the features are from, if known.
  public var head: ClassifierHead?

  public init(
    _ features: any FeatureRows, logits: (any FeatureRows)? = nil, training: (any FeatureRows)? = nil,
    trainingLabels: [Int]? = nil, head: ClassifierHead? = nil
  ) {
    self.features = features
    self.logits = logits
    self.training = training
    self.trainingLabels = trainingLabels
    self.head = head
  }
}

extension Baseline {
  /// The scores of M samples, (M,), all finite.
  ///
  /// `knn` is O(M·N·D), `vim` O((N + M)·D² + D³), the others O(M·C), or O(M·C·D) if the head gives the logits. The
  /// samples are read block by block.
  ///
  /// - Parameter neighborCount: k, which only `knn` uses, from 1 to 1,000. Where there are fewer training samples, the
  ///   score is the distance to the farthest.
  /// - Throws: ``BaselineError``; ``DetectorError`` if the dimensions differ, no training sample is in-distribution, or
  ///   features are not finite; `CancellationError`, and the errors of the rows.
  @concurrent
  public func scores(
    of samples: BaselineSamples, neighborCount: Int = Baseline.standardNeighborCount,
    threadCount: Int = SpectralDetector.defaultThreadCount, progress: ProgressHandler? = nil
  ) async throws -> [Double] {
    switch self {
    case .knn:
      return try await Self.neighborScores(
        of: samples.features, in: try samples.inDistributionTraining(for: self), neighborCount: neighborCount,
        threadCount: threadCount, progress: progress)
    case .vim:
      guard let head = samples.head else { throw BaselineError.missingHead(self) }
      let fitted = try await VirtualLogit.fit(
        try samples.inDistributionTraining(for: self), head: head, threadCount: threadCount
      ) { progress?(WorkProgress(completed: $0.fraction / 2, planned: 1)) }
      return try await fitted.scores(of: samples.features, threadCount: threadCount) {
        progress?(WorkProgress(completed: (1 + $0.fraction) / 2, planned: 1))
      }
    case .msp, .maxLogit, .energy:
      return try await logitScores(of: samples, threadCount: threadCount, progress: progress)
    }
  }

  /// k of Sun et al. for CIFAR-10.
  public static let standardNeighborCount = 50

  private static func neighborScores(
    of samples: any FeatureRows, in training: any FeatureRows, neighborCount: Int, threadCount: Int,
    progress: ProgressHandler?
  ) async throws -> [Double] {
    guard (1...1000).contains(neighborCount) else { throw BaselineError.invalidNeighborCount(neighborCount) }
    let scores = try await NeighborSearch.nearest(
      toEachOf: Normalization.l2.normalized(samples), in: Normalization.l2.normalized(training),
      count: neighborCount, threadCount: threadCount, progress: progress
    ) { $0.last?.distance ?? .nan }
    var nonFinite = NonFiniteRows()
    nonFinite.append(scores.indices.filter { scores[$0].isNaN })
    try nonFinite.check()
    return scores
  }

  private func logitScores(
    of samples: BaselineSamples, threadCount: Int, progress: ProgressHandler?
  ) async throws -> [Double] {
    let logits: any FeatureRows
    if let known = samples.logits {
      logits = known
    } else if let head = samples.head {
      logits = try head.logits(of: samples.features)
    } else {
      throw BaselineError.missingLogits(self)
    }
    let scores = try await logits.mapBlocks(threadCount: threadCount, progress: progress) { block in
      (0..<block.rowCount).map { score(ofLogits: block.row($0)) }
    }
    try BaselineError.checkLogits(scores)
    return scores
  }

  /// The score of one sample by its logits; NaN or infinite if they are.
  private func score(ofLogits logits: ArraySlice<Double>) -> Double {
    switch self {
    case .msp: -1 / logits.sumOfRelativePowers
    case .maxLogit: -logits.largest
    case .energy: -logits.logSumExp
    case .knn, .vim: .nan
    }
  }
}

extension BaselineSamples {
  /// The training samples with a label ≥ 0.
  fileprivate func inDistributionTraining(for baseline: Baseline) throws -> any FeatureRows {
    guard let training else { throw BaselineError.missingTrainingSamples(baseline) }
    guard let trainingLabels else { return training }
    guard trainingLabels.count == training.count else {
      throw DetectorError.labelCountMismatch(sampleCount: training.count, labelCount: trainingLabels.count)
    }
    let kept = trainingLabels.indices.filter { trainingLabels[$0] >= 0 }
    guard !kept.isEmpty else { throw DetectorError.noInDistributionSamples(sampleCount: training.count) }
    return kept.count == training.count ? training : SelectedRows(rows: training, indices: kept)
  }
}

extension ArraySlice<Double> {
  /// The largest number; NaN if there is one.
  var largest: Double {
    reduce(-.infinity) { $0.isNaN || $1 <= $0 ? $0 : $1 }
  }

  /// Σ exp(x − the largest x).
  var sumOfRelativePowers: Double {
    let largest = largest
    return reduce(0) { $0 + exp($1 - largest) }
  }

  /// log Σ exp(x), without overflow of the powers.
  var logSumExp: Double { largest + log(sumOfRelativePowers) }
}

extension FeatureRows {
  /// What `body` gives for every row, in their order. Reads the rows block by block.
  func mapBlocks<Value: Sendable>(
    threadCount: Int, progress: ProgressHandler?, _ body: @escaping @Sendable (Matrix) throws -> [Value]
  ) async throws -> [Value] {
    let meter = WorkMeter(progress)
    meter.plan(.product(count, 1, 1))
    let blocks = RowBlocks(count: count, size: Execution.usualBlockSize, workerCount: threadCount)
    var values: [Value] = []
    values.reserveCapacity(count)
    try await forEachInOrder(blocks.count, threadCount: threadCount) { index in
      let found = try body(try self.matrix(at: Array(blocks[index])))
      meter.complete(.product(blocks[index].count, 1, 1))
      return found
    } consume: { _, found in
      values += found
    }
    return values
  }
}

/// Why a baseline cannot be computed.
public enum BaselineError: Error, Equatable {
  /// The training split is empty.
  case missingTrainingSamples(Baseline)
  /// Both the logits and the network's last layer are missing.
  case missingLogits(Baseline)
  /// The weight or the bias of the network's last layer is missing.
  case missingHead(Baseline)
  /// The last layer's weight is not (C, D) for its bias (C,) and features of D dimensions.
  case headMismatch(weightShape: [Int], biasCount: Int, dimension: Int)
  /// `rowCount` samples have logits without a score, such as NaN; `firstRows` are their first row numbers, counted from
  /// 0.
  case nonFiniteLogits(rowCount: Int, firstRows: [Int])
  /// k is not within 1 … 1,000.
  case invalidNeighborCount(Int)
  /// The training features have no component outside the principal directions.
  case noResidual(rank: Int, principalCount: Int)

  /// - Throws: ``nonFiniteLogits(rowCount:firstRows:)`` if a score is not finite.
  static func checkLogits(_ scores: [Double]) throws(BaselineError) {
    let rows = scores.indices.filter { !scores[$0].isFinite }
    if !rows.isEmpty { throw .nonFiniteLogits(rowCount: rows.count, firstRows: Array(rows.prefix(5))) }
  }
}

extension BaselineError: CustomStringConvertible {
  /// One line: what failed, where, and what to do.
  public var description: String {
    switch self {
    case .missingTrainingSamples(let baseline):
      "the baseline '\(baseline.rawValue)' needs training samples, but there are none: open the training files, "
        + "not only a saved model"
    case .missingLogits(let baseline):
      "the baseline '\(baseline.rawValue)' needs logits, but a file has no array 'logits': store them beside "
        + "the features, or the last layer's weight and bias beside the training features"
    case .missingHead(let baseline):
      "the baseline '\(baseline.rawValue)' needs the weight (C, D) and bias (C,) of the network's last layer, but "
        + "no training file has them: store them beside the training features, such as 'fc.weight' and 'fc.bias'"
    case .headMismatch(let weightShape, let biasCount, let dimension):
      "the last layer's weight has shape (\(weightShape.map(String.init).joined(separator: ", "))), which does not "
        + "fit a bias of length \(biasCount) and features of \(dimension) dimensions: use the layer that these "
        + "features are the input of"
    case .nonFiniteLogits(let rowCount, let firstRows):
      "\(rowCount) \(rowCount == 1 ? "sample has" : "samples have") NaN or infinite logits, "
        + "in \(firstRows.count == 1 ? "row" : "rows") \(firstRows.map(String.init).joined(separator: ", "))"
        + "\(rowCount > firstRows.count ? ", …" : "") (counted from 0): correct or remove these samples"
    case .invalidNeighborCount(let count):
      "\(count) is not a valid number of neighbors: use a number from 1 to 1000"
    case .noResidual(let rank, let principalCount):
      "the baseline 'vim' needs training features that vary in more than \(principalCount) directions, but "
        + "these vary in \(rank): use more training samples"
    }
  }
}
