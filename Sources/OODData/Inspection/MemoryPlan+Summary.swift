public import OODDetection

extension MemoryPlan {
  /// A one-line summary: the planned peak memory and the location of the factors.
  public var summary: String {
    let shape =
      "K = \(workload.classCount), D = \(workload.dimension), \(workload.threadCount) "
      + (workload.threadCount == 1 ? "thread" : "threads")
    let place = workload.share == nil ? "" : " on the rank that needs the most"
    guard isPossible else {
      return "scoring takes at least \(MemoryBudget(bytes: leastBytes))\(place) for \(shape), "
        + "but only \(budget) are permitted"
    }
    let factors =
      holdsAllFactors
      ? "all factors held, \(MemoryBudget(bytes: allFactorBytes))"
      : "\(heldFactorCount) of \(workload.classCount) factors held, the others in the cache directory, "
        + "\(MemoryBudget(bytes: allFactorBytes)) in all"
    return "scoring takes up to \(MemoryBudget(bytes: peakBytes))\(place) of the \(budget) permitted; "
      + "\(shape), \(factors)"
  }
}

extension SpectraPlan {
  /// A one-line summary: the planned peak memory and the location of the eigenvectors.
  public var summary: String {
    let classCount = workload.classCounts.count
    let rank = workload.share == nil ? "" : " on the rank that needs the most"
    guard isPossible else {
      return
        "spectra take at least \(MemoryBudget(bytes: leastBytes))\(rank), but only \(budget) are permitted"
    }
    let place =
      holdsAllSpectra
      ? "all held, \(MemoryBudget(bytes: allSpectraBytes))"
      : "those of \(heldCount) of \(classCount) classes held, the others in the cache directory, "
        + "\(MemoryBudget(bytes: allSpectraBytes)) in all"
    return "spectra, for every λ, take up to \(MemoryBudget(bytes: peakBytes))\(rank), \(place)"
  }
}
