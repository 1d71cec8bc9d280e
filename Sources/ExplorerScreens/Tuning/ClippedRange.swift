/// The part of an axis that shows the minimum of curves, where they rise by orders of magnitude towards an end.
struct ClippedRange: Equatable {
  var shown: ClosedRange<Double>
  /// The highest value, where it lies above the shown part.
  var clippedMaximum: Double?

  /// How many times the rise over the lower half of the values may stand above it before it is cut off.
  private static let tolerance = 4.0

  /// Shows all values, or those up to a little above the median where the highest lie far beyond it. Nil where no
  /// value is finite.
  init?(of curves: [[Double]]) {
    let values = curves.joined().filter(\.isFinite).sorted()
    guard let low = values.first, let high = values.last else { return nil }
    let median = values[values.count / 2]
    let limit = median + (median - low) * 0.5
    if limit > low, high - low > Self.tolerance * (limit - low) {
      shown = low...limit
      clippedMaximum = high
    } else {
      shown = low...high
    }
  }
}
