import LinearAlgebra

/// How much memory a fit for every λ takes, and how many classes' eigenvectors it leaves room for. All counts are in
/// bytes; N samples, K classes, D dimensions, m_k = min(n_k, D), T threads.
///
/// ```
/// peak    = fixed + classes + held bases + T · working
/// fixed   = 64 MiB + T · 16 MiB (BLAS) + min(384 MiB, 8·N·D) (pages of mapped files) + 24·N + 8·5·D² (pooled)
///           + 64 MiB (samples scored together)
/// classes = K · D · (8·5 (mean, eigenvalues, diagonal, coordinates) + 12·48 (screen of a path, in both precisions))
/// basis   = 8 · m · D; one that is held and spans more than half of the dimensions is completed for paths: 8 · D²
/// working = max(8 · (3·n_h·D + 8·D²) + 2 · basis, basis + 24·B·D + 68·B·K), n_h = n_k, or D where a class is streamed
/// ```
public struct SpectraPlan: Sendable, Equatable {
  /// What is to be fitted.
  public struct Workload: Sendable, Equatable {
    /// n_k, (K,).
    public var classCounts: [Int]
    public var dimension: Int
    public var threadCount: Int

    public init(
      classCounts: [Int], dimension: Int, threadCount: Int = FittedDetector.defaultThreadCount
    ) {
      self.classCounts = classCounts
      self.dimension = dimension
      self.threadCount = threadCount
    }
  }

  public let workload: Workload
  public let budget: MemoryBudget
  /// How many classes' eigenvectors are held, the first ones; the others are kept in the cache.
  public let heldCount: Int
  /// Of all eigenvectors.
  public let allSpectraBytes: Int
  /// The most held at once.
  public let peakBytes: Int
  /// The same with all eigenvectors held.
  public let allSpectraPeakBytes: Int
  /// What it takes with none held.
  public let leastBytes: Int

  public var holdsAllSpectra: Bool { heldCount == workload.classCounts.count }
  public var isPossible: Bool { budget.bytes >= leastBytes }

  /// The plan for a budget, or the least possible where that permits less.
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

  /// For samples with `labels` (N,); nil where none is 0 or above.
  public init?(
    labels: [Int], dimension: Int, threadCount: Int = FittedDetector.defaultThreadCount,
    permitting budget: MemoryBudget
  ) {
    var counts: [Int: Int] = [:]
    for label in labels where label >= 0 { counts[label, default: 0] += 1 }
    guard !counts.isEmpty else { return nil }
    self.init(
      Workload(
        classCounts: counts.sorted { $0.key < $1.key }.map(\.value), dimension: dimension,
        threadCount: threadCount),
      permitting: budget)
  }

  /// - Parameter hasCache: whether there is a cache for what does not fit.
  /// - Throws: ``DetectorError/memoryTooSmall(neededBytes:permittedBytes:)`` where `budget` is below what is needed.
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
    // What is being decomposed and refined by the samples' projections, and what waits for its turn.
    let fitting = 3 * samples + 8 * square + 2 * largestBasis
    let scoring = largestBasis + Execution.usualBlockSize * (24 * dimension + 68 * classCount)
    return MemoryPlan.processBytes(
      sampleCount: sampleCount, dimension: dimension, threadCount: workload.threadCount)
      + MemoryPlan.usualBatchBytes + 5 * square + classCount * dimension * (8 * 5 + 12 * 48)
      + workload.threadCount * max(fitting, scoring)
  }
}
