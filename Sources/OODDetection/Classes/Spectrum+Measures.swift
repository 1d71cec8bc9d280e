import Foundation

extension Spectrum {
  static func effectiveRank(_ eigenvalues: ArraySlice<Double>, trace: Double) -> Double {
    guard trace > 0 else { return 0 }
    let entropy = eigenvalues.reduce(0) { sum, eigenvalue in
      let share = eigenvalue / trace
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
    var known = SumOfLogarithms()
    for eigenvalue in eigenvalues.prefix(rank) { known.add(eigenvalue + regularization.value) }
    return rank == eigenvalues.count
      ? known.value : known.value + Double(eigenvalues.count - rank) * log(regularization.value)
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
