import Foundation

/// Maps a value to its position on a ramp, from 0 to 1.
struct HeatMapNorm {
  let ends: ClosedRange<Double>?
  private let ramp: HeatMap.Ramp
  private let isLogarithmic: Bool
  /// The smallest magnitude on a logarithmic scale.
  private let floor: Double

  init(values: [Double], range: ClosedRange<Double>?, ramp: HeatMap.Ramp, isLogarithmic: Bool) {
    self.ramp = ramp
    self.isLogarithmic = isLogarithmic
    let finite = values.filter(\.isFinite)
    let given = range.flatMap { $0.lowerBound.isFinite && $0.upperBound.isFinite ? $0 : nil }
    let most =
      given.map { max($0.lowerBound.magnitude, $0.upperBound.magnitude) }
      ?? finite.map(\.magnitude).max() ?? 0
    let positive = finite.map(\.magnitude).filter { $0 > 0 }.min() ?? 1
    floor = max(.leastNormalMagnitude, most > 0 ? max(positive, most / 1e6) : positive)
    if finite.isEmpty, given == nil {
      ends = nil
    } else if ramp == .diverging {
      ends = -most...most
    } else if isLogarithmic {
      let low = given.map(\.lowerBound).flatMap { $0 > 0 ? $0 : nil } ?? floor
      ends = low...max(low, most)
    } else {
      let low = finite.min() ?? 0
      ends = given ?? low...max(low, finite.max() ?? 0)
    }
  }

  func part(_ value: Double) -> Double {
    guard let ends, !value.isNaN else { return .nan }
    let value = min(max(ends.lowerBound, value), ends.upperBound)
    let lower = scaled(ends.lowerBound)
    let width = scaled(ends.upperBound) / 2 - lower / 2
    // Equal values are all that there is to see.
    guard width > 0, width.isFinite else { return ramp == .diverging ? 0.5 : 1 }
    let part = (scaled(value) / 2 - lower / 2) / width
    let bounded = min(max(0, part.isFinite ? part : 0.5), 1)
    return ramp == .descending ? 1 - bounded : bounded
  }

  private func scaled(_ value: Double) -> Double {
    guard isLogarithmic else { return value }
    if ramp != .diverging { return log10(max(value, floor)) }
    let size = log10(max(value.magnitude, floor) / floor)
    return value < 0 ? -size : size
  }
}
