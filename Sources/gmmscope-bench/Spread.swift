/// What repeated measurements of one thing gave.
struct Spread: Codable, Equatable, Sendable {
  let median: Double
  let minimum: Double
  let maximum: Double
  let runCount: Int

  /// Nil where nothing was measured.
  init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let middle = sorted.count / 2
    median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    minimum = first
    maximum = last
    runCount = sorted.count
  }
}

extension Duration {
  var seconds: Double { self / .seconds(1) }
}
