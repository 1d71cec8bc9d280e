import LinearAlgebra
public import OODDetection

/// Samples in the plane that tells some classes apart best.
public struct ClassPlane: Sendable {
  /// A sample with its coordinates.
  public struct Sample: Sendable, Equatable {
    public var reference: SampleReference
    public var x: Double
    public var y: Double
    /// The place of its class among ``DiscriminantPlane/classIndices``; nil for OOD and unlabelled samples.
    public var place: Int?
  }

  /// Samples of one kind, of which not all are kept if there are very many.
  public struct Samples: Sendable, Equatable {
    public var kept: [Sample] = []
    /// The number of samples, with those that are not kept.
    public var count = 0
  }

  public let plane: DiscriminantPlane
  public let setting: FitSetting
  public let regularization: Regularization
  /// The training samples of the classes.
  public let train: Samples
  /// The held-out samples of the classes, and all test samples without labels.
  public let heldOut: Samples
  /// The OOD samples of both splits.
  public let outOfDistribution: Samples

  /// The number of samples that are kept of each kind.
  public static let largestCounts = (train: 20_000, heldOut: 5_000, outOfDistribution: 5_000)
}

extension DetectorPipeline {
  /// The plane that tells some classes, by index, apart best at one t, with samples in it. Of very many samples an even
  /// part is kept, every n-th in the order of the files. O(c·m·D² + D³ + n·D) for n kept samples.
  ///
  /// - Throws: as ``SpectralDetector/discriminantPlane(of:at:)``, and the errors of reading samples.
  @concurrent
  public func plane(
    _ detector: SpectralDetector, _ data: DataSet, of chosen: [Int], at regularization: Regularization,
    progress: @escaping ProgressHandler = { _ in }
  ) async throws -> ClassPlane {
    let plane = try await detector.discriminantPlane(of: chosen, at: regularization)
    progress(WorkProgress(completed: 0.5, planned: 1))
    let places = Dictionary(
      uniqueKeysWithValues: chosen.enumerated().map { (detector.classes[$1].label, $0) })
    func samples(
      _ splits: [Split], limit: Int, where isIncluded: (Int?) -> Bool
    ) throws -> ClassPlane.Samples {
      var found = ClassPlane.Samples()
      let members = splits.map { split -> (Split, [Int]) in
        guard let samples = data[split] else { return (split, []) }
        return (split, (0..<samples.count).filter { isIncluded(samples.labels?[$0]) })
      }
      found.count = members.reduce(0) { $0 + $1.1.count }
      for (split, indices) in members {
        guard let samples = data[split], !indices.isEmpty else { continue }
        let share = min(indices.count, max(1, limit * indices.count / max(found.count, limit)))
        let kept = (0..<share).map { indices[$0 * indices.count / share] }
        let coordinates = try plane.coordinates(of: samples.rows, at: kept)
        for (row, index) in kept.enumerated() {
          found.kept.append(
            ClassPlane.Sample(
              reference: SampleReference(split: split, index: index), x: coordinates[row, 0],
              y: coordinates[row, 1], place: samples.labels.flatMap { places[$0[index]] }))
        }
      }
      return found
    }
    let limits = ClassPlane.largestCounts
    let train = try samples([.train], limit: limits.train) { $0.map { places[$0] != nil } ?? false }
    progress(WorkProgress(completed: 0.8, planned: 1))
    let heldOut = try samples([.test], limit: limits.heldOut) { $0.map { places[$0] != nil } ?? true }
    let out = try samples(Split.allCases, limit: limits.outOfDistribution) { $0.map { $0 < 0 } ?? false }
    return ClassPlane(
      plane: plane, setting: detector.setting, regularization: regularization, train: train,
      heldOut: heldOut, outOfDistribution: out)
  }
}
