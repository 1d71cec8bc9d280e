import LinearAlgebra
import Testing

@testable import FeatureFiles

/// The fast parser for tables gives bitwise the same values as the slow one, or gives up.
struct RectangularTableTests {
  private func both(_ text: String, threadCount: Int) throws -> (fast: [NamedArray]?, slow: [NamedArray]) {
    let bytes = Array(text.utf8)
    return try bytes.withUnsafeBytes { content in
      let start = (content.firstIndex(of: 0x0A) ?? -1) + 1
      let header = String(decoding: bytes[..<start].filter { $0 > 0x20 }, as: UTF8.self)
      let names = header.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let scanner = TableScanner(separator: 0x2C, path: "x.csv", position: start)
      let rows = TableRows(scanner: scanner, columnCount: names.count)
      let stage = ReadStage(
        path: "x.csv", byteCount: bytes.count, options: ReadOptions(threadCount: threadCount))
      let kinds = try rows.kinds(in: content, stage: stage)
      let known = kinds.map { $0 ?? .number }
      func arrays(_ values: RectangularTable.Values) throws -> [NamedArray] {
        let table = Table(
          names: names, idColumn: nil, kinds: kinds, values: values, path: "x.csv", source: nil, rows: rows)
        return table.arrays(try table.choice(TableUse()))
      }
      let slow = try arrays(rows.values(known, in: content, stage: stage))
      let first = try rows.firstKinds(in: content).map { $0 ?? .number }
      let values = try RectangularTable(kinds: first, separator: 0x2C).values(
        content, from: start, stage: stage)
      return (try values.map(arrays), slow)
    }
  }

  private func expectSame(_ text: String, threadCount: Int = 1) throws {
    let (fast, slow) = try both(text, threadCount: threadCount)
    let arrays = try #require(fast, "it gave up")
    #expect(arrays.map(\.name) == slow.map(\.name))
    for (one, other) in zip(arrays, slow) {
      #expect(one.shape == other.shape && one.elementType == other.elementType)
      if one.elementType.isNumeric {
        let differ = try zip(one.doubles(), other.doubles()).filter { !isSame($0, $1) }
        #expect(differ.isEmpty, "\(differ.prefix(3))")
      } else {
        #expect(try one.strings() == other.strings())
      }
    }
  }

  @Test func valuesOfAllKindsOfColumns() throws {
    try expectSame(
      "f0,label,f1,id,f2\n1,0,2.5,a,-3e2\n -4 ,1,+5,b c,.5\nnan,2,inf,größe,7.\n1e400,0,1e-400,x,-0")
    try expectSame("f0,f1\r\n1,2\r\n3,4")
    try expectSame("id,f0\n,1\nb,2")
    try expectSame("f0\n1\n2")
  }

  @Test func manyPartsAreJoinedInOrder() throws {
    let lines = (0..<60_000).map { "\($0),\(Double($0) * 0.37),row \($0),\($0 % 7),1.00000000\($0)" }
    let text = "f0,f1,id,label,f2\n" + lines.joined(separator: "\n")
    #expect(text.utf8.count > 2 << 20)
    try expectSame(text, threadCount: 1)
    try expectSame(text, threadCount: 4)
  }

  @Test(arguments: [
    "3", "3,4,5", "\n3,4", "3,", "3,x", "3,4\r5,6", "3,\"4\"", "3,4\r", "3,1.2.3", "3,--2", "3,2e",
  ])
  func irregularTablesUseTheSlowParser(_ text: String) throws {
    let fast = try? both("f0,f1\n1,2\n" + text, threadCount: 1).fast
    #expect(fast == nil)
  }

  private func fast(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBufferPointer { buffer in
      var place = 0
      guard let base = buffer.baseAddress,
        let value = FastNumberParser().parse(base, &place, end: buffer.count),
        place == buffer.count
      else { return nil }
      return value
    }
  }

  /// Correct to the last bit, compared with the standard library.
  @Test func numbersAreRoundedCorrectly() throws {
    var generator = SplitMix64(seed: 7)
    var readCount = 0
    let parser = FastNumberParser()
    for turn in 0..<200_000 {
      let text: String
      switch turn % 4 {
      case 0: text = String(Double.random(in: -100...100, using: &generator))
      case 1:
        text = String(Double(bitPattern: UInt64.random(in: 0x3000 << 48...0x4FFF << 48, using: &generator)))
      case 2:
        // Random digits, including numbers near the midpoint of two doubles.
        let digits =
          UInt64.random(in: 0...UInt64.max, using: &generator)
          >> UInt64.random(in: 0..<64, using: &generator)
        text = "\(digits)e\(Int.random(in: -30...60, using: &generator))"
      default:
        let value = UInt64.random(in: 1 << 52..<1 << 53, using: &generator)
        text = "\(value).5"
      }
      var bytes = Array(text.utf8)
      bytes += Array(",,,,,,,,".utf8)
      let found: Double? = bytes.withUnsafeBufferPointer { buffer in
        var place = 0
        let value = parser.parse(buffer.baseAddress!, &place, end: buffer.count)
        return value != nil && place == text.utf8.count ? value : nil
      }
      guard let found else { continue }
      readCount += 1
      let exact = try #require(Double(text))
      if found.bitPattern != exact.bitPattern { Issue.record("\(text): \(found)") }
    }
    // All except unusual forms.
    #expect(readCount > 120_000)
  }

  @Test func formsOfNumbers() {
    for text in [
      "0", "-0", "1", "12345678", "123456789", "1.5", ".5", "5.", "1e5", "1E+05", "-1.25e-3", "00012",
    ] {
      #expect(
        fast(text) == Double(text.hasSuffix(".") ? text + "0" : text.hasPrefix(".") ? "0" + text : text),
        "\(text)")
    }
    for text in [
      "", "-", ".", "+1", "e5", "1e", "1e+", "abc", "12345678901234567890", "1e400", "0x1p3", " 1",
    ] {
      #expect(fast(text) == nil, "\(text)")
    }
  }
}
