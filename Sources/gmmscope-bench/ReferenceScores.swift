import Foundation
import LinearAlgebra
import OODDetection

/// Scores of a few samples by the formulas as they stand, in float64: every class's covariance written out, λ added
/// to its diagonal, a Cholesky factorization for every λ, a triangular solve for every sample. Shares no step with
/// the detector but BLAS itself.
struct ReferenceScores: Sendable {
  /// [λ][sample], as ``SampleScores`` has them.
  private(set) var negativeLogLikelihood: [[Double]] = []
  private(set) var mahalanobis: [[Double]] = []
  /// [λ][class], classes by ascending label.
  private(set) var logDeterminants: [[Double]] = []

  /// O(N·D² + P·K·D³) for P values of λ.
  init(
    of samples: Matrix, train: any FeatureRows, labels: [Int], along path: [Regularization], threadCount: Int
  ) async throws {
    var members: [Int: [Int]] = [:]
    for (index, label) in labels.enumerated() where label >= 0 { members[label, default: []].append(index) }
    let classes = members.sorted { $0.key < $1.key }.map(\.value)
    let total = Double(classes.reduce(0) { $0 + $1.count })

    var parts: [ClassPart] = []
    try await forEachInOrder(classes.count, threadCount: threadCount) { index in
      try ClassPart(classes[index], of: train, samples: samples, along: path)
    } consume: { _, part in
      parts.append(part)
    }
    let dimension = Double(train.dimension)
    for place in path.indices {
      logDeterminants.append(parts.map { $0.logDeterminants[place] })
      var (scores, distances): ([Double], [Double]) = ([], [])
      for sample in 0..<samples.rowCount {
        let densities = parts.indices.map { index in
          log(Double(classes[index].count) / total)
            - 0.5
            * (parts[index].squaredDistances[place][sample] + parts[index].logDeterminants[place]
              + dimension * log(2 * .pi))
        }
        let largest = densities.max() ?? 0
        scores.append(-largest - log(densities.reduce(0) { $0 + exp($1 - largest) }))
        distances.append((parts.map { $0.squaredDistances[place][sample] }.min() ?? 0) / dimension)
      }
      negativeLogLikelihood.append(scores)
      mahalanobis.append(distances)
    }
  }
}

/// One class's share: log-determinants and squared distances at every λ.
private struct ClassPart: Sendable {
  var logDeterminants: [Double] = []
  /// [λ][sample].
  var squaredDistances: [[Double]] = []

  init(
    _ members: [Int], of train: any FeatureRows, samples: Matrix, along path: [Regularization]
  ) throws {
    var centred = try train.matrix(at: members)
    var mean = [Double](repeating: 0, count: train.dimension)
    centred.addColumnSums(shiftedBy: mean, to: &mean)
    for place in mean.indices { mean[place] /= Double(members.count) }
    centred.subtractFromRows(mean)
    var covariance = Matrix(rowCount: train.dimension, columnCount: train.dimension)
    covariance.addColumnGram(of: centred, scale: 1 / Double(members.count))
    var differences = samples
    differences.subtractFromRows(mean)
    for regularization in path {
      try Task.checkCancellation()
      var regularized = covariance
      for place in mean.indices { regularized[place, place] += regularization.value }
      let factorization = try CholeskyFactorization(upperTriangle: regularized)
      logDeterminants.append(factorization.logDeterminant)
      squaredDistances.append(
        (0..<samples.rowCount).map { sample in
          factorization.whitened(Array(differences.row(sample))).reduce(0) { $0 + $1 * $1 }
        })
    }
  }
}
