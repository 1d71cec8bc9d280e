import Foundation

extension Spectrum {
  /// ΣΛ, the summed variance of all dimensions.
  public var trace: Double { eigenvalues.reduce(0, +) }

  /// exp of the entropy of Λ / ΣΛ, from 1 to the rank; 0 where the rank is.
  public var effectiveRank: Double {
    let total = trace
    guard total > 0 else { return 0 }
    let entropy = eigenvalues.prefix(rank).reduce(0) { sum, eigenvalue in
      let share = eigenvalue / total
      return share > 0 ? sum - share * log(share) : sum
    }
    return exp(entropy)
  }

  /// (Λ_max + λ) / (Λ_min + λ); infinite where λ = 0 and an eigenvalue is.
  public func conditionNumber(at regularization: Regularization) -> Double {
    let smallest = (eigenvalues.last ?? 0) + regularization.value
    return smallest > 0 ? ((eigenvalues.first ?? 0) + regularization.value) / smallest : .infinity
  }

  /// log det (Σ + λI), in nats; −infinity where λ = 0 and an eigenvalue is.
  public func logDeterminant(at regularization: Regularization) -> Double {
    // The directions of eigenvalue 0 are equal, so one logarithm serves them all.
    let known = eigenvalues.prefix(rank).reduce(0) { $0 + log($1 + regularization.value) }
    return rank == eigenvalues.count
      ? known : known + Double(eigenvalues.count - rank) * log(regularization.value)
  }

  /// How many of the leading directions hold at least the given fraction (0…1) of the trace; 0 where the
  /// trace is.
  public func directionCount(explaining fraction: Double) -> Int {
    let goal = trace * min(max(fraction, 0), 1)
    guard goal > 0 else { return 0 }
    var sum = 0.0
    for (index, eigenvalue) in eigenvalues.prefix(rank).enumerated() {
      sum += eigenvalue
      if sum >= goal { return index + 1 }
    }
    return rank
  }
}
