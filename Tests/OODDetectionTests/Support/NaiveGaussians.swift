import Foundation

/// A literal implementation of the formulas, with explicit covariances and a textbook Cholesky. It is slow and shares
/// no code with the library.
struct NaiveGaussian {
  var label: Int
  var weight: Double
  var mean: [Double]
  var covariance: [[Double]]

  init(label: Int, samples: [[Double]], weight: Double) {
    let (count, dimension) = (Double(samples.count), samples[0].count)
    let mean = (0..<dimension).map { column in samples.reduce(0) { $0 + $1[column] } / count }
    self.label = label
    self.weight = weight
    self.mean = mean
    covariance = (0..<dimension).map { row in
      (0..<dimension).map { column in
        samples.reduce(0) { $0 + ($1[row] - mean[row]) * ($1[column] - mean[column]) } / count
      }
    }
  }

  /// d² under Σ + λI.
  func squaredDistance(_ features: [Double], _ regularization: Double) -> Double {
    let difference = zip(features, mean).map(-)
    return zip(difference, solution(difference, regularization)).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// (Σ + λI)⁻¹ v.
  func solution(_ vector: [Double], _ regularization: Double) -> [Double] {
    let factor = naiveCholesky(regularized(regularization))
    var result = vector
    for row in result.indices {
      for column in 0..<row { result[row] -= factor[row][column] * result[column] }
      result[row] /= factor[row][row]
    }
    for row in result.indices.reversed() {
      for column in row + 1..<result.count { result[row] -= factor[column][row] * result[column] }
      result[row] /= factor[row][row]
    }
    return result
  }

  func logDeterminant(_ regularization: Double) -> Double {
    let factor = naiveCholesky(regularized(regularization))
    return factor.indices.reduce(0) { $0 + 2 * log(factor[$1][$1]) }
  }

  /// ℓ.
  func logDensity(_ features: [Double], _ regularization: Double) -> Double {
    log(weight) - 0.5
      * (squaredDistance(features, regularization) + logDeterminant(regularization)
        + Double(mean.count) * log(2 * .pi))
  }

  private func regularized(_ regularization: Double) -> [[Double]] {
    var matrix = covariance
    for index in matrix.indices { matrix[index][index] += regularization }
    return matrix
  }
}

/// L of A = L Lᵀ.
func naiveCholesky(_ matrix: [[Double]]) -> [[Double]] {
  var factor = matrix.map { _ in [Double](repeating: 0, count: matrix.count) }
  for row in matrix.indices {
    for column in 0...row {
      var rest = matrix[row][column]
      for index in 0..<column { rest -= factor[row][index] * factor[column][index] }
      factor[row][column] = row == column ? rest.squareRoot() : rest / factor[column][column]
    }
  }
  return factor
}

/// One Gaussian per label ≥ 0, ascending.
func naiveFit(_ samples: [[Double]], _ labels: [Int]) -> [NaiveGaussian] {
  let known = Set(labels.filter { $0 >= 0 }).sorted()
  let total = Double(labels.count { $0 >= 0 })
  return known.map { label in
    let members = zip(samples, labels).filter { $0.1 == label }.map(\.0)
    return NaiveGaussian(label: label, samples: members, weight: Double(members.count) / total)
  }
}

func naiveLogSumExp(_ values: [Double]) -> Double {
  guard let largest = values.max() else { return -.infinity }
  return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
}

/// −ℓ of every sample of a class under the class fitted without it, by refitting.
func naiveLeaveOneOut(_ members: [[Double]], weight: Double, _ regularization: Double) -> [Double] {
  members.indices.map { index in
    var rest = members
    let held = rest.remove(at: index)
    return -NaiveGaussian(label: 0, samples: rest, weight: weight).logDensity(held, regularization)
  }
}

/// The probability that an OOD score is above an ID one, ties counting half, over all pairs.
func naiveAUROC(_ scores: [Double], _ isOut: [Bool]) -> Double {
  var (wins, pairs) = (0.0, 0.0)
  for (outScore, _) in zip(scores, isOut).filter({ $0.1 }) {
    for (inScore, _) in zip(scores, isOut).filter({ !$0.1 }) {
      wins += outScore > inScore ? 1 : outScore == inScore ? 0.5 : 0
      pairs += 1
    }
  }
  return wins / pairs
}
