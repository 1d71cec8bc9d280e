import OODData
public import OODDetection

/// What a scatter of two scores shows.
public struct ScatterRequest: Sendable, Equatable {
  /// The setting, whose score is the horizontal one.
  public var setting: DetectorSetting
  /// The vertical score.
  public var other: ScoreKind
  /// The OOD set that is shown alone; `nil` for all.
  public var set: Int?
  /// The class whose nearest samples are shown; `nil` for all.
  public var classFilter: Int?
  /// Whether the scores were computed rather than interpolated.
  var isExact: Bool
}

/// Samples by two of their scores.
public struct ScoreScatter: Sendable {
  public struct Points: Sendable, Equatable {
    public var xs: [Double] = []
    public var ys: [Double] = []
    /// The number of samples, with those that are not kept.
    public var count = 0
  }

  public let request: ScatterRequest
  /// An even part of the samples if there are very many.
  public private(set) var points: [ScoreDistribution.Series: Points] = [:]
  /// The threshold of the vertical score unless the user chose one.
  public let automaticThreshold: Double?
  /// The distribution of the vertical score.
  public let distribution: ScoreDistribution
  /// Spearman's rank correlation of the two scores over the evaluated split; `nil` with fewer than two samples.
  public let rankCorrelation: Double?

  /// The number of points of a series that are kept.
  public static let largestCount = 20_000

  /// O(N).
  init(_ request: ScatterRequest, of scored: ScoredData, _ data: DataSet) {
    self.request = request
    let (x, y) = (request.setting.score, request.other)
    let sorted = scored.sorted(by: y, of: data)
    distribution = ScoreDistribution(sorted, of: data, set: request.set)
    let evaluated = sorted[data.evaluatedSplit] ?? SortedScores()
    let outside =
      request.set.flatMap { evaluated.sets.indices.contains($0) ? evaluated.sets[$0] : nil }
      ?? evaluated.outside
    automaticThreshold = ScoresState.automaticThreshold(
      ROCCurve(outOfDistribution: outside, inDistribution: evaluated.inside), inside: evaluated.inside)
    rankCorrelation = Self.rankCorrelation(
      scored.ranking(of: data.evaluatedSplit, by: x)?.ranks,
      scored.ranking(of: data.evaluatedSplit, by: y)?.ranks)
    for split in Split.allCases {
      guard let scores = scored[split], let samples = data[split] else { continue }
      add(scores, of: samples, isTrain: split == .train, isLabelled: data.test?.labels != nil)
    }
  }

  private mutating func add(_ scores: SampleScores, of samples: DataSplit, isTrain: Bool, isLabelled: Bool) {
    var members: [ScoreDistribution.Series: [Int]] = [:]
    let nearest = scores.nearestClass(request.setting.score)
    for index in 0..<scores.count {
      if let wanted = request.classFilter, Int(nearest[index]) != wanted { continue }
      let isOut = samples.labels.map { $0[index] < 0 } ?? false
      if isOut, let wanted = request.set, !isTrain, samples.oodSets?.indices[index] != Int32(wanted) {
        continue
      }
      let series: ScoreDistribution.Series =
        isOut ? .outOfDistribution : isTrain ? .train : isLabelled ? .inDistribution : .unlabelled
      members[series, default: []].append(index)
    }
    let (xs, ys) = (scores.values(request.setting.score), scores.values(request.other))
    for (series, indices) in members {
      var found = points[series] ?? Points()
      found.count += indices.count
      let kept = min(indices.count, Self.largestCount)
      for place in 0..<kept {
        let index = indices[place * indices.count / kept]
        found.xs.append(xs[index])
        found.ys.append(ys[index])
      }
      points[series] = found
    }
  }

  private static func rankCorrelation(_ first: [Int32]?, _ second: [Int32]?) -> Double? {
    guard let first, let second, first.count == second.count, first.count > 1 else { return nil }
    let squares = zip(first, second).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    let count = Double(first.count)
    return 1 - 6 * squares / (count * (count * count - 1))
  }
}

extension ExplorerState {
  /// What the scatter of the scores screen shows.
  private var scatterRequest: ScatterRequest {
    ScatterRequest(
      setting: setting.current, other: scores.scatterScore(beside: setting.score), set: scores.setFilter,
      classFilter: scores.classFilter, isExact: scoresAreComputed)
  }

  /// Scores of both kinds at the shown setting: the shown ones, or else those of the path; `nil` if there are none.
  private func scatterSource(_ wanted: ScatterRequest) -> ScoredData? {
    [scores.scored, tuning.scores(at: wanted.setting.regularization)].compactMap(\.self).first {
      $0.regularization == wanted.setting.regularization && $0.holds(wanted.other)
        && $0.holds(wanted.setting.score)
    }
  }

  /// Why the scatter is empty: scores that are not computed. `nil` if they are.
  public var missingScatterScore: ScoreKind? {
    scatterSource(scatterRequest) == nil ? scatterRequest.other : nil
  }

  /// Whether the scatter is that of the shown setting and samples.
  public var scatterIsCurrent: Bool { scores.scatter?.request == scatterRequest }

  /// Starts collecting the points of the scatter, unless it is known or running.
  mutating func scatterIfWanted(_ samples: DataSet) -> [Effect] {
    let wanted = scatterRequest
    guard scores.showsScatter, !scatterIsCurrent, tasks.requested.scatter != wanted,
      let scored = scatterSource(wanted)
    else { return [] }
    tasks.requested.scatter = wanted
    return [tasks.start(.scatter(wanted, scored, samples))]
  }
}
