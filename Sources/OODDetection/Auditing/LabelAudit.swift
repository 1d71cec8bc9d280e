/// What leave-one-out says about the labels of the training samples, at one t.
///
/// A sample's own class is fitted without the sample, so that a wrong label cannot explain itself. All densities are in
/// the D' directions that training samples reach.
public struct LabelAudit: Sendable, Equatable {
  public let regularization: Regularization
  /// The samples that another class explains better than their own, by descending margin, then by row.
  public let suspects: [LabelSuspect]
  /// The margin of every training sample, (N,), in nats per dimension: (ℓ of the likeliest other class − held-out ℓ of
  /// its own) / D. NaN for samples that are not audited; −infinity if there is only one class. Nil unless it was
  /// requested.
  public let margins: [Double]?
  /// The held-out squared distance of every training sample to its own class within the D' directions, (N,); NaN for
  /// samples that are not audited, infinite if the ridge is negligible compared with the variances.
  public let squaredDistances: [Double]
  /// The audited samples by their own class, and the likeliest class with the sample held out.
  public let confusion: ConfusionMatrix
  /// The labels of classes with only one sample, which cannot be held out and are not audited.
  public let excludedLabels: [Int]
  /// D', the number of directions that training samples reach.
  public let reachedDimension: Int

  /// The number of audited samples.
  public var sampleCount: Int { confusion.sampleCount }
}

/// A training sample whose label is probably wrong.
public struct LabelSuspect: Sendable, Equatable {
  /// The row number among the training samples.
  public let row: Int
  /// The index of the class of its label.
  public let classIndex: Int
  /// The index of the likeliest other class.
  public let suggestedClass: Int
  /// (ℓ of the suggested class − held-out ℓ of its own) / D, above 0, in nats per dimension; infinite if the ridge is
  /// negligible compared with the variances.
  public let margin: Double
  /// The squared distance to the suggested class within the D' directions.
  public let squaredDistance: Double
}

extension SpectralDetector {
  /// Audits the label of every training sample by exact leave-one-out, without refitting: ℓ of its own class fitted
  /// without it, with fixed weights, ρ_k and r_k, is compared with ℓ of the other classes, in the directions that
  /// training samples reach. `rows` and `labels` must be those of the fit.
  ///
  /// Computes only classes that a bound does not place behind the own one, so most samples need none, and blocks of
  /// samples at a time. O(N·m·D) time to hold samples out and O(N·K·m·D) at most for the other classes; O(N) memory
  /// for the result.
  ///
  /// - Parameter includesEveryMargin: Whether to compute ``LabelAudit/margins``, which needs the likeliest other class
  ///   of samples that fit their own best, too.
  /// - Throws: ``DetectorError/trainingSamplesDiffer(label:expected:found:)``,
  ///   ``DetectorError/singularCovariance(label:rank:dimension:)`` if λ = 0 and a covariance is singular, the errors of
  ///   scoring, `CancellationError`, and the errors of `rows`.
  @concurrent
  public func labelAudit(
    _ rows: any FeatureRows, labels: [Int], at regularization: Regularization,
    includesEveryMargin: Bool = false, threadCount: Int = SpectralDetector.defaultThreadCount,
    progress: ProgressHandler? = nil
  ) async throws -> LabelAudit {
    try await labelAudit(
      rows, labels: labels, at: regularization, includesEveryMargin: includesEveryMargin,
      Execution(threadCount: threadCount, meter: WorkMeter(progress)))
  }

  func labelAudit(
    _ original: any FeatureRows, labels: [Int], at regularization: Regularization,
    includesEveryMargin: Bool = false, _ execution: Execution
  ) async throws -> LabelAudit {
    try requireScorable(original, along: [regularization])
    let rows = normalized(original)
    let members = try trainingMembers(labels, sampleCount: rows.count)
    let holdouts = try await holdouts(members, in: rows, along: [regularization], execution)
    var margins = [Double](repeating: .nan, count: includesEveryMargin ? rows.count : 0)
    var squaredDistances = [Double](repeating: .nan, count: rows.count)
    var confusion = ConfusionMatrix(classCount: classes.count)
    var suspects: [LabelSuspect] = []
    try await compareHeldOut(
      members, in: rows, holdouts, along: [regularization], findsRivals: includesEveryMargin, execution
    ) { samples in
      for (place, row) in samples.rows.enumerated() {
        let (own, found) = (samples.densities[place], samples.likeliest.densities[place])
        // Where both underflow, neither explains the sample better.
        let margin = found == own ? 0 : (found - own) / Double(dimension)
        let (ownClass, likeliest) = (Int(samples.own[place]), Int(samples.likeliest.classes[place]))
        if includesEveryMargin { margins[row] = margin }
        squaredDistances[row] = samples.squaredDistances[place]
        // Of equally likely classes, the first one is the likeliest, as for scores.
        let isOwn = margin < 0 || (margin == 0 && ownClass <= likeliest)
        confusion.add(classIndex: ownClass, likeliestClass: isOwn ? ownClass : likeliest)
        if margin > 0 {
          suspects.append(
            LabelSuspect(
              row: row, classIndex: ownClass, suggestedClass: likeliest, margin: margin,
              squaredDistance: samples.likeliest.squaredDistances[place]))
        }
      }
    }
    try Task.checkCancellation()
    suspects.sort { ($1.margin, $0.row) < ($0.margin, $1.row) }
    return LabelAudit(
      regularization: regularization, suspects: suspects, margins: includesEveryMargin ? margins : nil,
      squaredDistances: squaredDistances, confusion: confusion,
      excludedLabels: classes.filter { $0.count < 2 }.map(\.label),
      reachedDimension: holdouts.reached.dimension)
  }
}
