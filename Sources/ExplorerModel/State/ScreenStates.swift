public import OODData
public import OODDetection

/// The order of a table: by which column, and which way.
public struct SortOrder<Column: Sendable & Equatable>: Sendable, Equatable {
  public var column: Column
  public var isAscending: Bool

  public init(_ column: Column, isAscending: Bool) {
    self.column = column
    self.isAscending = isAscending
  }
}

/// A column of the class table.
public enum ClassColumn: String, CaseIterable, Sendable {
  case name, count, ratio, rank, effectiveRank, condition, logDeterminant, trace, nearest, health
}

public struct ClassesState: Sendable, Equatable {
  /// Index within the detector's classes.
  public var selected = 0
  /// Whether the user has chosen it; else the worst class is chosen as soon as it is known.
  var isSelectionChosen = false
  public var sort = SortOrder<ClassColumn>(.condition, isAscending: false)
  public var filter = ""
  public var isDetailOpen = false
}

public struct ScoresState: Sendable, Equatable {
  /// Where the user put the threshold, per score; where absent it stands at a true-positive rate of 95 %.
  public var thresholds: [ScoreKind: Double] = [:]
  public var usesLogCounts = false
  /// Which scores the user wants to see; nil for what suits them.
  public var range: ScoreRange?
  /// Only samples whose nearest class is this one (index), or nil for all.
  public var classFilter: Int?
}

/// Which samples the outlier table draws from.
public enum SampleSubset: String, CaseIterable, Sendable {
  case test, testInDistribution, testOutOfDistribution, train

  public var title: String {
    switch self {
    case .test: "test"
    case .testInDistribution: "test, ID only"
    case .testOutOfDistribution: "test, OOD only"
    case .train: "train"
    }
  }
}

/// A column of the outlier table.
public enum OutlierColumn: String, CaseIterable, Sendable {
  case rank, index, id, label, score, pValue, nearest, second, margin
}

public struct OutliersState: Sendable, Equatable {
  public var subset = SampleSubset.test
  /// Only samples whose nearest class is this one (index), or nil for all.
  public var classFilter: Int?
  public var filter = ""
  public var sort = SortOrder<OutlierColumn>(.rank, isAscending: true)
  /// The place of the selection in the table as shown.
  public var selectedRow = 0
  public var marks: Set<SampleReference> = []
  public var isDetailOpen = false
  /// How many of the highest scores the table lists.
  public var limit = 200
}

public struct TuningState: Sendable, Equatable {
  /// The setting to compare with, "A".
  public var pin: PinnedSetting?
}

public struct DistancesState: Sendable, Equatable {
  /// The chosen pair, as class indices.
  public var row = 0
  public var column = 1
}

public struct DataState: Sendable, Equatable {
  /// The first line shown.
  public var scroll = 0
}
