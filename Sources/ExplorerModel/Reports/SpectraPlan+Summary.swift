public import OODDetection

extension SpectraPlan {
  /// One line for people: the planned peak, and where the eigenvectors are.
  public var summary: String {
    let classCount = workload.classCounts.count
    guard isPossible else {
      return
        "spectra take at least \(MemoryBudget(bytes: leastBytes)), but only \(budget) are permitted (--memory)"
    }
    let place =
      holdsAllSpectra
      ? "all held, \(MemoryBudget(bytes: allSpectraBytes))"
      : "those of \(heldCount) of \(classCount) classes held, the others in the cache directory, "
        + "\(MemoryBudget(bytes: allSpectraBytes)) in all"
    return "spectra, for every λ, take up to \(MemoryBudget(bytes: peakBytes)), \(place)"
  }
}
