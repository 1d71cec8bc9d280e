import Foundation

/// Interpolates scores at a λ between two values of a path from the scores at neighbouring values, without computing
/// any distance. O(N).
///
/// For a fixed class, d² and ℓ are smooth functions of log λ. The polynomial through eight neighbours a tenth of a
/// decade apart is accurate to about 1e-9. Scores are as smooth if the same class is nearest at all neighbours;
/// otherwise fewer neighbours are used, at least the two on either side. The difference from a polynomial of lower
/// degree estimates the error of each sample.
public struct ScoreInterpolation: Sendable {
  /// The neighbours and their weights, from the largest stencil to the two on either side.
  private let stencils: [Stencil]
  private let regularization: Regularization
  /// The nearer of the two neighbours on either side.
  private let nearest: Int

  private struct Stencil {
    let places: Range<Int>
    let weights: [Double]
  }

  /// The largest ratio of neighbouring λ. Polynomials are unreliable for wider steps.
  private static let widestStep = 2.0
  private static let sizes = [8, 6, 4, 2]
  /// The largest error of a settled sample, relative to max(1, |score|).
  private static let tolerance = 1e-6

  /// Nil if λ does not lie between two values of the path, or if the path there does not ascend in steps of at most a
  /// factor of 2.
  public init?(at regularization: Regularization, along path: [Regularization]) {
    guard let above = path.firstIndex(where: { $0 >= regularization }), above > 0,
      path[above] != regularization, path[above - 1] < regularization, path[above - 1].value > 0
    else { return nil }
    let target = log(regularization.value)
    stencils = Self.sizes.compactMap { size in
      let first = min(max(0, above - size / 2), path.count - size)
      guard first >= 0 else { return nil }
      let places = first..<first + size
      let steps = zip(path[places], path[places].dropFirst())
      guard path[first].value > 0, steps.allSatisfy({ $0 < $1 && $1.value <= Self.widestStep * $0.value })
      else { return nil }
      return Stencil(
        places: places, weights: Self.weights(of: path[places].map { log($0.value) }, at: target))
    }
    guard stencils.last?.places == above - 1..<above + 1 else { return nil }
    self.regularization = regularization
    let isNearerAbove = log(path[above].value) - target < target - log(path[above - 1].value)
    nearest = isNearerAbove ? above : above - 1
  }

  /// The interpolated scores of N samples, given those at every λ of the path, and the number of unsettled ones. A
  /// sample is unsettled if its nearest class changes between the neighbouring λ, or if its polynomials differ by more
  /// than 1e-6 relative to max(1, |score|). Settled samples are accurate to that tolerance unless a class is nearest
  /// between two λ but at neither of them.
  public func scores(from table: [SampleScores]) -> (scores: SampleScores, unsettledCount: Int) {
    var scores = table[nearest]
    var isSettled = [Bool](repeating: true, count: scores.count)
    let sameLikeliest = agreements(table, \.mostLikelyClass)
    let likelihoods = values(table, \.negativeLogLikelihood, sameLikeliest, &isSettled)
    let distances = values(table, \.mahalanobis, agreements(table, \.closestClass), &isSettled)
    var isKnown = isSettled
    let squares = values(table, \.squaredDistanceToMostLikely, sameLikeliest, &isKnown)
    scores = SampleScores(
      regularization: regularization, negativeLogLikelihood: likelihoods,
      mahalanobis: distances.map { max(0, $0) }, mostLikelyClass: scores.mostLikelyClass,
      closestClass: scores.closestClass,
      // The distance to another class would not match.
      squaredDistanceToMostLikely: squares.indices.map { index in
        isKnown[index] ? max(0, squares[index]) : scores.squaredDistanceToMostLikely[index]
      }, background: background(from: table, &isSettled))
    return (scores, isSettled.count { !$0 })
  }

  /// The interpolated background, which is the same Gaussian at every t; nil if the table has none.
  private func background(from table: [SampleScores], _ isSettled: inout [Bool]) -> BackgroundScores? {
    let known = table.compactMap(\.background)
    guard known.count == table.count, let first = known.first else { return nil }
    let always = stencils.map { _ in [Bool](repeating: true, count: isSettled.count) }
    let squares = values(table, { $0.background?.squaredDistances ?? [] }, always, &isSettled)
    return BackgroundScores(
      squaredDistances: squares.map { max(0, $0) },
      logNormalizer: value(of: known.map(\.logNormalizer)), dimension: first.dimension)
  }

  /// The interpolated value of a curve (P,), one value per λ of the path, that is as smooth as scores for a fixed
  /// class.
  public func value(of curve: [Double]) -> Double {
    guard let stencil = stencils.first else { return curve[nearest] }
    return zip(stencil.places, stencil.weights).reduce(0) { $0 + curve[$1.0] * $1.1 }
  }

  /// For each stencil, whether the same class is nearest to a sample at all of its λ, (N,).
  private func agreements(
    _ table: [SampleScores], _ nearestClass: (SampleScores) -> [Int32]
  ) -> [[Bool]] {
    stencils.map { stencil in Self.agreement(stencil.places.map { nearestClass(table[$0]) }) }
  }

  /// Interpolates one quantity of every sample, (N,), from as many neighbours as share a nearest class.
  private func values(
    _ table: [SampleScores], _ quantity: (SampleScores) -> [Double], _ agreements: [[Bool]],
    _ isSettled: inout [Bool]
  ) -> [Double] {
    var chosen = quantity(table[nearest])
    let candidates = stencils.map { stencil in
      Self.sum(stencil.places.map { quantity(table[$0]) }, times: stencil.weights)
    }
    for index in chosen.indices {
      let widest = agreements.firstIndex { $0[index] }
      let place = widest ?? candidates.count - 1
      let value = candidates[place][index]
      // The smallest stencil has no simpler polynomial; the next larger one serves as well.
      let other = place + 1 < candidates.count ? place + 1 : max(0, place - 1)
      let difference = abs(value - candidates[other][index])
      let isClose = candidates.count > 1 && difference <= Self.tolerance * max(1, abs(value))
      if widest == nil || !isClose { isSettled[index] = false }
      // Infinite scores cannot be interpolated.
      if value.isFinite { chosen[index] = value }
    }
    return chosen
  }

  /// The Lagrange weights of the values at `positions` for the value at `target`.
  private static func weights(of positions: [Double], at target: Double) -> [Double] {
    positions.indices.map { index in
      positions.indices.reduce(1) { product, other in
        other == index
          ? product : product * (target - positions[other]) / (positions[index] - positions[other])
      }
    }
  }

  private static func sum(_ columns: [[Double]], times weights: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: columns[0].count)
    sums.withUnsafeMutableBufferPointer { sums in
      for (column, weight) in zip(columns, weights) {
        column.withUnsafeBufferPointer { column in
          for index in sums.indices { sums[index] += weight * column[index] }
        }
      }
    }
    return sums
  }

  /// Whether all columns are equal, for each row.
  private static func agreement(_ columns: [[Int32]]) -> [Bool] {
    var isSame = [Bool](repeating: true, count: columns[0].count)
    isSame.withUnsafeMutableBufferPointer { isSame in
      columns[0].withUnsafeBufferPointer { first in
        for column in columns.dropFirst() {
          column.withUnsafeBufferPointer { column in
            for index in isSame.indices where column[index] != first[index] { isSame[index] = false }
          }
        }
      }
    }
    return isSame
  }
}
