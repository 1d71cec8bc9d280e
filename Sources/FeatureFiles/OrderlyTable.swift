import Dispatch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The fast way through a table: its lines in several parts at once, each cell read once.
///
/// It is for tables without quotes, whose line feeds are then the ends of lines, and without anything to report. At
/// the first thing out of order it gives up, and whoever reads the lines one by one says what and where it is.
struct OrderlyTable {
  private enum Kind { case feature, number, text }

  private let kinds: [Kind]
  private let separator: UInt8
  private let featureCount: Int
  private let numberColumns: [Int]
  private let textColumns: [Int]

  /// What the columns hold; see ``TableColumns``.
  struct Values {
    var rowCount = 0
    var features: [Double] = []
    /// By column.
    var numbers: [Int: [Double]] = [:]
    var texts: [Int: [String]] = [:]
  }

  /// Fewer bytes are not worth a thread.
  private static let partByteCount = 1 << 20

  init(layout: TableLayout, separator: UInt8) {
    kinds = layout.roles.map {
      switch $0 {
      case .feature: .feature
      case .numbers: .number
      case .text: .text
      }
    }
    self.separator = separator
    featureCount = kinds.count { $0 == .feature }
    numberColumns = kinds.indices.filter { [kinds] in kinds[$0] == .number }
    textColumns = kinds.indices.filter { [kinds] in kinds[$0] == .text }
  }

  /// The values of all lines of `bytes` from `start` on; `nil` where anything is out of order.
  func values(_ bytes: UnsafeRawBufferPointer, from start: Int, threadCount: Int? = nil) -> Values? {
    guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), start < bytes.count,
      memchr(base + start, Int32(UInt8(ascii: "\"")), bytes.count - start) == nil
    else { return nil }
    let source = Source(base: base)
    let threadCount = threadCount ?? sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let parts = parts(of: bytes, from: start, threadCount: threadCount)
    var lineCounts = [Int](repeating: 0, count: parts.count)
    lineCounts.withUnsafeMutableBufferPointer { counts in
      let counts = Lent(counts)
      forEach(parts.indices, threadCount) { counts.value[$0] = Self.lineCount(source.base, parts[$0]) }
    }
    let firstRows = lineCounts.reduce(into: [0]) { $0.append($0.last! + $1) }
    var values = Values(rowCount: firstRows.last!)
    var texts = [[[String]]](repeating: [], count: parts.count)
    var isOrderly = [Bool](repeating: false, count: parts.count)
    var numbers = [Double]()
    let rowCount = values.rowCount
    values.features = [Double](unsafeUninitializedCapacity: rowCount * featureCount) { features, count in
      numbers = [Double](unsafeUninitializedCapacity: rowCount * numberColumns.count) { others, otherCount in
        texts.withUnsafeMutableBufferPointer { texts in
          isOrderly.withUnsafeMutableBufferPointer { isOrderly in
            let (features, others, texts) = (Lent(features), Lent(others), Lent(texts))
            let isOrderly = Lent(isOrderly)
            forEach(parts.indices, threadCount) { part in
              var reader = Reader(self, source.base, parts[part])
              isOrderly.value[part] = reader.read(
                features.value.baseAddress, others.value.baseAddress,
                rows: firstRows[part]..<firstRows[part + 1], of: rowCount)
              texts.value[part] = reader.texts
            }
          }
        }
        otherCount = isOrderly.allSatisfy(\.self) ? rowCount * numberColumns.count : 0
      }
      count = isOrderly.allSatisfy(\.self) ? rowCount * featureCount : 0
    }
    guard isOrderly.allSatisfy(\.self) else { return nil }
    for (place, column) in numberColumns.enumerated() {
      values.numbers[column] = Array(numbers[place * rowCount..<(place + 1) * rowCount])
    }
    for (place, column) in textColumns.enumerated() { values.texts[column] = texts.flatMap { $0[place] } }
    return values
  }

  // MARK: Parts

  /// Memory that is read by several threads, and written to by none.
  private struct Source: @unchecked Sendable {
    let base: UnsafePointer<UInt8>
  }

  /// Memory that is written to by one thread per place.
  private struct Lent<Element>: @unchecked Sendable {
    let value: UnsafeMutableBufferPointer<Element>
    init(_ value: UnsafeMutableBufferPointer<Element>) { self.value = value }
  }

  private func forEach(_ indices: Range<Int>, _ threadCount: Int, _ body: @Sendable (Int) -> Void) {
    if threadCount == 1 || indices.count == 1 {
      for index in indices { body(index) }
    } else {
      DispatchQueue.concurrentPerform(iterations: indices.count, execute: body)
    }
  }

  /// Stretches of whole lines, several for each thread.
  private func parts(of bytes: UnsafeRawBufferPointer, from start: Int, threadCount: Int) -> [Range<Int>] {
    let count = bytes.count - start
    let partCount = threadCount == 1 ? 1 : max(1, min(4 * threadCount, count / Self.partByteCount))
    var parts: [Range<Int>] = []
    var lower = start
    for part in 1...partCount {
      var upper = start + count * part / partCount
      if part < partCount {
        upper = max(upper, lower)
        guard let found = memchr(bytes.baseAddress! + upper, 0x0A, bytes.count - upper) else { continue }
        upper = UnsafeRawPointer(found) - bytes.baseAddress! + 1
      }
      if upper > lower { parts.append(lower..<upper) }
      lower = upper
    }
    return parts
  }

  private static func lineCount(_ base: UnsafePointer<UInt8>, _ part: Range<Int>) -> Int {
    var count = 0
    var place = part.lowerBound
    while place < part.upperBound {
      count += 1
      guard let found = memchr(base + place, 0x0A, part.upperBound - place) else { break }
      place = UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1
    }
    return count
  }

  // MARK: Lines

  private struct Reader {
    private let table: OrderlyTable
    private let base: UnsafePointer<UInt8>
    private let end: Int
    private var place: Int
    private let quick = QuickNumber()
    private(set) var texts: [[String]]

    init(_ table: OrderlyTable, _ base: UnsafePointer<UInt8>, _ part: Range<Int>) {
      self.table = table
      self.base = base
      place = part.lowerBound
      end = part.upperBound
      texts = Array(repeating: [], count: table.textColumns.count)
    }

    /// Whether each of the lines has its cells, all of them in order.
    mutating func read(
      _ features: UnsafeMutablePointer<Double>?, _ numbers: UnsafeMutablePointer<Double>?, rows: Range<Int>,
      of rowCount: Int
    ) -> Bool {
      let last = table.kinds.count - 1
      for row in rows {
        var feature = features.map { $0 + row * table.featureCount }
        var number = numbers.map { $0 + row }
        var text = 0
        for column in 0...last {
          switch table.kinds[column] {
          case .feature:
            guard let value = nextNumber(isLast: column == last), let place = feature else { return false }
            place.initialize(to: value)
            feature = place + 1
          case .number:
            guard let value = nextNumber(isLast: column == last), let place = number else { return false }
            place.initialize(to: value)
            number = place + rowCount
          case .text:
            guard let cell = cell(isLast: column == last),
              let value = String(
                validating: UnsafeBufferPointer(start: base + cell.lowerBound, count: cell.count),
                as: UTF8.self)
            else { return false }
            texts[text].append(value)
            text += 1
          }
        }
      }
      return place == end
    }

    @inline(__always)
    private mutating func nextNumber(isLast: Bool) -> Double? {
      guard place < end else { return nil }
      let start = place
      if let value = quick.parse(base, &place, end: end), endCell(isLast: isLast) { return value }
      place = start
      guard let cell = cell(isLast: isLast) else { return nil }
      return DecimalNumber.parse(UnsafeRawBufferPointer(start: base, count: end), in: cell)
    }

    /// The next cell's bytes; steps over what ends it.
    private mutating func cell(isLast: Bool) -> Range<Int>? {
      let start = place
      while place < end, base[place] != table.separator, base[place] != 0x0A, base[place] != 0x0D {
        place += 1
      }
      let cell = start..<place
      return endCell(isLast: isLast) ? cell : nil
    }

    /// Steps over a separator or the end of a line, whichever must be here.
    @inline(__always)
    private mutating func endCell(isLast: Bool) -> Bool {
      guard isLast else {
        guard place < end, base[place] == table.separator else { return false }
        place += 1
        return true
      }
      if place == end { return true }
      if base[place] == 0x0D {
        place += 1
        guard place < end else { return false }
      }
      guard base[place] == 0x0A else { return false }
      place += 1
      return true
    }
  }
}
