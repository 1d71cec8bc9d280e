import FeatureFiles
import Foundation
import OODData

/// How often each value of a column occurs among the listed samples.
public struct FrequencyTable: Sendable {
  public let column: OutlierColumn
  /// Values by descending count, or ranges of numbers in ascending order.
  public let rows: [Row]
  public let sampleCount: Int
  public internal(set) var selectedRow = 0

  public struct Row: Sendable, Equatable {
    public let value: Value
    public let count: Int
    public let meanScore: Double
    /// The filter that lists these samples; `nil` if none can be written.
    public let condition: String?
  }

  public enum Value: Sendable, Hashable {
    case text(String)
    case number(Double)
    /// From the first number up to the second.
    case range(Double, Double)
    /// Samples without a value, or whose number is infinite.
    case missing
  }

  /// The number of different numbers up to which each has a row of its own.
  static let mostNumbers = 60

  /// Counts the values of a column in a list. O(N).
  init(of column: OutlierColumn, in list: SampleList, _ values: TableValues) {
    self.column = column
    sampleCount = list.count
    // The text of a file's number is its spelling, while a label's text is its name.
    let prefersNumbers = if case .file = column { true } else { false }
    var work = CancellableWork()
    var cells: [(value: Value, score: Double)] = []
    cells.reserveCapacity(list.count)
    for row in list {
      guard work.goesOn() else { break }
      cells.append((Value(values[row, column], prefersNumber: prefersNumbers), row.score))
    }
    var sums: [Value: Sum] = [:]
    for cell in cells { sums[cell.value, default: Sum()].add(cell.score) }
    let numbers = sums.keys.compactMap { if case .number(let number) = $0 { number } else { nil } }
    let name = Self.quoted(column.name)
    if numbers.count > Self.mostNumbers, let ranges = Ranges(of: numbers.filter(\.isFinite)) {
      var sums: [Int: Sum] = [:]
      for cell in cells { sums[ranges.place(of: cell.value), default: Sum()].add(cell.score) }
      rows = sums.sorted { $0.key < $1.key }.map { place, sum in
        let value = ranges[place]
        return Row(
          value: value, count: sum.count, meanScore: sum.mean, condition: Self.condition(name, value))
      }
    } else {
      let keyed = sums.map { value, sum in (value: value, sum: sum, order: NaturalOrder(value.description)) }
      rows = keyed.sorted { ($1.sum.count, $0.order) < ($0.sum.count, $1.order) }.map { value, sum, _ in
        Row(value: value, count: sum.count, meanScore: sum.mean, condition: Self.condition(name, value))
      }
    }
  }

  private struct Sum {
    var count = 0
    private var total = 0.0

    var mean: Double { total / Double(count) }

    mutating func add(_ score: Double) {
      count += 1
      total += score
    }
  }

  /// At most about 20 ranges of one width, which is 1, 2 or 5 times a power of ten.
  private struct Ranges {
    private let first: Int
    private let count: Int
    private let exponent: Int
    private let multiple: Int

    /// `nil` if the numbers are too close together for their size, or too far apart.
    init?(of numbers: [Double]) {
      guard let least = numbers.min(), let greatest = numbers.max() else { return nil }
      // Half of each avoids an overflow of the difference.
      let wanted = (greatest / 2 - least / 2) / 10
      guard wanted > 0, wanted.isFinite else { return nil }
      let power = Int(log10(wanted).rounded(.down))
      let ratio = wanted / pow(10, Double(power))
      exponent = power
      multiple = ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10
      let width = Double("\(multiple)e\(exponent)") ?? wanted
      guard abs(least / width) < 1e15, abs(greatest / width) < 1e15 else { return nil }
      first = Int((least / width).rounded(.down))
      count = Int((greatest / width).rounded(.down)) - first + 1
    }

    /// The lower edge of a range, as the nearest number to a short decimal.
    private func edge(_ place: Int) -> Double { Double("\((first + place) * multiple)e\(exponent)") ?? .nan }

    /// The range that contains a value; the one after the last for anything but a finite number.
    func place(of value: Value) -> Int {
      guard case .number(let number) = value, number.isFinite else { return count }
      let estimate = Int((number / (edge(1) - edge(0))).rounded(.down)) - first
      // Edges are rounded, so the estimate can be one off.
      if number < edge(estimate) { return estimate - 1 }
      return number >= edge(estimate + 1) ? estimate + 1 : estimate
    }

    subscript(place: Int) -> Value { place >= count ? .missing : .range(edge(place), edge(place + 1)) }
  }

  private static func condition(_ name: String?, _ value: Value) -> String? {
    guard let name else { return nil }
    switch value {
    case .text(let text): return quoted(text).map { "\(name) = \($0)" }
    case .number(let number): return "\(name) = \(number)"
    case .range(let low, let high): return "\(name) >= \(low) and \(name) < \(high)"
    case .missing: return nil
    }
  }

  /// A text as filters take it; `nil` if it holds both kinds of quotes.
  private static func quoted(_ text: String) -> String? {
    let isPlain = !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "_-.#/".contains($0) }
    if isPlain, !["and", "or", "not"].contains(text.lowercased()) { return text }
    if !text.contains("'") { return "'\(text)'" }
    return text.contains("\"") ? nil : "\"\(text)\""
  }

  /// A filter that lists the samples of a row among those that another filter lists.
  static func filter(_ condition: String, within other: FilterExpression?) -> String? {
    guard let other else { return condition }
    guard other.isPartOfName else { return "(\(other.text)) and \(condition)" }
    return quoted(other.text).map { "name ~ \($0) and \(condition)" }
  }
}

extension FrequencyTable.Value: CustomStringConvertible {
  fileprivate init(_ value: FilterValue, prefersNumber: Bool) {
    if let text = value.text, !prefersNumber || value.number == nil {
      self = .text(text)
    } else if let number = value.number, !number.isNaN {
      self = .number(number)
    } else {
      self = .missing
    }
  }

  public var description: String {
    switch self {
    case .text(let text): text
    case .number(let number): "\(number)"
    case .range(let low, let high): "\(low) … \(high)"
    case .missing: ""
    }
  }
}
