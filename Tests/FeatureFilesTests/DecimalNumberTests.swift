import LinearAlgebra
import Testing

@testable import FeatureFiles

/// Compares numbers in tables with those of the standard library, which rounds correctly.
struct DecimalNumberTests {
  private func parse(_ text: String) -> Double? {
    Array(text.utf8).withUnsafeBytes { DecimalNumber.parse($0, in: 0..<$0.count) }
  }

  @Test(arguments: [
    "0", "-0", "1", "9007199254740992", "9007199254740993", "9007199254740994.5",
    "123456789012345678901234567890",
    "0.1", "0.30000000000000004", "1e22", "1e23", "8.5e-23", "1.7976931348623157e308", "4.9e-324", "2.4e-324",
    "2.2250738585072011e-308", "1e400", "-1e400", "1e-400", "1e99999999999999999999",
    "0e99999999999999999999",
    "0.000000000000000000000000000000000000000000001", "100000000000000000000000000000000000",
    "179769313486231580793728971405301e276", "6.631236846766476e-316",
    "1.00000000000000011102230246251565404",
  ])
  func hardCases(_ text: String) throws {
    let value = try #require(parse(text))
    #expect(isSame(value, try #require(Double(text))))
  }

  @Test func randomNumbersAsTheyAreWritten() throws {
    var generator = SplitMix64(seed: 7)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(parse("\(value)") == value)
      let short = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
      if short.isFinite { #expect(parse("\(short)") == Double("\(short)")) }
      let digits = "\(generator.next() % 1_000_000_000)"
      let text = "\(digits.prefix(3)).\(digits.dropFirst(3))e\(Int(generator.next() % 60) - 30)"
      #expect(parse(text) == Double(text))
    }
  }
}
