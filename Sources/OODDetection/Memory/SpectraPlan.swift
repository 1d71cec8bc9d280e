/// The memory for fitting for every λ, and the number of classes whose eigenvectors fit beside it. All counts are in
/// bytes, for N samples, K classes, D dimensions, m_k = min(n_k, D) and T threads.
///
/// ```
/// peak    = fixed + classes + held bases + T · working
/// fixed   = 64 MiB + T · 16 MiB (BLAS) + min(F, 8·N·D) (pages of mapped files) + 24·N + 8·5·D² (pooled)
///           + 64 MiB (samples scored together)
/// classes = K · D · (8·5 (mean, eigenvalues, diagonal, coordinates) + 12·48 (bounds of a path, in both precisions))
///           On one of several ranks, its own classes; and for each of the others 40·D, and the samples as for
///           ``MemoryPlan``.
/// basis   = 8 · m · D; one that is held and spans more than half of the dimensions is completed for paths: 8 · D²
/// F       = 384 MiB, or 128 MiB on one of several ranks, which reads consecutive samples
/// working = max(8 · (3·n_h·D + 8·D²) + 2 · basis, basis + 24·B·D + 68·B·K), n_h = n_k, or D where a class is streamed
/// ```
public struct SpectraPlan: Sendable, Equatable {
  /// The data to be fitted.
  public struct Workload: Sendable, Equatable {
    /// n_k, (K,).
    public var classCounts: [Int]
    public var dimension: Int
    public var threadCount: Int
    /// What other ranks of a job take part in.
    public var share: MemoryPlan.SharedWork?

    public init(
      classCounts: [Int], dimension: Int, threadCount: Int = SpectralDetector.defaultThreadCount,
      share: MemoryPlan.SharedWork? = nil
    ) {
      self.share = share
      self.classCounts = classCounts
      self.dimension = dimension
      self.threadCount = threadCount
    }
  }

  public let workload: Workload
  public let budget: MemoryBudget
  /// The number of classes, from the first on, whose eigenvectors are kept in memory. The others are stored in the
  /// cache.
  public let heldCount: Int
  /// The size of all eigenvectors.
  public let allSpectraBytes: Int
  /// The largest memory use at a time.
  public let peakBytes: Int
  /// The largest memory use at a time with all eigenvectors in memory.
  public let allSpectraPeakBytes: Int
  /// The memory use without any eigenvectors in memory.
  public let leastBytes: Int

  public var holdsAllSpectra: Bool { heldCount == workload.classCounts.count }
  public var isPossible: Bool { budget.bytes >= leastBytes }

  /// Creates the plan for a budget, or the smallest possible plan if the budget is too small.
  public init(_ workload: Workload, permitting budget: MemoryBudget) {
    let bases = workload.classCounts.map { 8 * min($0, workload.dimension) * workload.dimension }
    let completed = workload.classCounts.map {
      8 * workload.dimension * (2 * $0 > workload.dimension ? workload.dimension : $0)
    }
    let common = Self.commonBytes(workload, largestBasis: bases.max() ?? 0)
    var (held, heldBytes) = (0, 0)
    for basis in completed {
      guard common + heldBytes + basis <= budget.bytes else { break }
      (held, heldBytes) = (held + 1, heldBytes + basis)
    }
    self.workload = workload
    self.budget = budget
    heldCount = held
    allSpectraBytes = bases.reduce(0, +)
    leastBytes = common
    peakBytes = common + heldBytes
    allSpectraPeakBytes = common + completed.reduce(0, +)
  }

  /// Creates a plan for samples with `labels` (N,); nil if no label is ≥ 0.
  ///
  /// - Parameters:
  ///   - rankCount: The number of ranks that share the work; the plan is that of the rank that needs the most memory.
  ///   - bytesPerValue: The size of a stored feature that a rank holds.
  public init?(
    labels: [Int], dimension: Int, threadCount: Int = SpectralDetector.defaultThreadCount,
    rankCount: Int = 1, bytesPerValue: Int = 8, permitting budget: MemoryBudget
  ) {
    let counts = ClassMembers.counts(of: labels)
    guard !counts.isEmpty else { return nil }
    if rankCount > 1 {
      let plans = DividedRows.Purpose.spectra.shares(of: counts, dimension: dimension, rankCount: rankCount)
        .map { own in
          SpectraPlan(
            Workload(
              classCounts: own, dimension: dimension, threadCount: threadCount,
              share: MemoryPlan.SharedWork(
                sampleBytes: own.reduce(0, +) * (8 + bytesPerValue * dimension),
                otherClassCount: counts.count - own.count)),
            permitting: budget)
        }
      guard let largest = plans.max(by: { $0.allSpectraPeakBytes < $1.allSpectraPeakBytes }) else {
        return nil
      }
      self = largest
      return
    }
    self.init(
      Workload(
        classCounts: counts, dimension: dimension,
        threadCount: threadCount),
      permitting: budget)
  }

  /// - Parameter hasCache: Whether eigenvectors that do not fit can be cached.
  /// - Throws: ``DetectorError/memoryTooSmall(neededBytes:permittedBytes:)`` if `budget` is too small.
  public init(_ workload: Workload, budget: MemoryBudget, hasCache: Bool) throws(DetectorError) {
    self.init(workload, permitting: budget)
    let needed = hasCache ? leastBytes : allSpectraPeakBytes
    guard budget.bytes >= needed else {
      throw .memoryTooSmall(neededBytes: needed, permittedBytes: budget.bytes)
    }
  }

  private static func commonBytes(_ workload: Workload, largestBasis: Int) -> Int {
    let (dimension, classCount) = (workload.dimension, workload.classCounts.count)
    let sampleCount = workload.classCounts.reduce(0, +)
    let square = 8 * dimension * dimension
    let largestHeld = workload.classCounts.filter { $0 * dimension <= Execution.usualHeldElementCount }.max()
    let samples = 8 * dimension * max(largestHeld ?? 0, largestHeld == nil ? dimension : 0)
    // The class being decomposed and refined, and the results waiting for their turn.
    let fitting = 3 * samples + 8 * square + 2 * largestBasis
    let scoring = largestBasis + Execution.usualBlockSize * (24 * dimension + 68 * classCount)
    return MemoryPlan.processBytes(
      sampleCount: sampleCount, dimension: dimension, threadCount: workload.threadCount,
      isShared: workload.share != nil)
      + (workload.share.map { $0.bytes(dimension: dimension) + 24 * dimension * $0.otherClassCount } ?? 0)
      + MemoryPlan.usualBatchBytes + 5 * square + classCount * dimension * (8 * 5 + 12 * 48)
      + workload.threadCount * max(fitting, scoring)
  }
}
