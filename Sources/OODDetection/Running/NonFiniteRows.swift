/// Row numbers of samples with NaN or infinite features, gathered from blocks.
struct NonFiniteRows: Sendable {
  private var rows: [Int] = []

  var isEmpty: Bool { rows.isEmpty }

  mutating func append(_ found: [Int]) { rows += found }

  /// - Throws: ``DetectorError/nonFiniteFeatures(rowCount:firstRows:)`` where there are any.
  func check() throws(DetectorError) {
    if !rows.isEmpty {
      throw .nonFiniteFeatures(rowCount: rows.count, firstRows: Array(rows.sorted().prefix(5)))
    }
  }
}
