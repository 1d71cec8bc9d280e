import Foundation
import OODDetection

/// Training samples whose labels are probably wrong, near duplicates and confused classes: the output of
/// `gmmscope audit`.
public struct AuditReport: Report {
  /// A training sample that another class explains better than its own.
  public struct Row: Encodable, Sendable {
    var index: Int
    var id: String
    var label: Int
    var suggestedLabel: Int
    /// Null if it is infinite.
    @JSONNumber var margin: Double
  }

  /// Samples that are almost equal.
  public struct Group: Encodable, Sendable {
    @JSONNumber var smallestDistance: Double
    /// Training samples first.
    var samples: [Member]
  }

  public struct Member: Encodable, Sendable {
    /// `train` or `test`.
    var split: String
    var index: Int
    var id: String
    @Nullable var label: Int?
  }

  /// Samples of one label whose likeliest class is that of another label, or their own.
  public struct ConfusionCell: Encodable, Sendable {
    var label: Int
    var likeliestLabel: Int
    var count: Int
  }

  public struct Confusion: Encodable, Sendable {
    /// Training samples, each held out of its own class.
    var leaveOneOut: [ConfusionCell]
    /// Null without held-out ID samples.
    @Nullable var heldOut: [ConfusionCell]?
  }

  public let schemaVersion = reportSchemaVersion
  let setting: SettingReport
  /// Whether the setting is the one that leave-one-out proposes.
  let isProposedSetting: Bool
  /// The number of audited training samples.
  public let sampleCount: Int
  /// The number of samples with a margin above 0, of which ``samples`` may list the first ones only.
  public let suspectCount: Int
  /// The share of audited samples whose likeliest class is their own.
  @Nullable public var leaveOneOutAccuracy: Double?
  /// By descending margin.
  public let samples: [Row]
  /// Null if they were not searched for.
  @Nullable public var nearDuplicates: [Group]?
  /// The median distance of a training sample to its nearest other one.
  @Nullable var medianNeighborDistance: Double?
  /// The number of test samples that are near duplicates of training samples. Null without test samples.
  @Nullable var leakedTestSampleCount: Int?
  public let confusion: Confusion
  /// Labels of classes with a single sample, which are not audited.
  let excludedClasses: [Int]
  /// The number of directions that no training sample reaches. Densities exclude them.
  let unreachedDimensionCount: Int

  private let names: [Int: String]?

  private enum CodingKeys: String, CodingKey {
    case schemaVersion, setting, isProposedSetting, sampleCount, suspectCount, leaveOneOutAccuracy, samples
    case nearDuplicates, medianNeighborDistance, leakedTestSampleCount, confusion, excludedClasses
    case unreachedDimensionCount
  }

  /// - Parameter limit: The largest number of samples to list; nil for all.
  public init(_ audited: AuditedData, of data: DataSet, limit: Int? = nil) {
    let labels = audited.classLabels
    func member(_ split: Split, _ row: Int) -> Member {
      Member(
        split: split.rawValue, index: data[split]?.originalIndices?[row] ?? row,
        id: data[split]?.name(of: row) ?? "#\(row)", label: data[split]?.labels?[row])
    }
    func cells(_ matrix: ConfusionMatrix) -> [ConfusionCell] {
      matrix.cells.map {
        ConfusionCell(
          label: labels[$0.classIndex], likeliestLabel: labels[$0.likeliestClass], count: $0.count)
      }
    }
    let suspects = audited.labels.suspects
    setting = SettingReport(audited.setting)
    isProposedSetting = audited.isAtProposedSetting
    sampleCount = audited.labels.sampleCount
    suspectCount = suspects.count
    leaveOneOutAccuracy = audited.labels.confusion.accuracy
    samples = suspects.prefix(limit ?? suspects.count).map { suspect in
      let found = member(.train, suspect.row)
      return Row(
        index: found.index, id: found.id, label: labels[suspect.classIndex],
        suggestedLabel: labels[suspect.suggestedClass], margin: suspect.margin)
    }
    nearDuplicates = audited.nearDuplicates?.groups.map { group in
      Group(
        smallestDistance: group.smallestDistance,
        samples: group.trainRows.map { member(.train, $0) } + group.testRows.map { member(.test, $0) })
    }
    medianNeighborDistance = audited.nearDuplicates?.medianDistance
    leakedTestSampleCount = audited.nearDuplicates?.leakedCount
    confusion = Confusion(
      leaveOneOut: cells(audited.labels.confusion), heldOut: audited.heldOutConfusion.map(cells))
    excludedClasses = audited.labels.excludedLabels
    unreachedDimensionCount = (data.dimension ?? 0) - audited.labels.reachedDimension
    names =
      data.classNames.isEmpty
      ? nil : Dictionary(uniqueKeysWithValues: labels.map { ($0, data.name(ofLabel: $0)) })
  }

  /// The listed samples, with the names of their classes if there are any.
  public var table: ReportTable {
    func named(_ label: Int) -> [ReportValue] {
      [.integer(label)] + (names.map { [.text($0[label] ?? String(label))] } ?? [])
    }
    let hasNames = names != nil
    return ReportTable(
      columns: ["index", "id", "label"] + (hasNames ? ["name"] : []) + ["suggestedLabel"]
        + (hasNames ? ["suggestedName"] : []) + ["margin"],
      rows: samples.map { row in
        [.integer(row.index), .text(row.id)] + named(row.label) + named(row.suggestedLabel)
          + [.number(row.margin)]
      })
  }

  /// What the audit found, in words, one line each.
  public var lines: [String] {
    [suspectsLine, accuracyLine, duplicatesLine, leakageLine, excludedLine].compactMap(\.self)
  }

  private var suspectsLine: String {
    let listed = samples.count < suspectCount ? "; the first \(samples.count) are listed" : ""
    return
      "\(suspectCount) of \(sampleCount) training samples fit another class better than their own\(listed)"
  }

  private var accuracyLine: String? {
    guard let accuracy = leaveOneOutAccuracy else { return nil }
    let confused = confusion.leaveOneOut.filter { $0.label != $0.likeliestLabel }
      .sorted { ($1.count, $0.label, $0.likeliestLabel) < ($0.count, $1.label, $1.likeliestLabel) }
      .prefix(3)
      .map { "\(name($0.label)) as \(name($0.likeliestLabel)) (\($0.count))" }
    let most = confused.isEmpty ? "" : "; most often " + confused.joined(separator: ", ")
    return "leave-one-out accuracy \(percent(accuracy))\(most)"
  }

  private var duplicatesLine: String? {
    guard let groups = nearDuplicates else { return nil }
    let within = groups.filter { group in group.samples.count { $0.split == Split.train.rawValue } > 1 }
    guard !within.isEmpty else { return "no training samples are near duplicates of each other" }
    let count = within.reduce(0) { sum, group in
      sum + group.samples.count { $0.split == Split.train.rawValue }
    }
    let mixed = within.count { group in
      Set(group.samples.filter { $0.split == Split.train.rawValue }.map(\.label)).count > 1
    }
    let differ = mixed > 0 ? "; in \(mixed) of them labels differ" : ""
    return
      "\(count) training samples form \(within.count) \(within.count == 1 ? "group" : "groups") of near duplicates"
      + differ
  }

  private var leakageLine: String? {
    guard let count = leakedTestSampleCount else { return nil }
    return count == 0
      ? "no test sample is a near duplicate of a training sample"
      : "\(count) test \(count == 1 ? "sample is a near duplicate" : "samples are near duplicates") of training samples"
  }

  private var excludedLine: String? {
    let count = excludedClasses.count
    guard count > 0 else { return nil }
    return count == 1
      ? "1 class has a single sample, which cannot be held out and is not audited"
      : "\(count) classes have a single sample, which cannot be held out and is not audited"
  }

  private func name(_ label: Int) -> String { names?[label] ?? String(label) }

  private func percent(_ share: Double) -> String {
    String(format: "%.2f %%", 100 * share)
  }
}
