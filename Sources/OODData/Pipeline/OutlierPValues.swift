import OODDetection

/// Calibrates the p-values of outliers with samples that did not contribute to the fit of their nearest
/// class. Uses held-out in-distribution samples nearest to the class if there are enough, else leave-one-out
/// distances of the class's training samples.
struct OutlierPValues {
  let data: DataSet
  let scores: ScoredData
  let score: ScoreKind

  /// Computes leave-one-out squared distances for the training samples (rows, labels) of some classes, by
  /// class index.
  typealias LeaveOneOut = (
    _ classIndices: Set<Int>, _ rows: any FeatureRows, _ labels: [Int]
  ) async throws -> [Int: HeldOutDistances]

  /// Computes the p-value of each row. A row is absent without calibration samples, for example with a saved
  /// model and few held-out samples.
  ///
  /// For a training sample nearest to its own class, the p-value uses its leave-one-out distance. Its
  /// ordinary distance is biased low, because the sample contributed to the fit.
  func pValues(
    of rows: [OutlierRow], leaveOneOut: LeaveOneOut
  ) async throws -> [SampleReference: CalibratedPValue] {
    let heldOut = heldOutDistances(nearestTo: Set(rows.map(\.nearestClass)))
    var needed = Set(heldOut.filter { $0.value.count < PValueCalibration.leastHeldOutCount }.keys)
    for row in rows where row.reference.split == .train { needed.insert(row.nearestClass) }
    var leftOut: [Int: HeldOutDistances] = [:]
    if !needed.isEmpty, let train = data.train, let labels = train.labels {
      leftOut = try await leaveOneOut(needed, train.rows, labels)
    }
    var calibrations: [Int: PValueCalibration] = [:]
    for (index, distances) in heldOut {
      calibrations[index] = PValueCalibration(
        heldOut: distances, leaveOneOut: leftOut[index]?.squaredDistances)
    }
    var pValues: [SampleReference: CalibratedPValue] = [:]
    for row in rows {
      guard let calibration = calibrations[row.nearestClass] else { continue }
      switch row.reference.split {
      case .test:
        let isHeldOut = row.label.map { $0 >= 0 } ?? false
        pValues[row.reference] = calibration.pValue(
          ofSquaredDistance: row.squaredDistance, amongThoseOf: isHeldOut ? .heldOut : nil)
      case .train:
        let own = leftOut[row.nearestClass]?.squaredDistance(ofRow: row.reference.index)
        pValues[row.reference] = calibration.pValue(
          ofSquaredDistance: own ?? row.squaredDistance, amongThoseOf: own == nil ? nil : .leaveOneOut)
      }
    }
    return pValues
  }

  /// The d² of held-out in-distribution samples, grouped by nearest class, for the given classes. O(N).
  private func heldOutDistances(nearestTo classIndices: Set<Int>) -> [Int: [Double]] {
    var found = Dictionary(uniqueKeysWithValues: classIndices.map { ($0, [Double]()) })
    guard let labels = data.test?.labels, let scored = scores.test, let dimension = data.dimension else {
      return found
    }
    let nearest = scored.nearestClass(score)
    for index in labels.indices where labels[index] >= 0 {
      let classIndex = Int(nearest[index])
      guard classIndices.contains(classIndex) else { continue }
      found[classIndex]?.append(scored.squaredDistance(ofRow: index, score, dimension: dimension))
    }
    return found
  }
}
