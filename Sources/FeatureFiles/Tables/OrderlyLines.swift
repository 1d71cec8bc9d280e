/// Goes through whole lines of an ``OrderlyTable``, writing each number to its place.
struct OrderlyLines {
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
    _ numbers: UnsafeMutablePointer<Double>?, rows: Range<Int>
  ) -> Bool {
    let last = table.kinds.count - 1
    for row in rows {
      var number = numbers.map { $0 + row * table.numberCount }
      var text = 0
      for column in 0...last {
        switch table.kinds[column] {
        case .number:
          guard let value = nextNumber(isLast: column == last), let place = number else { return false }
          place.initialize(to: value)
          number = place + 1
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
    let bytes = UnsafeRawBufferPointer(start: base, count: end)
    return DecimalNumber.parse(bytes, in: cell) ?? (MissingValue.isMark(bytes, in: cell) ? .nan : nil)
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
