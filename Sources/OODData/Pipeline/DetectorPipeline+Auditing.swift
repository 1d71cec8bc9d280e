public import OODDetection

/// The audit of a data set at one setting: labels of training samples that are probably wrong, samples that occur more
/// than once, and which classes are confused.
public struct AuditedData: Sendable {
  public var setting: DetectorSetting
  /// Whether leave-one-out proposed the setting.
  public var isAtProposedSetting = false
  /// A one-line remark on every number if a large condition number reduces its precision; nil otherwise.
  public var precisionRemark: String?
  /// The labels by class index.
  public var classLabels: [Int]
  public var labels: LabelAudit
  /// The held-out ID samples by their class and their likeliest class; nil without such samples.
  public var heldOutConfusion: ConfusionMatrix?
  /// Nil if they were not searched for.
  public var nearDuplicates: NearDuplicates?
}

/// Whether the classes are Gaussian at one setting, by samples that they were not fitted on.
public struct ClassFits: Sendable {
  public var setting: DetectorSetting
  /// By class index; nil for classes without such samples.
  public var classes: [GaussianFit?]
  /// The p-values of held-out ID samples; nil without such samples or without training samples.
  public var calibration: CalibrationCheck?
}

/// How many held-out ID samples have small p-values when the leave-one-out d² of the training samples of their nearest
/// class calibrate them. If held-out samples are like training samples, a share of about α has a p-value below α.
public struct CalibrationCheck: Sendable, Equatable {
  public static let levels = [0.01, 0.05, 0.1]

  /// The number of held-out ID samples nearest to each class, by class index.
  public private(set) var sampleCounts: [Int]
  /// For each class, how many of these have a p-value below each level, in the order of ``levels``.
  public private(set) var counts: [[Int]]

  public init(classCount: Int) {
    sampleCounts = [Int](repeating: 0, count: classCount)
    counts = sampleCounts.map { _ in Self.levels.map { _ in 0 } }
  }

  public mutating func add(_ pValue: Double, nearestClass: Int) {
    sampleCounts[nearestClass] += 1
    for (place, level) in Self.levels.enumerated() where pValue < level { counts[nearestClass][place] += 1 }
  }

  /// The share of samples with a p-value below each level, of one class or of all; nil without samples.
  public func shares(ofClass index: Int? = nil) -> [Double]? {
    let classes = index.map { [$0] } ?? Array(sampleCounts.indices)
    let count = classes.reduce(0) { $0 + sampleCounts[$1] }
    guard count > 0 else { return nil }
    return Self.levels.indices.map { place in
      Double(classes.reduce(0) { $0 + counts[$1][place] }) / Double(count)
    }
  }
}

extension DetectorPipeline {
  /// Checks whether the classes are Gaussian, and whether p-values from leave-one-out hold for held-out samples.
  ///
  /// - Parameter scores: The scores of the splits at this setting.
  @concurrent
  public func classFits(
    _ detector: SpectralDetector, _ data: DataSet, at setting: DetectorSetting, _ scores: ScoredData,
    progress: @escaping ProgressHandler = { _ in }
  ) async throws -> ClassFits {
    func labeled(_ split: Split) -> (rows: any FeatureRows, labels: [Int])? {
      data[split].flatMap { samples in samples.labels.map { (samples.rows, $0) } }
    }
    let training = labeled(.train)
    var found = ClassFits(
      setting: setting,
      classes: try await detector.gaussianFits(
        training: training, heldOut: labeled(.test), at: setting.regularization, threadCount: threadCount,
        progress: progress))
    let heldOut = CalibratedClasses(of: data, scores, setting.score)
      .heldOutDistances(nearestTo: Set(detector.classes.indices)).filter { !$0.value.isEmpty }
    guard let training, !heldOut.isEmpty else { return found }
    let leftOut = try await detector.heldOutDistances(
      of: Set(heldOut.keys), training.rows, labels: training.labels, at: setting.regularization,
      threadCount: threadCount)
    var check = CalibrationCheck(classCount: detector.classes.count)
    for (index, distances) in heldOut {
      guard let calibration = PValueCalibration(heldOut: [], leaveOneOut: leftOut[index]?.squaredDistances)
      else { continue }
      for distance in distances {
        check.add(
          calibration.pValue(ofSquaredDistance: distance, amongThoseOf: nil).value, nearestClass: index)
      }
    }
    found.calibration = check
    return found
  }

  /// Audits the labels of the training samples, and compares held-out ID samples with their likeliest class.
  ///
  /// - Parameter includesEveryMargin: Whether to compute the margin of samples that fit their class best, too.
  /// - Throws: ``DataSetError`` without labeled training samples, and the errors of
  ///   `SpectralDetector.labelAudit(_:labels:at:includesEveryMargin:threadCount:progress:)`.
  @concurrent
  public func audit(
    _ detector: SpectralDetector, _ data: DataSet, at setting: DetectorSetting,
    includesEveryMargin: Bool = false, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> AuditedData {
    let (rows, labels) = try trainingSamples(data)
    let heldOut = data.test.flatMap { test in test.labels.map { (rows: test.rows, labels: $0) } }
    let share = Double(rows.count) / Double(rows.count + (heldOut?.rows.count ?? 0))
    var audited = AuditedData(
      setting: setting, classLabels: detector.classes.map(\.label),
      labels: try await detector.labelAudit(
        rows, labels: labels, at: setting.regularization, includesEveryMargin: includesEveryMargin,
        threadCount: threadCount
      ) { progress(WorkProgress(completed: share * $0.fraction, planned: 1)) })
    let (summaries, _) = try detector.classNumbers(at: setting.regularization)
    audited.precisionRemark =
      RegularizationCheck(
        detector.classes.map(ClassOutline.init), summaries, at: setting, of: data
      ).precisionRemark
    if let heldOut {
      let scores = try await detector.scores(
        of: heldOut.rows, at: setting.regularization, threadCount: threadCount
      ) { progress(WorkProgress(completed: share + (1 - share) * $0.fraction, planned: 1)) }
      let confusion = ConfusionMatrix(
        likeliest: scores.mostLikelyClass, labels: heldOut.labels, classLabels: audited.classLabels)
      if confusion.sampleCount > 0 { audited.heldOutConfusion = confusion }
    }
    return audited
  }

  /// The poolings that ``auditAtProposedSetting(_:near:poolings:includesEveryMargin:progress:)`` compares.
  public static let auditedPoolings = Pooling.grid.filter { [0, 0.1].contains($0.value) }

  /// Audits at the setting that leave-one-out proposes, at the normalization, ridge rule and score of a setting: for
  /// each pooling, t by the least leave-one-out NLL, and of these settings the one with the highest leave-one-out
  /// accuracy, since margins compare classes as the accuracy does. Sees no held-out sample.
  ///
  /// Takes a fit, a path of leave-one-out and an audit for each pooling. Where the NLL of a pooling is lowest at an end of
  /// the path, that pooling is not compared. The setting is used as it is if nothing remains.
  @concurrent
  public func auditAtProposedSetting(
    _ data: DataSet, near setting: DetectorSetting, poolings: [Pooling] = auditedPoolings,
    includesEveryMargin: Bool = false, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> AuditedData {
    let (rows, labels) = try trainingSamples(data)
    let path = RegularizationPath.standard.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    func report(_ index: Int, _ start: Double, _ share: Double) -> ProgressHandler {
      {
        progress(
          WorkProgress(
            completed: Double(index) + start + share * $0.fraction, planned: Double(poolings.count)))
      }
    }
    var best: AuditedData?
    for (index, pooling) in poolings.enumerated() {
      var candidate = setting
      candidate.fit.pooling = pooling
      let detector = try await fit(data, setting: candidate.fit, progress: report(index, 0, 0.5))
      let found = try await detector.leaveOneOut(
        rows, labels: labels, along: path, threadCount: threadCount, progress: report(index, 0.5, 0.25))
      guard let proposed = found.proposed else { continue }
      candidate.regularization = proposed
      var audited = try await audit(
        detector, data, at: candidate, includesEveryMargin: includesEveryMargin,
        progress: report(index, 0.75, 0.25))
      audited.isAtProposedSetting = true
      if audited.labels.confusion.accuracy ?? 0 > best?.labels.confusion.accuracy ?? -1 { best = audited }
    }
    if let best { return best }
    return try await audit(
      try await fit(data, setting: setting.fit), data, at: setting, includesEveryMargin: includesEveryMargin)
  }
}

extension DetectorPipeline {
  /// Finds near duplicates within the ID training samples, and between them and the test samples, among the features as
  /// a setting normalizes them. O((N + M)·N·D).
  ///
  /// - Throws: ``DataSetError`` without labeled training samples, and the errors of `NearDuplicates.search`.
  @concurrent
  public func nearDuplicates(
    of data: DataSet, setting: FitSetting, progress: @escaping ProgressHandler = { _ in }
  ) async throws -> NearDuplicates {
    let (rows, labels) = try trainingSamples(data)
    return try await NearDuplicates.search(
      rows, labels: labels, test: data.test?.rows, normalization: setting.normalization,
      threadCount: threadCount, progress: progress)
  }
}
