import Foundation

/// An axis with its range: the positions of values, and the ticks.
struct ScaledAxis: Sendable {
  struct Tick: Equatable {
    var value: Double
    var label: String
  }

  let scale: AxisScale
  let lower: Double
  let upper: Double
  private let label: (@Sendable (Double) -> String)?

  /// Returns `nil` if there is no range and no value with a position on the axis.
  init?(_ axis: Axis, values: some Sequence<Double>) {
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite && (axis.scale != .log || value > 0) {
      low = min(low, value)
      high = max(high, value)
    }
    if let range = axis.range, range.lowerBound.isFinite, range.upperBound.isFinite {
      if axis.scale != .log || range.lowerBound > 0 {
        (low, high) = (range.lowerBound, range.upperBound)
      } else if range.upperBound > 0 {
        high = range.upperBound
        low = low < high ? low : high / 1e6
      }
    }
    guard low <= high else { return nil }
    scale = axis.scale
    label = axis.label
    let limit = Double.greatestFiniteMagnitude
    if axis.scale == .log {
      let isNarrow = high / low < 1.000001
      lower = isNarrow ? max(low / 3, .leastNormalMagnitude) : max(low, .leastNormalMagnitude)
      upper = isNarrow ? min(max(high, .leastNormalMagnitude) * 3, limit) : high
    } else {
      let isNarrow = high / 2 - low / 2 <= max(high.magnitude, low.magnitude) * 1e-12
      let margin = low == 0 && high == 0 ? 1 : max(low.magnitude, high.magnitude) * 0.1
      lower = isNarrow ? max(low - margin, -limit) : low
      upper = isNarrow ? min(high + margin, limit) : high
    }
  }

  /// The position of a value: 0 at the lower end, 1 at the upper end. `nil` if the value has no position.
  func position(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch scale {
    case .linear:
      // Halve the values so that the difference of the largest numbers is finite.
      let position = (value / 2 - lower / 2) / (upper / 2 - lower / 2)
      return position.isFinite ? position : nil
    case .log:
      guard value > 0 else { return nil }
      let position = (log10(value) - log10(lower)) / (log10(upper) - log10(lower))
      return position.isFinite ? position : nil
    case .logAboveLowerEnd(let unit):
      let position = log1p((value - lower) / unit) / log1p((upper - lower) / unit)
      return position.isFinite ? position : nil
    }
  }

  func value(at position: Double) -> Double {
    switch scale {
    case .linear: lower * (1 - position) + upper * position
    case .log: pow(10, log10(lower) * (1 - position) + log10(upper) * position)
    case .logAboveLowerEnd(let unit): lower + unit * expm1(position * log1p((upper - lower) / unit))
    }
  }

  /// About `count` round values within the range, ascending, without those that would read like the one before.
  func ticks(_ count: Int, numbers: NumberFormat) -> [Tick] {
    var ticks: [Tick] = []
    for tick in roundValues(count, numbers: numbers) where tick.label != ticks.last?.label {
      ticks.append(tick)
    }
    return ticks
  }

  private func roundValues(_ count: Int, numbers: NumberFormat) -> [Tick] {
    guard count > 0 else { return [] }
    switch scale {
    case .linear: break
    case .log:
      let decades = decadeTicks(count, numbers: numbers)
      if decades.count >= 2 || count < 2 { return decades }
    case .logAboveLowerEnd: return roundTicks(count, numbers: numbers)
    }
    return linearTicks(count, numbers: numbers)
  }

  /// The roundest values near equal distances on the axis.
  private func roundTicks(_ count: Int, numbers: NumberFormat) -> [Tick] {
    let step = 1 / Double(count)
    var ticks: [Tick] = []
    for index in 0..<count {
      let middle = (Double(index) + 0.5) * step
      let (low, high) = (value(at: middle - 0.4 * step), value(at: middle + 0.4 * step))
      guard low.isFinite, high.isFinite, low < high else { continue }
      let round = Self.roundest(in: low...high)
      ticks.append(Tick(value: round.value, label: roundText(round.value, round.exponent, numbers)))
    }
    return ticks
  }

  /// The multiple of the largest power of ten, twice or five times one, that has a multiple in the range, and
  /// that power's exponent.
  private static func roundest(in range: ClosedRange<Double>) -> (value: Double, exponent: Int) {
    let largest = max(range.lowerBound.magnitude, range.upperBound.magnitude)
    let top = Int(log10(largest).rounded(.up))
    let middle = range.lowerBound / 2 + range.upperBound / 2
    for exponent in stride(from: top, through: top - 17, by: -1) {
      for factor in [5.0, 2, 1] {
        let step = factor * pow(10, Double(exponent))
        let value = (middle / step).rounded() * step
        if range.contains(value) { return (value, exponent) }
      }
    }
    return (middle, top - 17)
  }

  private func decadeTicks(_ count: Int, numbers: NumberFormat) -> [Tick] {
    // A small tolerance, so that a range that ends at 1e-3 has a tick there.
    let first = Int((log10(lower) - 1e-9).rounded(.up))
    let last = Int((log10(upper) + 1e-9).rounded(.down))
    guard first <= last else { return [] }
    let span = last - first
    // Use multiples of the step, so that ticks do not move with the range.
    func start(_ step: Int) -> Int { first + ((-first) % step + step) % step }
    let steps = [1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 500]
    let fitting = steps.firstIndex { span / $0 < count } ?? steps.count - 1
    // A single tick does not show a scale, so prefer one tick too many.
    let step = steps[...fitting].last { start($0) + $0 <= last } ?? 1
    return stride(from: start(step), through: last, by: step).map { exponent in
      let value = pow(10, Double(exponent))
      let sign = exponent < 0 ? numbers.minus : ""
      return Tick(value: value, label: label?(value) ?? "1e\(sign)\(exponent.magnitude)")
    }
  }

  private func linearTicks(_ count: Int, numbers: NumberFormat) -> [Tick] {
    let rough = (upper / 2 - lower / 2) / Double(count) * 2
    guard rough.isFinite, rough > 0 else { return [Tick(value: lower, label: text(lower, 0, numbers))] }
    let exponent = log10(rough).rounded(.down)
    let power = pow(10, exponent)
    guard power > 0, power.isFinite else { return [] }
    let factor = [1.0, 2, 5, 10].first { $0 * power >= rough * 0.75 } ?? 10
    let step = factor * power
    let first = (lower / step - 1e-9).rounded(.up)
    let last = (upper / step + 1e-9).rounded(.down)
    guard first.isFinite, last.isFinite, last - first < 1000, last >= first else { return [] }
    let stepExponent = Int(exponent) + (factor == 10 ? 1 : 0)
    return (0...Int(last - first)).map { index in
      let value = (first + Double(index)) * step
      return Tick(value: value, label: text(value, stepExponent, numbers))
    }
  }

  /// Formats a multiple of 10^`exponent`, in plain notation if that is short.
  private func roundText(_ value: Double, _ exponent: Int, _ numbers: NumberFormat) -> String {
    if let label { return label(value) }
    if value == 0 { return "0" }
    let magnitude = Int((log10(value.magnitude) + 4e-10).rounded(.down))
    return magnitude >= 6 || exponent < -5
      ? numbers.scientific(value, digits: max(1, magnitude - exponent + 1))
      : numbers.grouped(value, places: max(0, -exponent))
  }

  /// Formats a value with the digits that a step of 10^`stepExponent` needs.
  private func text(_ value: Double, _ stepExponent: Int, _ numbers: NumberFormat) -> String {
    if let label { return label(value) }
    let largest = max(lower.magnitude, upper.magnitude)
    guard largest > 0 else { return "0" }
    let magnitude = Int(log10(largest).rounded(.down))
    if magnitude >= 6 || stepExponent < -5 {
      return value == 0
        ? "0" : numbers.scientific(value, digits: min(max(1, magnitude - stepExponent + 1), 6))
    }
    return numbers.grouped(value, places: max(0, -stepExponent))
  }
}
