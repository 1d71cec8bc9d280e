import Foundation
import LinearAlgebra

/// The densities of samples under a class's Gaussian that was not fitted on them: of each of its own, held out in turn
/// by a rank-one downdate, and of other samples.
///
/// Let c = z − μ for a sample z of the class, a = n/(n−1), g = w/w', and E = s C + (t r/g) I. Without the sample, the
/// mean moves to μ − c/(n−1), so that z lies at a·c from it, and the regularized covariance becomes
/// g·(E − s a ccᵀ/w). By the Sherman–Morrison formula, with m = cᵀE⁻¹c and q = 1 − s a m/w:
///
/// - held-out squared distance: a²·m/(g·q)
/// - held-out log-determinant: D log g + log det E + log q
///
/// Without pooling g = a, and without shrinkage q = 1 − m/(n−1).
///
/// For an isolated outlier, q is near 0, and the difference from 1 would lose its digits. With the leverages
/// u_i² = y_i²/(wΛ_i), q is also a sum without cancellation, a·(λ' Σ u_i²/(s Λ_i + λ') + h), λ' = t r/g. Here
/// h = 1 − 1/n − Σ u_i² is the squared length of the component of the sample's unit vector outside the span of all u and
/// the class's vector of ones. Without pooling, it is exactly 0 if the class's n samples span n − 1 directions. If it is
/// small, it is computed as a squared length instead of a difference.
struct ClassHoldout: Sendable {
  /// The class. Its spectrum is the one in the space of ``samples``.
  let gaussian: GaussianClass
  /// The dimension of the densities. It is smaller than that of ``samples`` if some columns are excluded; all samples
  /// are 0 in these.
  let dimension: Int
  /// The class's centred training samples.
  let samples: CentredSamples
  /// The centred training samples of the other classes, times √α; nil without pooling.
  let others: CentredSamples?
  let path: [Regularization]

  /// The value below which a difference from 1 has too few correct digits.
  private static let smallLeverageRest = 1e-3

  private var count: Int { gaussian.count }
  private var spectrum: Spectrum { gaussian.spectrum }

  func work(rowCount: Int) -> WorkCount {
    guard count > 1 else { return WorkCount() }
    return .product(rowCount, spectrum.directionCount, spectrum.eigenvalues.count)
      + .product(rowCount, spectrum.directionCount, 2 * path.count + 1)
  }

  /// Σ −ℓ over the class's samples, each held out, for each λ, (P,), in nats; nil for a class of one sample.
  func totals(_ execution: Execution) throws -> [Double]? {
    guard count > 1 else { return nil }
    let normalizers = path.map { heldOutNormalizer(at: $0) }
    var totals = [Double](repeating: 0, count: path.count)
    var logRemainders = [SumOfLogarithms](repeating: SumOfLogarithms(), count: path.count)
    try forEachSample(execution) { _, distances, remainders in
      for index in path.indices {
        guard remainders[index] > 0 else {
          if gaussian.ridge(at: path[index]).value == 0 { throw singular }
          // λ is negligible compared with the variances.
          totals[index] = .infinity
          continue
        }
        totals[index] += normalizers[index] + 0.5 * distances[index]
        logRemainders[index].add(remainders[index])
      }
    }
    return zip(totals, logRemainders).map { $0 + 0.5 * $1.value }
  }

  /// The held-out squared distance of each of the class's samples at the first λ of the path, (n,); nil for a class of
  /// one sample. It is infinite if the class is singular without the sample, which requires λ = 0.
  func squaredDistances(_ execution: Execution) throws -> [Double]? {
    guard count > 1 else { return nil }
    var found = [Double](repeating: .infinity, count: count)
    try forEachSample(execution) { sample, distances, remainders in
      if remainders[0] > 0 { found[sample] = distances[0] }
    }
    return found
  }

  /// Σ −ℓ over samples of the class that it was not fitted on, for each λ, (P,), in nats.
  ///
  /// - Parameter unseen: The centred samples, (B, D). Overwritten.
  func totals(ofUnseen unseen: consuming Matrix) -> [Double] {
    let rowCount = Double(unseen.rowCount)
    let ridges = path.map { gaussian.ridge(at: $0) }
    let squaredDistances = squaredDistances(ofUnseen: unseen)
    return path.indices.map { index in
      let distances = (0..<squaredDistances.rowCount).reduce(0) { $0 + squaredDistances[$1, index] }
      return 0.5 * distances + rowCount * normalizer(logDeterminant: logDeterminant(ridge: ridges[index]))
    }
  }

  /// d² of samples of the class that it was not fitted on, for each λ, (B, P).
  ///
  /// - Parameter unseen: The centred samples, (B, D). Overwritten.
  func squaredDistances(ofUnseen unseen: consuming Matrix) -> Matrix {
    var block = BlockDistances()
    block.centred = unseen
    block.compute(
      along: .directions(spectrum.basis), to: gaussian.scaledSpectrum,
      at: path.map { gaussian.ridge(at: $0) })
    return block.squaredDistances
  }

  var singular: DetectorError {
    .singularCovariance(label: gaussian.label, rank: spectrum.rank - 1, dimension: dimension)
  }

  /// Calls `body` with each sample's number, its held-out squared distances and its q, (P,) each. A class that is held
  /// in memory is computed block by block, too, so that intermediate results stay in cache.
  func forEachSample(
    _ execution: Execution,
    _ body: (_ sample: Int, _ distances: [Double], _ remainders: [Double]) throws -> Void
  ) throws {
    let weights = weights()
    let basis = spectrum.basis
    var projected = Matrix(rowCount: 0, columnCount: 0)
    var sums = Matrix(rowCount: 0, columnCount: 0)
    var small: [(sample: Int, sums: [Double])] = []
    var values = HeldOutPath(pathCount: path.count)
    for range in samples.ranges {
      let held = try samples.block(range)
      for part in RowBlocks(count: range.count, size: execution.blockSize) {
        try Task.checkCancellation()
        Matrix.multiply(
          part.count == range.count ? held : held.rows(part), byTransposeOf: basis, into: &projected)
        projected.squareElements()
        Matrix.multiply(projected, by: weights, into: &sums)
        for row in 0..<part.count {
          let sample = range.lowerBound + part.lowerBound + row
          let rest = rest(ofLeverage: sums[row, 2 * path.count])
          if rest < Self.smallLeverageRest, !isSpanned {
            small.append((sample, Array(sums.row(row))))
          } else {
            set(&values, from: sums.row(row), isSpanned ? 0 : rest)
            try body(sample, values.distances, values.remainders)
          }
        }
        execution.meter.complete(work(rowCount: part.count))
      }
    }
    guard !small.isEmpty else { return }
    let rests = try leverageRests(of: small.map(\.sample), basis: basis)
    for (index, found) in small.enumerated() {
      set(&values, from: found.sums[...], rests[index])
      try body(found.sample, values.distances, values.remainders)
    }
  }

  /// One sample's held-out squared distances and its q along the path, (P,) each.
  private struct HeldOutPath {
    var distances: [Double]
    var remainders: [Double]

    init(pathCount: Int) {
      distances = [Double](repeating: 0, count: pathCount)
      remainders = distances
    }
  }

  private func set(_ values: inout HeldOutPath, from sums: ArraySlice<Double>, _ rest: Double) {
    let (first, growth) = (sums.startIndex, size / (size - 1))
    let leverageScale = gaussian.ridge.scale * growth / gaussian.divisor
    let distanceScale = growth * growth / divisorRatio
    for index in path.indices {
      let distance = sums[first + index]
      var remainder = 1 - leverageScale * distance
      if remainder < 0.5 { remainder = growth * (sums[first + path.count + index] + rest) }
      values.remainders[index] = remainder
      values.distances[index] = distanceScale * distance / remainder
    }
  }

  private var size: Double { Double(count) }

  /// g = w/w'.
  private var divisorRatio: Double { gaussian.divisor / gaussian.divisorWithoutOne }

  /// Whether the class's samples alone determine the covariance and span as many directions as they can.
  private var isSpanned: Bool { others == nil && spectrum.rank >= count - 1 }

  /// λ' = t r/g.
  private func shrunken(_ regularization: Regularization) -> Double {
    let ridge = gaussian.ridge(at: regularization).value
    return ridge > 0 ? max(ridge / divisorRatio, .leastNonzeroMagnitude) : 0
  }

  /// The weights that turn y_i² into the required sums, (m, 2P + 1): 1/(s Λ_i + λ') for each t in the first P columns,
  /// λ'/(wΛ_i(s Λ_i + λ')) in the next P, then 1/(wΛ_i). An eigenvalue that counts as 0 has no leverage but still
  /// contributes to the distance.
  private func weights() -> Matrix {
    var weights = Matrix(rowCount: spectrum.directionCount, columnCount: 2 * path.count + 1)
    for row in 0..<spectrum.directionCount {
      let (eigenvalue, scaled) = (spectrum.eigenvalues[row], gaussian.scaledSpectrum.eigenvalues[row])
      for (index, regularization) in path.enumerated() {
        let ridge = shrunken(regularization)
        if scaled + ridge > 0 {
          // Finite, so that a zero coordinate contributes 0.
          weights[row, index] = min(1 / (scaled + ridge), .greatestFiniteMagnitude)
        }
        if eigenvalue > 0, scaled + ridge > 0 {
          weights[row, path.count + index] = ridge / (scaled + ridge) / eigenvalue / gaussian.divisor
        }
      }
      if eigenvalue > 0 { weights[row, 2 * path.count] = 1 / (gaussian.divisor * eigenvalue) }
    }
    return weights
  }

  /// −log π + ½ (D log 2π + D log g + log det E): the part of −ℓ that all held-out samples share.
  func heldOutNormalizer(at regularization: Regularization) -> Double {
    let ridge = Regularization(unchecked: shrunken(regularization))
    return normalizer(
      logDeterminant: Double(dimension) * log(divisorRatio) + logDeterminant(ridge: ridge))
  }

  private func normalizer(logDeterminant: Double) -> Double {
    -log(gaussian.weight) + 0.5 * (Double(dimension) * log(2 * .pi) + logDeterminant)
  }

  /// log det (s C + λI) in the included dimensions.
  private func logDeterminant(ridge: Regularization) -> Double {
    let leftOut = spectrum.eigenvalues.count - dimension
    let complete = gaussian.scaledSpectrum.logDeterminant(at: ridge)
    return leftOut == 0 ? complete : complete - Double(leftOut) * log(ridge.value)
  }

  /// 1 − 1/n − Σ u_i².
  private func rest(ofLeverage leverage: Double) -> Double { max(0, 1 - 1 / size - leverage) }

  /// 1 − 1/n − Σ u_i² of the chosen samples without cancellation: the squared length of their unit vectors after
  /// projecting out all u and the vector of ones, twice, since one pass leaves rounding errors. O(n·H·m) for H
  /// samples, n being the number of all training samples if the class is pooled.
  private func leverageRests(of chosen: [Int], basis: Matrix) throws -> [Double] {
    let rank = spectrum.rank
    let scales = spectrum.eigenvalues.prefix(rank).map { 1 / ($0 * gaussian.divisor).squareRoot() }
    let directions = basis.firstRows(rank)
    let places = Dictionary(uniqueKeysWithValues: chosen.enumerated().map { ($0.element, $0.offset) })
    func leverages(_ centred: Matrix) -> Matrix {
      var projected = Matrix.product(centred, byTransposeOf: directions)
      projected.scaleColumns(by: scales)
      return projected
    }
    var own = Matrix(rowCount: chosen.count, columnCount: rank)
    for range in samples.ranges {
      let found = range.filter { places[$0] != nil }
      guard !found.isEmpty else { continue }
      let rows = leverages(try samples.block(range).matrix(at: found.map { $0 - range.lowerBound }))
      for (row, sample) in found.enumerated() {
        if let place = places[sample] { own.setRows(from: place, to: rows.rows(row..<row + 1)) }
      }
    }
    /// Calls `body` with the leverages and the rows of the projected unit vectors for every block of samples, (B, H),
    /// first of the class, then of the others.
    func forEachBlock(_ body: (_ along: Matrix, _ residuals: Matrix, _ isOwn: Bool) -> Void) throws {
      for range in samples.ranges {
        try Task.checkCancellation()
        let along = leverages(try samples.block(range))
        var residuals = Matrix(rowCount: range.count, columnCount: chosen.count, repeating: -1 / size)
        residuals.add(Matrix.product(along, byTransposeOf: own), times: -1)
        for sample in range {
          if let place = places[sample] { residuals[sample - range.lowerBound, place] += 1 }
        }
        body(along, residuals, true)
      }
      try others?.forEachBlock { block in
        let along = leverages(block)
        var residuals = Matrix(rowCount: block.rowCount, columnCount: chosen.count)
        residuals.add(Matrix.product(along, byTransposeOf: own), times: -1)
        body(along, residuals, false)
      }
    }
    func columnSums(_ matrix: Matrix) -> [Double] {
      matrix.transposeMultiplied(by: [Double](repeating: 1, count: matrix.rowCount))
    }
    var remaining = Matrix(rowCount: rank, columnCount: chosen.count)
    var sums = [Double](repeating: 0, count: chosen.count)
    try forEachBlock { along, left, isOwn in
      remaining.add(Matrix.product(transposeOf: along, by: left), times: 1)
      if isOwn { sums = zip(sums, columnSums(left)).map(+) }
    }
    var rests = [Double](repeating: 0, count: chosen.count)
    try forEachBlock { along, residuals, isOwn in
      var left = residuals
      left.subtractProduct(along, by: remaining)
      if isOwn { left.subtractFromRows(sums.map { $0 / size }) }
      left.squareElements()
      rests = zip(rests, columnSums(left)).map(+)
    }
    // The rounding error of n numbers that should be 0.
    let unit = size * 0x1p-50 * 0x1p-50
    return rests.map { $0 > unit ? $0 : 0 }
  }
}
