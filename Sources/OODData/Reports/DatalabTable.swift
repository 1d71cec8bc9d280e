import OODDetection

/// The audit of every training sample in the columns of cleanlab's Datalab (docs.cleanlab.ai, "Datalab Issue Types"), in
/// input order.
///
/// As in Datalab, scores run from 0, an issue for certain, to 1, none. Here every score is a ratio with ½ at the threshold
/// of its issue, so an issue is a score below ½:
///
/// - `label_score` is ½ / (1 + m) for a margin m ≥ 0, and 1 − ½ / (1 − m) below.
/// - `outlier_score` is f / (f + d). d is the distance to the likeliest class, held out if that is the sample's own, and
///   f = Q3 + 1.7 (Q3 − Q1), from the quartiles of the held-out distances of that class.
/// - `near_duplicate_score` is d / (d + f). d is the distance to the nearest other training sample, and f is a tenth of
///   the median one.
public struct DatalabTable: Sendable {
  public static let columns = [
    "is_label_issue", "label_score", "given_label", "predicted_label", "is_outlier_issue", "outlier_score",
    "is_near_duplicate_issue", "near_duplicate_score", "near_duplicate_sets", "distance_to_nearest_neighbor",
  ]

  /// The number of near duplicates that a row names, so that the table stays linear in N if many samples are equal.
  static let largestSet = 20

  private let labels: [Int]
  private let classLabels: [Int]
  private let audit: LabelAudit
  /// The margins, with those of suspects alone if the audit has no others.
  private let suspects: [Int: LabelSuspect]
  private let fences: [Int: Double]
  private let duplicates: NearDuplicates?
  private let groups: [Int: Int]

  /// - Parameters:
  ///   - audited: An audit with every margin; otherwise, scores of samples that fit their class best are empty.
  ///   - labels: The labels of the training samples, (N,).
  public init(_ audited: AuditedData, labels: [Int]) {
    self.labels = labels
    classLabels = audited.classLabels
    audit = audited.labels
    duplicates = audited.nearDuplicates
    suspects = Dictionary(uniqueKeysWithValues: audit.suspects.map { ($0.row, $0) })
    var distances: [Int: [Double]] = [:]
    for (label, squared) in zip(labels, audit.squaredDistances) where !squared.isNaN {
      distances[label, default: []].append(squared.squareRoot())
    }
    fences = distances.mapValues(Self.fence)
    var groups: [Int: Int] = [:]
    for (place, group) in (duplicates?.groups ?? []).enumerated() {
      for row in group.trainRows { groups[row] = place }
    }
    self.groups = groups
  }

  /// N.
  public var rowCount: Int { labels.count }

  /// One row as text. Values that do not exist are empty, such as scores of samples that cannot be held out.
  public func row(at index: Int) -> [String] {
    let suspect = suspects[index]
    let squared = audit.squaredDistances[index]
    let isAudited = !squared.isNaN
    let margin = suspect?.margin ?? audit.margins?[index]
    let likeliest = suspect.map { classLabels[$0.suggestedClass] } ?? labels[index]
    let distance = (suspect?.squaredDistance ?? squared).squareRoot()
    let fence = fences[likeliest]
    let neighborDistance = duplicates?.distances[index]
    let others =
      groups[index].flatMap { duplicates?.groups[$0].trainRows.lazy.filter { $0 != index } }?
      .prefix(Self.largestSet)
    let set = others.map(Array.init) ?? []
    return [
      flag(suspect != nil), isAudited ? text(margin.map(Self.labelScore)) : "", String(labels[index]),
      isAudited ? String(likeliest) : "", flag(isAudited && fence.map { distance > $0 } ?? false),
      isAudited ? text(fence.map { Self.ratio($0, distance) }) : "",
      duplicates == nil ? "" : flag(!set.isEmpty),
      // Equal samples are near duplicates even if the threshold is 0.
      text(neighborDistance.map { $0 == 0 ? 0 : Self.ratio($0, duplicates?.threshold ?? 0) }),
      duplicates == nil ? "" : "[\(set.map(String.init).joined(separator: ", "))]", text(neighborDistance),
    ]
  }

  /// ½ at margin 0, towards 0 above and towards 1 below.
  static func labelScore(margin: Double) -> Double {
    margin >= 0 ? 0.5 / (1 + margin) : 1 - 0.5 / (1 - margin)
  }

  /// value / (value + other), also in the limit.
  static func ratio(_ value: Double, _ other: Double) -> Double {
    if value == other { return 0.5 }
    if other == .infinity { return 0 }
    return value == .infinity ? 1 : value / (value + other)
  }

  /// Q3 + 1.7 (Q3 − Q1) by linear interpolation between order statistics.
  static func fence(_ distances: [Double]) -> Double {
    let sorted = distances.sorted()
    func quartile(_ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let (low, high) = (sorted[Int(place)], sorted[min(Int(place) + 1, sorted.count - 1)])
      return low == high ? low : low + (high - low) * (place - place.rounded(.down))
    }
    let (first, third) = (quartile(0.25), quartile(0.75))
    return third == first ? third : third + 1.7 * (third - first)
  }

  private func flag(_ value: Bool) -> String { value ? "True" : "False" }

  private func text(_ value: Double?) -> String {
    value.map { $0.isNaN ? "" : "\($0)" } ?? ""
  }
}
