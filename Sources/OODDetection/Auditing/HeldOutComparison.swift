import Foundation
import LinearAlgebra

/// Training samples, each held out of its own class and compared with the other classes, in the directions that
/// training samples reach. Values for several t stand sample after sample.
struct HeldOutSamples: Sendable {
  /// Row numbers among the training samples, (B,).
  var rows: [Int] = []
  /// The index of each sample's own class, (B,).
  var own: [Int32] = []
  /// The held-out ℓ of the own class, (B·P,); empty if only classes were requested.
  var densities: [Double] = []
  /// The held-out d² to the own class, (B·P,); empty likewise.
  var squaredDistances: [Double] = []
  /// The likeliest class.
  var likeliest = LikeliestClasses()
}

extension SpectralDetector {
  /// Compares every training sample's own class, by its held-out ℓ, with the other classes, by ℓ_k, and calls `body`
  /// with some samples at a time, class after class. Classes of one sample are rivals but have no samples.
  ///
  /// Only classes that a bound does not place behind the own one are computed. O(N·K·m·(D + P)) at most.
  ///
  /// - Parameters:
  ///   - rows: Normalized.
  ///   - findsRivals: Whether to find the likeliest class besides the own one for every sample; otherwise, the likeliest
  ///     of all classes.
  ///   - includesValues: Whether to return densities and distances beside the likeliest classes.
  func compareHeldOut(
    _ members: [ClassMembers], in rows: any FeatureRows, _ holdouts: ReachedHoldouts,
    along path: [Regularization], findsRivals: Bool = false, includesValues: Bool = true,
    _ execution: Execution, _ body: (HeldOutSamples) -> Void
  ) async throws {
    let included = classes.indices.filter { classes[$0].count > 1 }
    let frame = reachedFrame(holdouts)
    let excluded = holdouts.reached.basis == nil ? holdouts.reached.constantColumns.count : 0
    var scorer: MixtureScorer?
    if classes.count > 1 {
      scorer = try await rivalScorer(
        frame, excluding: excluded, rowCount: included.reduce(0) { $0 + classes[$1].count }, along: path,
        execution)
    }
    planHoldouts(included, holdouts, execution)
    let groups = groups(included, pathCount: path.count, execution)
    let (width, inner) = concurrency(groups, pathCount: path.count, execution)
    try await forEachInOrder(groups.count, threadCount: width, ahead: 1) { [scorer] index in
      var samples = HeldOutSamples()
      let group = groups[index]
      try await forEachInOrder(group.count, threadCount: inner.threadCount) { place in
        try holdouts.classes[group[place]].heldOutValues(inner, includesDistances: includesValues)
      } consume: { place, found in
        let rows = members[group[place]].rows
        samples.rows += rows
        samples.own += [Int32](repeating: Int32(group[place]), count: rows.count)
        // Those of a single class need not be copied.
        if place == 0 {
          (samples.densities, samples.squaredDistances) = found
        } else {
          samples.densities += found.densities
          samples.squaredDistances += found.squaredDistances
        }
      }
      let known =
        findsRivals
        ? [Double](repeating: -.infinity, count: samples.densities.count) : samples.densities
      if let scorer {
        samples.likeliest = try await scorer.likeliestClasses(
          of: SelectedRows(rows: frame.rows(rows), indices: samples.rows), known: samples.own,
          densities: known, includesValues: includesValues, inner)
      } else {
        samples.likeliest.classes = samples.own.flatMap { [Int32](repeating: $0, count: path.count) }
        if includesValues {
          samples.likeliest.densities = known
          samples.likeliest.squaredDistances = [Double](repeating: .infinity, count: known.count)
        }
      }
      if !includesValues { samples.densities = [] }
      return samples
    } consume: { _, samples in
      body(samples)
    }
  }

  private func planHoldouts(_ included: [Int], _ holdouts: ReachedHoldouts, _ execution: Execution) {
    execution.meter.plan(
      included.reduce(WorkCount()) { $0 + holdouts.classes[$1].work(rowCount: classes[$1].count) })
  }

  /// The number of groups that are computed at a time, and how each of them is. A group of one large class leaves
  /// other threads idle for a while.
  private func concurrency(
    _ groups: [[Int]], pathCount: Int, _ execution: Execution
  ) -> (width: Int, inner: Execution) {
    let largest = groups.map { $0.reduce(0) { $0 + classes[$1].count } }.max() ?? 0
    let permitted = Self.largestKeptBytes / max(1, largest * (48 * pathCount + 8 * dimension))
    let width = max(1, min(execution.threadCount, groups.count, permitted))
    var inner = execution
    inner.threadCount = max(1, execution.threadCount / width)
    return (width, inner)
  }

  /// The share of held-out samples whose likeliest class is their own, with the classes of all ranks as rivals. A
  /// collective: in each round, every rank sends the samples of some of its classes to all others, each of which finds
  /// the likeliest of its own classes.
  ///
  /// - Parameter rows: Normalized.
  func accuracyTogether(
    _ members: [ClassMembers], in rows: any FeatureRows, _ holdouts: ReachedHoldouts,
    along path: [Regularization], _ execution: Execution
  ) async throws -> [Double] {
    let ranks = share.ranks
    let frame = ownReachedFrame(holdouts)
    let excluded = holdouts.reached.basis == nil ? holdouts.reached.constantColumns.count : 0
    let included = share.own.filter { classes[$0].count > 1 }
    let sampleCount = classes.reduce(0) { $1.count > 1 ? $0 + $1.count : $0 }
    let means = classes.map { gaussian in
      holdouts.reached.basis.map {
        $0.multiplied(
          by: zip(zip(gaussian.mean, classes[0].mean).map(-), gaussian.meanRemainder).map(+))
      } ?? gaussian.mean
    }
    let scorer = try await ranks.together {
      try await rivalScorer(
        frame, among: AllMeans(means, indices: share.own), excluding: excluded, rowCount: sampleCount,
        along: path, execution)
    }
    let limit = max(1, execution.batchByteCount / ranks.count / (48 * path.count + 8 * dimension))
    planHoldouts(included, holdouts, execution)
    let groups = groups(included, limit: limit)
    let roundCount = try await ranks.waiting { [count = groups.count] in
      try $0.allGather([count]).joined().max() ?? 0
    }
    var correct = [Double](repeating: 0, count: path.count)
    for round in 0..<roundCount {
      let samples = try await ranks.together {
        var samples = HeldOutSamples()
        let group = round < groups.count ? groups[round] : []
        try await forEachInOrder(group.count, threadCount: execution.threadCount) { place in
          try holdouts.classes[group[place]].heldOutValues(execution, includesDistances: false)
        } consume: { place, found in
          samples.rows += members[group[place]].rows
          samples.own += [Int32](repeating: Int32(group[place]), count: members[group[place]].rows.count)
          samples.densities += found.densities
        }
        return samples
      }
      let (owns, densities) = try await ranks.waiting { [samples] ranks in
        (try ranks.allGather(samples.own), try ranks.allGather(samples.densities))
      }
      let batch = try await MixtureScorer.collected(
        samples.rows, counts: owns.map(\.count), of: rows, ranks, execution)
      let (own, least) = (Array(owns.joined()), Array(densities.joined()))
      let places = Dictionary(uniqueKeysWithValues: share.own.enumerated().map { (Int32($1), Int32($0)) })
      let rivals = try await ranks.together { () -> [Rival] in
        guard !share.own.isEmpty else {
          return least.map { _ in Rival(density: -.infinity, classIndex: .max) }
        }
        let found = try await scorer.likeliestClasses(
          of: frame.rows(batch), known: own.map { places[$0] ?? -1 },
          densities: [Double](repeating: -.infinity, count: least.count), above: least, execution)
        return zip(found.classes, found.densities).map { index, density in
          Rival(
            density: density,
            classIndex: density > -.infinity && index >= 0 ? Int32(share.own[Int(index)]) : .max)
        }
      }
      let likeliest = try await ranks.waiting {
        try $0.combined(rivals) { first, second in second.precedes(first) ? second : first }
      }
      for sample in own.indices {
        for index in path.indices {
          let place = sample * path.count + index
          let mine = Rival(density: least[place], classIndex: own[sample])
          if !likeliest[place].precedes(mine) { correct[index] += 1 }
        }
      }
    }
    return correct.map { $0 / Double(sampleCount) }
  }

  /// The frame of this rank's classes in the reached directions.
  private func ownReachedFrame(_ holdouts: ReachedHoldouts) -> ScoringFrame {
    let own = share.own.map { classes[$0] }
    guard let basis = holdouts.reached.basis else { return ScoringFrame(own) }
    return ScoringFrame(
      own, onto: basis, spectra: share.own.map { holdouts.classes[$0].gaussian.spectrum },
      origin: classes.first?.mean)
  }

  /// The classes in the reached directions, along their eigenvectors if they share them.
  private func reachedFrame(_ holdouts: ReachedHoldouts) -> ScoringFrame {
    let spectra = holdouts.classes.map(\.gaussian.spectrum)
    if setting.pooling == .tied, spectra[0].isComplete {
      return ScoringFrame(classes, sharing: spectra[0], in: holdouts.reached.basis)
    }
    return holdouts.reached.basis.map { ScoringFrame(classes, onto: $0, spectra: spectra) }
      ?? ScoringFrame(classes)
  }

  /// What finds the likeliest class of held-out samples, with bounds on distances if they pay off.
  private func rivalScorer(
    _ frame: ScoringFrame, among all: AllMeans? = nil, excluding excluded: Int, rowCount: Int,
    along path: [Regularization], _ execution: Execution
  ) async throws -> MixtureScorer {
    let dimension = frame.basis?.rowCount ?? self.dimension
    var scorer = MixtureScorer(
      path: path, classes: frame.paths(along: path, excluding: excluded), classBounds: nil,
      dimension: dimension)
    // Classes that are read from a file are computed for many samples at a time.
    let nodes = scorer.visitsEveryClass ? PathChords(path, dimension: dimension)?.nodes : nil
    let building = ClassBounds.buildingWork(frame.classes, along: path)
    let bounding = ClassBounds.boundingWork(
      frame.classes, along: path, pointCount: nodes?.count, rowCount: rowCount)
    let complete = work(rowCount: rowCount, pathCount: nodes?.count ?? path.count).multiplyAdds
    guard building.multiplyAdds + bounding.multiplyAdds / 2 < complete * (nodes == nil ? 1.0 / 3 : 2.0 / 3)
    else { return scorer }
    execution.meter.plan(building)
    if let nodes {
      scorer.nodeBounds = try await ClassBounds.build(
        frame.classes, among: all, along: path, at: nodes, execution)
    } else {
      scorer.classBounds = try await ClassBounds.build(frame.classes, among: all, along: path, execution)
    }
    return scorer
  }

  /// Consecutive classes whose samples' densities fit in memory together.
  private func groups(_ included: [Int], pathCount: Int, _ execution: Execution) -> [[Int]] {
    groups(included, limit: max(1, execution.batchByteCount / (48 * pathCount + 8 * dimension)))
  }

  /// Consecutive classes with at most `limit` samples, or one class.
  private func groups(_ included: [Int], limit: Int) -> [[Int]] {
    var groups: [[Int]] = []
    var count = 0
    for index in included {
      count += classes[index].count
      if groups.isEmpty || count > limit {
        groups.append([index])
        count = classes[index].count
      } else {
        groups[groups.endIndex - 1].append(index)
      }
    }
    return groups
  }
}

/// A class that is likelier than others to a sample.
private struct Rival: BitwiseCopyable, Sendable {
  var density: Double
  var classIndex: Int32

  /// Of equally likely classes, the one with the lower index comes first.
  func precedes(_ other: Rival) -> Bool {
    density > other.density || density == other.density && classIndex < other.classIndex
  }
}

extension ClassHoldout {
  /// The held-out ℓ and d² of each of the class's samples for each t, (n·P,) each, sample after sample; no d² if they
  /// are not requested.
  fileprivate func heldOutValues(
    _ execution: Execution, includesDistances: Bool
  ) throws -> (densities: [Double], squaredDistances: [Double]) {
    let normalizers = path.map { heldOutNormalizer(at: $0) }
    var densities = [Double](repeating: -.infinity, count: gaussian.count * path.count)
    var squaredDistances = [Double](repeating: .infinity, count: includesDistances ? densities.count : 0)
    try forEachSample(execution) { sample, distances, remainders in
      for index in path.indices {
        guard remainders[index] > 0 else {
          if gaussian.ridge(at: path[index]).value == 0 { throw singular }
          continue
        }
        let place = sample * path.count + index
        densities[place] = -(normalizers[index] + 0.5 * (distances[index] + log(remainders[index])))
        if includesDistances { squaredDistances[place] = distances[index] }
      }
    }
    return (densities, squaredDistances)
  }
}
