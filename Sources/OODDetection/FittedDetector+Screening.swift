import LinearAlgebra

extension FittedDetector {
  /// How far apart the λ of one screen may be: the bound for the largest serves the others, ever more loosely.
  private static let widestStep = 3.0
  /// How many samples are tried to learn whether screens pay.
  private static let trialCount = 512

  /// Screens that cover a path, or none where they would cost more than they save: for few samples, and where
  /// at the largest λ most classes can matter to most samples, whatever the screens.
  func screens(
    _ rows: any FeatureRows, along path: [Regularization], _ execution: Execution
  ) async throws -> [PathScreen] {
    let groups = Self.screenedParts(of: path)
    guard let last = groups.last, let widest = last.last else { return [] }
    let top = metrics(at: path[widest])
    let each = ClassScreen.buildingWork(top)
    let complete = work(rowCount: rows.count, pathCount: path.count).multiplyAdds
    let bounding = ClassScreen.work(rowCount: rows.count, classCount: classes.count, dimension: dimension)
    // Single precision is twice as fast.
    let cost = Double(groups.count) * (each.multiplyAdds + bounding.multiplyAdds / 2)
    guard each.multiplyAdds > 0, cost < complete / 2 else { return [] }

    execution.meter.plan(each)
    guard let screen = try await ClassScreen.build(top, execution) else { return [] }
    var screens = [PathScreen(pathIndices: last, screen: screen)]
    guard groups.count > 1 else { return screens }
    guard try await screensPay(screen, at: path[widest], rows, execution) else { return [] }
    for part in groups.dropLast() {
      guard let end = part.last else { continue }
      execution.meter.plan(each)
      // A smaller λ may be one at which no bound would hold.
      guard let screen = try await build(metrics(at: path[end]), each, execution) else { return [] }
      screens.append(PathScreen(pathIndices: part, screen: screen))
    }
    return screens
  }

  func work(rowCount: Int, pathCount: Int) -> WorkCount {
    classes.reduce(WorkCount()) {
      $0 + BlockDistances.work(rowCount: rowCount, gaussian: $1, pathCount: pathCount)
    }
  }

  private func metrics(at regularization: Regularization) -> [SpectralMetric] {
    classes.map { SpectralMetric(gaussian: $0, regularization: regularization) }
  }

  private func build(
    _ metrics: [SpectralMetric], _ planned: WorkCount, _ execution: Execution
  ) async throws -> ClassScreen? {
    guard let screen = try await ClassScreen.build(metrics, execution) else {
      execution.meter.plan(WorkCount() - planned)
      return nil
    }
    return screen
  }

  /// The places of a path in groups of close λ, both ascending.
  static func screenedParts(of path: [Regularization]) -> [[Int]] {
    var parts: [[Int]] = []
    var start = Regularization.standard
    for index in path.indices.sorted(by: { path[$0] < path[$1] }) {
      if !parts.isEmpty, path[index].value <= start.value * widestStep {
        parts[parts.endIndex - 1].append(index)
      } else {
        start = path[index]
        parts.append([index])
      }
    }
    return parts
  }

  /// Whether some samples, spread over all, leave most classes out at the largest λ.
  private func screensPay(
    _ screen: ClassScreen, at regularization: Regularization, _ rows: any FeatureRows, _ execution: Execution
  ) async throws -> Bool {
    let sample = EveryNth(rows: rows, step: max(1, rows.count / Self.trialCount))
    let scorer = MixtureScorer(
      path: [regularization], classes: classes.map { SpectralPath($0, along: [regularization]) },
      screens: [PathScreen(pathIndices: [0], screen: screen)], dimension: dimension)
    do {
      let counts = try await scorer.scores(of: sample, execution)[0].visitedClassCounts
      return counts.reduce(0) { $0 + Int($1) } * 2 < counts.count * classes.count
    } catch is DetectorError {
      // Rows that cannot be scored are found, all of them, when it comes to scoring.
      return false
    }
  }
}

/// Every n-th of some rows.
private struct EveryNth: FeatureRows {
  let rows: any FeatureRows
  let step: Int

  var count: Int { (rows.count + step - 1) / step }
  var dimension: Int { rows.dimension }

  func matrix(at indices: [Int]) throws -> Matrix {
    try rows.matrix(at: indices.map { $0 * step })
  }
}
