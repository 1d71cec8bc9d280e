/// The training samples of one class.
struct ClassMembers: Sendable {
  /// The class's label, ≥ 0.
  let label: Int
  /// Row numbers, ascending.
  let rows: [Int]

  /// The classes among `labels`, ascending; labels below 0 belong to none.
  ///
  /// - Throws: ``DetectorError/labelCountMismatch(sampleCount:labelCount:)``,
  ///   ``DetectorError/noInDistributionSamples(sampleCount:)``.
  static func partition(_ labels: [Int], sampleCount: Int) throws(DetectorError) -> [ClassMembers] {
    let rowsByLabel = try indices(of: labels, sampleCount: sampleCount)
    guard !rowsByLabel.isEmpty else { throw .noInDistributionSamples(sampleCount: sampleCount) }
    return rowsByLabel.sorted { $0.key < $1.key }.map { ClassMembers(label: $0.key, rows: $0.value) }
  }

  /// The rows of each label of 0 or above, ascending.
  ///
  /// - Throws: ``DetectorError/labelCountMismatch(sampleCount:labelCount:)``.
  static func indices(of labels: [Int], sampleCount: Int) throws(DetectorError) -> [Int: [Int]] {
    guard labels.count == sampleCount else {
      throw .labelCountMismatch(sampleCount: sampleCount, labelCount: labels.count)
    }
    var rowsByLabel: [Int: [Int]] = [:]
    for (row, label) in labels.enumerated() where label >= 0 { rowsByLabel[label, default: []].append(row) }
    return rowsByLabel
  }
}
