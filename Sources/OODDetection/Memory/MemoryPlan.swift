import LinearAlgebra

/// The memory for fitting at one λ and scoring, and the number of triangular factors that fit beside it. All counts
/// are in bytes, for N samples, K classes, D dimensions, M samples to score and T threads.
///
/// ```
/// peak     = fixed + bounds + held · factor + max(T · fitting, T · scoring + batch)
/// fixed    = 64 MiB + T · 16 MiB (BLAS) + min(F, 8·N·D) (pages of mapped files) + 24·N + 64·M
/// bounds   = 16·K·D (means, twice) + 192·K·D (16 directions a class, in both precisions)
/// factor   = 8 · (D²/2 + 64·D)                               (PackedTriangle)
/// fitting  = 8·D·(h + B) + 8·D·max(2·h + 2·D, h + 6·D) + factor, h = n_max, or B where a class is streamed
/// scoring  = 24·B·D + 68·B·K + factor, where factors are not all held
/// batch    = S · (8·D + 5·K + 40)
/// ```
///
/// F is 384 MiB, or 128 MiB on one of several ranks, which reads consecutive samples.
///
/// One of several ranks has K classes with N samples, of K' classes with N' samples in all. With S the size of its samples,
/// N·(8 + D · 4 or 8, as stored), and R = 48 MiB for a round of samples, the peak is
///
/// ```
/// fixed + 16·(K'−K)·D + bounds + max(S + max(R, T · fitting), K · factor + max(T · fitting, T · scoring + batch))
/// ```
///
/// if all factors fit and the samples of fitted classes are dropped, and
/// `fixed + 16·(K'−K)·D + bounds + S + max(R, held · factor + max(T · fitting, T · scoring + batch))` otherwise, with 24·N'
/// in place of 24·N.
///
/// B = 288 samples are read at a time, and S are scored together. Each of the N samples takes 24 bytes for labels and
/// row numbers: features are memory-mapped, and their pages are released.
public struct MemoryPlan: Sendable, Equatable {
  /// The data to be fitted and scored.
  public struct Workload: Sendable, Equatable {
    public var sampleCount: Int
    public var classCount: Int
    /// The number of samples of the largest class.
    public var largestClassCount: Int
    public var dimension: Int
    public var queryCount: Int
    public var threadCount: Int
    /// What other ranks of a job take part in.
    public var share: SharedWork?

    public init(
      sampleCount: Int, classCount: Int, largestClassCount: Int, dimension: Int, queryCount: Int = 0,
      threadCount: Int = SpectralDetector.defaultThreadCount, share: SharedWork? = nil
    ) {
      self.share = share
      self.sampleCount = sampleCount
      self.classCount = classCount
      self.largestClassCount = largestClassCount
      self.dimension = dimension
      self.queryCount = queryCount
      self.threadCount = threadCount
    }
  }

  /// What one of several ranks keeps beside its own classes.
  public struct SharedWork: Sendable, Equatable {
    /// The size of the samples of the rank's classes, which it holds.
    public var sampleBytes: Int
    /// The number of classes of all other ranks, whose means it knows.
    public var otherClassCount: Int
    /// Whether the samples of a class are dropped when it is fitted, if all factors fit.
    public var dropsFittedClasses = false

    /// What is read, sent and received at a time.
    static let roundBytes = 3 * DividedRows.roundByteCount

    func otherBytes(dimension: Int) -> Int { 16 * otherClassCount * dimension }

    /// The largest memory use at a time for samples, a round of them, and what takes the place of that round.
    func bytes(dimension: Int) -> Int { sampleBytes + otherBytes(dimension: dimension) + Self.roundBytes }
  }

  public let workload: Workload
  public let budget: MemoryBudget
  /// The size of one triangular factor.
  public let factorBytes: Int
  /// The number of factors that are kept in memory. The other ones are stored in the cache or recomputed.
  public let heldFactorCount: Int
  /// The memory for samples that are scored together.
  public let batchBytes: Int
  /// The largest memory use at a time.
  public let peakBytes: Int
  /// The memory use without any factor in memory, the smallest possible budget.
  public let leastBytes: Int

  public var holdsAllFactors: Bool { heldFactorCount == workload.classCount }
  /// The size of all K factors.
  public var allFactorBytes: Int { factorBytes * workload.classCount }

  /// Whether classes with far fewer samples than dimensions may be represented by the span of their samples, which
  /// takes up to 1¾ times as much as a triangular factor.
  var allowsSpans: Bool { holdsAllFactors && peakBytes + allFactorBytes / 4 * 3 <= budget.bytes }

  /// Whether there is room for ``DistanceEstimates``: for each class 3·D² bytes for a factor in integers of 8 and of 16
  /// bits, and 256·D for leading directions, beside its factor.
  var allowsEstimates: Bool {
    let classBytes = 3 * workload.dimension * workload.dimension + 256 * workload.dimension
    return holdsAllFactors && peakBytes + workload.classCount * classBytes <= budget.bytes
  }

  /// - Throws: ``DetectorError/memoryTooSmall(neededBytes:permittedBytes:)`` if `budget` is below ``leastBytes``.
  public init(_ workload: Workload, budget: MemoryBudget) throws(DetectorError) {
    self.init(workload, permitting: budget)
    guard budget.bytes >= leastBytes else {
      throw .memoryTooSmall(neededBytes: leastBytes, permittedBytes: budget.bytes)
    }
  }

  /// Creates a plan for samples with `labels` (N,); nil if no label is ≥ 0.
  ///
  /// - Parameters:
  ///   - rankCount: The number of ranks that share the work; the plan is that of the rank that needs the most memory,
  ///     without pooling and background.
  ///   - bytesPerValue: The size of a stored feature that a rank holds.
  public init?(
    labels: [Int], dimension: Int, threadCount: Int = SpectralDetector.defaultThreadCount,
    rankCount: Int = 1, bytesPerValue: Int = 8, permitting budget: MemoryBudget
  ) {
    let counts = ClassMembers.counts(of: labels)
    guard let largest = counts.max() else { return nil }
    if rankCount > 1 {
      let plans = DividedRows.Purpose.factors.shares(of: counts, dimension: dimension, rankCount: rankCount)
        .map { own in
          MemoryPlan(
            Workload(
              sampleCount: labels.count, classCount: own.count, largestClassCount: own.max() ?? 0,
              dimension: dimension, threadCount: threadCount,
              share: SharedWork(
                sampleBytes: own.reduce(0, +) * (8 + bytesPerValue * dimension),
                otherClassCount: counts.count - own.count, dropsFittedClasses: true)),
            permitting: budget)
        }
      guard let largest = plans.max(by: { $0.leastBytes < $1.leastBytes }) else { return nil }
      self = largest
      return
    }
    self.init(
      Workload(
        sampleCount: labels.count, classCount: counts.count, largestClassCount: largest, dimension: dimension,
        threadCount: threadCount),
      permitting: budget)
  }

  /// Whether the budget suffices.
  public var isPossible: Bool { budget.bytes >= leastBytes }

  /// Creates the plan for a budget, or the smallest possible plan if the budget is too small.
  init(_ workload: Workload, permitting budget: MemoryBudget, blockSize: Int = Execution.usualBlockSize) {
    let parts = Parts(workload, blockSize: blockSize)
    let common = parts.fixed + parts.bounds
    func peak(_ held: Int, _ batch: Int) -> Int {
      let scoring = parts.scoring + (held < workload.classCount ? parts.factor : 0)
      let threads = workload.threadCount
      let computing = held * parts.factor + max(threads * parts.fitting, threads * scoring + batch)
      guard let share = workload.share else { return common + computing }
      let round = MemoryPlan.SharedWork.roundBytes
      if held == workload.classCount, share.dropsFittedClasses {
        return common + max(share.sampleBytes + max(round, threads * parts.fitting), computing)
      }
      return common + share.sampleBytes + max(round, computing)
    }
    let smallestBatch = blockSize * parts.sample
    let wanted = workload.queryCount > 0 ? max(smallestBatch, workload.queryCount * parts.sample) : Int.max
    let usual = min(wanted, max(smallestBatch, Self.usualBatchBytes))
    leastBytes = peak(0, smallestBatch)
    let spare = max(0, budget.bytes - leastBytes)
    if peak(workload.classCount, smallestBatch) <= budget.bytes {
      heldFactorCount = workload.classCount
      let rest = budget.bytes - peak(workload.classCount, smallestBatch)
      batchBytes = min(usual, smallestBatch + rest)
    } else {
      // Each batch reads the factors that are not in memory again, so batches are large.
      batchBytes = min(wanted, smallestBatch + spare / 4)
      let beside = max(0, budget.bytes - peak(0, batchBytes))
      heldFactorCount = min(workload.classCount - 1, beside / parts.factor)
    }
    peakBytes = peak(heldFactorCount, batchBytes)
    factorBytes = parts.factor
    self.workload = workload
    self.budget = budget
  }

  /// The usual memory for samples that are scored together if all factors are in memory: enough for many samples per
  /// class.
  static let usualBatchBytes = 64 << 20

  /// The memory independent of the computation: the program, the buffers of BLAS, pages of mapped files, labels and
  /// row numbers.
  static func processBytes(sampleCount: Int, dimension: Int, threadCount: Int, isShared: Bool) -> Int {
    let mebibyte = 1 << 20
    let pages = min((isShared ? 128 : 384) * mebibyte, 8 * sampleCount * dimension)
    return 64 * mebibyte + 16 * mebibyte * threadCount + pages + 24 * sampleCount
  }

  /// The memory of one sample of a batch.
  static func sampleBytes(dimension: Int, classCount: Int) -> Int { 8 * dimension + 5 * classCount + 40 }

  /// The terms of the formula.
  private struct Parts {
    let fixed: Int
    let bounds: Int
    let factor: Int
    let fitting: Int
    let scoring: Int
    let sample: Int

    init(_ workload: Workload, blockSize: Int) {
      let (dimension, classes) = (workload.dimension, workload.classCount)
      fixed =
        MemoryPlan.processBytes(
          sampleCount: workload.sampleCount, dimension: dimension, threadCount: workload.threadCount,
          isShared: workload.share != nil)
        + 64 * workload.queryCount + (workload.share?.otherBytes(dimension: dimension) ?? 0)
      bounds = (16 + 192) * classes * dimension
      factor = 8 * PackedTriangle.elementCount(order: dimension)
      let isHeld = workload.largestClassCount * dimension <= Execution.usualHeldElementCount
      let held = isHeld ? workload.largestClassCount : 0
      let stacked = isHeld ? held : max(dimension, blockSize)
      fitting =
        8 * dimension * (held + blockSize)
        + 8 * dimension * max(2 * stacked + 2 * dimension, stacked + 6 * dimension) + factor
      scoring = 24 * blockSize * dimension + 68 * blockSize * classes
      sample = MemoryPlan.sampleBytes(dimension: dimension, classCount: classes)
    }
  }
}
