public import OODDetection

/// Settings and baselines, each judged on every OOD set: the output of `gmmscope compare`.
public struct Comparison: Sendable {
  /// What a row judges.
  public enum Subject: Sendable, Hashable {
    case setting(DetectorSetting)
    case baseline(Baseline)
  }

  public struct Row: Sendable {
    /// Such as `default`, `RMD` or `knn`.
    public var name: String
    public var subject: Subject
    /// The mean leave-one-out NLL; nil for a baseline.
    public var leaveOneOutNLL: Double?
    /// The share of ID samples whose likeliest class is their own; nil for a baseline.
    public var accuracy: Double?
    public var evaluation: SetEvaluation

    /// The setting; nil for a baseline.
    public var setting: DetectorSetting? {
      if case .setting(let setting) = subject { setting } else { nil }
    }
  }

  /// A row that could not be computed.
  public struct Omission: Sendable {
    public var name: String
    public var reason: any Error

    public init(name: String, reason: any Error) {
      self.name = name
      self.reason = reason
    }
  }

  /// Why leave-one-out proposes no setting.
  public enum MissingProposal: Error, CustomStringConvertible {
    /// The least leave-one-out NLL is at an end of the path over λ, beyond which the minimum may lie.
    case lowestAtEnd
    /// No class has a sample to hold out.
    case noHeldOutSamples

    public var description: String {
      switch self {
      case .lowestAtEnd: "the lowest leave-one-out NLL is at an end of the path over λ"
      case .noHeldOutSamples: "leave-one-out needs a class with at least two training samples"
      }
    }
  }

  /// A set, or a summary of sets.
  public enum Column: Sendable, Hashable {
    /// By its index among the sets.
    case set(Int)
    case group(String)
    case mean
    case pooled
  }

  /// How a row stands among the rows of a column.
  public enum Standing: Sendable, Equatable {
    case best
    /// Within the 95 % interval of the best.
    case withinInterval
    case behind
  }

  public var rows: [Row]
  public var omissions: [Omission]

  public init(rows: [Row] = [], omissions: [Omission] = []) {
    self.rows = rows
    self.omissions = omissions
  }

  /// The columns of the sets that the rows are judged on; see ``Column/columns(of:)``.
  public var columns: [Column] { Column.columns(of: sets) }

  public func title(of column: Column) -> String { column.title(among: sets) }

  private var sets: [OODSet] { rows.first?.evaluation.sets ?? [] }

  /// How each row stands in a column, (R,). Rows that equal the best are best too. A mean has no interval.
  public func standings(in column: Column, by metric: MetricName) -> [Standing] {
    let values = rows.map { $0.value(in: column, metric) }
    let finite = values.indices.filter { values[$0].isFinite }
    guard let best = finite.max(by: { isBetter(values[$1], values[$0], metric) }) else {
      return values.map { _ in .behind }
    }
    let interval = rows[best].interval(in: column, metric)
    return values.map { value in
      if value == values[best] { return .best }
      return interval.map { $0.low <= value && value <= $0.high } == true ? .withinInterval : .behind
    }
  }

  private func isBetter(_ value: Double, _ other: Double, _ metric: MetricName) -> Bool {
    metric.isHigherBetter ? value > other : value < other
  }

  /// The row of the least leave-one-out NLL, which no OOD sample takes part in; nil without settings that compare. At
  /// normalization 1 the density has no counterpart before normalization, so such rows do not compare.
  public var leaveOneOutChoice: Row? {
    rows.filter {
      $0.setting.map { $0.fit.normalization < .l2 } == true && $0.leaveOneOutNLL?.isFinite == true
    }
    .min { ($0.leaveOneOutNLL ?? .infinity) < ($1.leaveOneOutNLL ?? .infinity) }
  }
}

extension Comparison.Column {
  /// The sets, then the means over groups, over all sets, and all OOD samples together where there are several sets.
  public static func columns(of sets: [OODSet]) -> [Self] {
    sets.indices.map(Self.set) + sets.groups.map(Self.group) + (sets.count > 1 ? [.mean, .pooled] : [])
  }

  public func title(among sets: [OODSet]) -> String {
    switch self {
    case .set(let index): sets.indices.contains(index) ? sets[index].fullName : ""
    case .group(let name): "\(name) (mean)"
    case .mean: "mean"
    case .pooled: "pooled"
    }
  }
}

extension Comparison.Row {
  public func value(in column: Comparison.Column, _ metric: MetricName) -> Double {
    switch column {
    case .set(let index): MetricValues(evaluation.metrics[index].metrics)[metric]
    case .group(let name): MetricValues(evaluation.mean(ofGroup: name))[metric]
    case .mean: MetricValues(evaluation.mean)[metric]
    case .pooled: MetricValues(evaluation.pooled.metrics)[metric]
    }
  }

  /// The 95 % interval, if it is known.
  public func interval(in column: Comparison.Column, _ metric: MetricName) -> ConfidenceInterval? {
    switch column {
    case .set(let index): evaluation.metrics[index].interval(of: metric)
    case .pooled: evaluation.pooled.interval(of: metric)
    case .group, .mean: nil
    }
  }
}
