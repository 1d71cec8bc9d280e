import Foundation
import LinearAlgebra

/// Holds each sample of one class out of that class in turn, by a rank-one downdate.
///
/// Without sample z, with c = z − μ, a = n/(n−1) and λ' = λ/a, the mean moves to μ − c/(n−1), so that z lies
/// at a·c from it, and Σ + λI becomes a·(Σ(λ') − ccᵀ/(n−1)). By the formula of Sherman and Morrison, with m =
/// cᵀΣ(λ')⁻¹c and q = 1 − m/(n−1):
///
/// - held-out squared distance: a·m/q
/// - held-out log-determinant: D log a + log det Σ(λ') + log q
///
/// For a lone outlier q is near 0, and 1 − m/(n−1) would lose its digits. With the leverages u_i² =
/// y_i²/(nΛ_i), q is also a sum without cancellation, a·(λ' Σ u_i²/(Λ_i + λ') + h) with h = 1 − 1/n − Σ u_i²
/// ≥ 0, where h is exactly 0 if the class's n samples span n − 1 directions.
struct ClassHoldout: Sendable {
  let gaussian: GaussianClass
  let members: ClassMembers
  let path: [Regularization]

  func work(rowCount: Int) -> WorkCount {
    guard gaussian.count > 1 else { return WorkCount() }
    let directions = gaussian.spectrum.directionCount
    return WorkCount.product(rowCount, directions, gaussian.mean.count)
      + .product(rowCount, directions, 2 * path.count + 1)
  }

  /// Σ −ℓ over the class's samples for each λ, (P,), in nats; nil where there is one sample only.
  func totals(in rows: any FeatureRows, _ execution: Execution) throws -> [Double]? {
    guard gaussian.count > 1 else { return nil }
    let weights = weights()
    let basis = gaussian.spectrum.basis
    let normalizers = path.map { heldOutNormalizer(at: $0) }
    var totals = [Double](repeating: 0, count: path.count)
    var logRemainders = [SumOfLogarithms](repeating: SumOfLogarithms(), count: path.count)
    var projected = Matrix(rowCount: 0, columnCount: 0)
    var sums = Matrix(rowCount: 0, columnCount: 0)
    for range in RowBlocks(count: members.rows.count, size: execution.blockSize) {
      try Task.checkCancellation()
      var centred = try rows.matrix(at: Array(members.rows[range]))
      let nonFinite = centred.nonFiniteRows()
      if !nonFinite.isEmpty {
        var found = NonFiniteRows()
        found.append(nonFinite.map { members.rows[range.lowerBound + $0] })
        try found.check()
      }
      centred.subtractFromRows(gaussian.mean)
      Matrix.multiply(centred, byTransposeOf: basis, into: &projected)
      projected.squareElements()
      Matrix.multiply(projected, by: weights, into: &sums)
      for sample in 0..<range.count {
        for index in path.indices {
          let (distance, remainder) = try heldOut(sums, sample, index)
          totals[index] += normalizers[index] + 0.5 * distance
          logRemainders[index].add(remainder)
        }
      }
      execution.meter.complete(work(rowCount: range.count))
    }
    return zip(totals, logRemainders).map { $0 + 0.5 * $1.value }
  }

  private var count: Double { Double(gaussian.count) }
  private var spectrum: Spectrum { gaussian.spectrum }

  /// λ' = λ/a.
  private func shrunken(_ regularization: Regularization) -> Double {
    regularization.value * (count - 1) / count
  }

  /// What turns y_i² into the sums needed, (m, 2P + 1): for each λ 1/(Λ_i + λ') in the first P columns and
  /// λ'/(nΛ_i(Λ_i + λ')) in the next P, then 1/(nΛ_i). Directions without variance hold nothing of these
  /// samples.
  private func weights() -> Matrix {
    var weights = Matrix(rowCount: spectrum.directionCount, columnCount: 2 * path.count + 1)
    for row in 0..<spectrum.rank {
      let eigenvalue = spectrum.eigenvalues[row]
      for (index, regularization) in path.enumerated() {
        let ridge = shrunken(regularization)
        weights[row, index] = 1 / (eigenvalue + ridge)
        weights[row, path.count + index] = ridge / (count * eigenvalue * (eigenvalue + ridge))
      }
      weights[row, 2 * path.count] = 1 / (count * eigenvalue)
    }
    return weights
  }

  /// −log π + ½ (D log 2π + D log a + log det Σ(λ')): what −ℓ has in common for all held-out samples.
  private func heldOutNormalizer(at regularization: Regularization) -> Double {
    let dimension = Double(gaussian.mean.count)
    let ridge = Regularization(unchecked: shrunken(regularization))
    let logDeterminant = dimension * log(count / (count - 1)) + spectrum.logDeterminant(at: ridge)
    return -log(gaussian.weight) + 0.5 * (dimension * log(2 * .pi) + logDeterminant)
  }

  /// The held-out squared distance a·m/q, and q.
  private func heldOut(
    _ sums: Matrix, _ sample: Int, _ index: Int
  ) throws(DetectorError) -> (distance: Double, remainder: Double) {
    let distance = sums[sample, index]
    let growth = count / (count - 1)
    var remainder = 1 - distance / (count - 1)
    if remainder < 0.5 {
      remainder =
        growth * (sums[sample, path.count + index] + unspannedLeverage(sums[sample, 2 * path.count]))
    }
    guard remainder > 0 else {
      throw .singularCovariance(
        label: gaussian.label, rank: spectrum.rank - 1, dimension: gaussian.mean.count)
    }
    return (growth * distance / remainder, remainder)
  }

  /// h = 1 − 1/n − Σ u_i².
  private func unspannedLeverage(_ leverage: Double) -> Double {
    if spectrum.rank == gaussian.count - 1 { return 0 }
    let rest = 1 - 1 / count - leverage
    // A sample that alone spans a direction has 0 here: what is left of the subtraction is rounding.
    return rest > 64 * 0x1p-52 ? rest : 0
  }
}
