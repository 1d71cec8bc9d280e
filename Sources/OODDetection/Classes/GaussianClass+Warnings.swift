import LinearAlgebra

extension GaussianClass {
  /// How many dimensions have no variance. O(D).
  public var constantDimensionCount: Int { diagonal.count { $0 == 0 } }

  /// What is wrong or doubtful at one λ, the most fundamental first.
  func warnings(at regularization: Regularization, constantDimensionCount: Int) -> [ClassWarning] {
    let dimension = mean.count
    var warnings: [ClassWarning] = []
    if let sampleSize = ClassWarning.sampleSize(count, dimension: dimension) { warnings.append(sampleSize) }
    if spectrum.rank < dimension {
      warnings.append(.rankDeficient(rank: spectrum.rank, dimension: dimension))
    }
    let expected = min(count - 1, dimension - constantDimensionCount)
    // A class of identical samples has no varying dimension to expect rank from, and is yet a repetition.
    if spectrum.rank < expected || (count > 1 && spectrum.rank == 0) {
      warnings.append(.dependentSamples(rank: spectrum.rank, expected: max(expected, 1)))
    }
    if constantDimensionCount > 0, count > 1 {
      warnings.append(.constantDimensions(count: constantDimensionCount))
    }
    let conditionNumber = spectrum.conditionNumber(at: regularization)
    if conditionNumber > 1e7 {
      warnings.append(
        .illConditioned(conditionNumber: conditionNumber, remedy: spectrum.remedy(conditionNumber: 1e4)))
    }
    if conditionNumber > 1e10 { warnings.append(.untrustworthy(conditionNumber: conditionNumber)) }
    return warnings
  }
}

extension Spectrum {
  /// The smallest λ on the 10^(i/10) grid under which the condition number is at most `goal`; meant for
  /// spectra whose own is above it.
  func remedy(conditionNumber goal: Double) -> Regularization {
    let (largest, smallest) = (eigenvalues.first ?? 0, eigenvalues.last ?? 0)
    // (Λ_max + λ) / (Λ_min + λ) ≤ goal, solved for λ.
    let bound = (largest - goal * smallest) / (goal - 1)
    guard bound > 0, bound.isFinite else { return Regularization(unchecked: 0) }
    return Regularization(unchecked: LogarithmicGrid.ceiling(of: bound))
  }
}
