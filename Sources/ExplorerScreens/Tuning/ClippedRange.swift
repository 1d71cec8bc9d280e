/// The part of an axis that shows the best values of curves that get worse by orders of magnitude.
struct ClippedRange: Equatable {
  enum Best { case lowest, highest }

  var shown: ClosedRange<Double>
  /// The worst value, if it lies outside the shown part.
  var cutOff: Double?

  /// The multiple of the spread of the better half beyond which values are cut off.
  private static let tolerance = 4.0

  /// Shows all values if `value` would otherwise be cut off.
  mutating func show(_ value: Double) {
    guard let end = cutOff, !shown.contains(value) else { return }
    shown = min(shown.lowerBound, end)...max(shown.upperBound, end)
    cutOff = nil
  }

  /// Shows all values, or those up to a little beyond the median if the worst lie far from it. Returns `nil`
  /// if no value is finite. O(n log n).
  init?(of curves: [[Double]], best: Best) {
    let values = curves.joined().filter(\.isFinite).sorted()
    guard let low = values.first, let high = values.last else { return nil }
    shown = low...high
    switch best {
    case .lowest:
      let median = values[(values.count - 1) / 2]
      let limit = median + (median - low) * 0.5
      guard limit > low, high - low > Self.tolerance * (limit - low) else { return }
      shown = low...limit
      cutOff = high
    case .highest:
      let median = values[values.count / 2]
      let limit = median - (high - median) * 0.5
      guard limit < high, high - low > Self.tolerance * (high - limit) else { return }
      shown = limit...high
      cutOff = low
    }
  }
}
