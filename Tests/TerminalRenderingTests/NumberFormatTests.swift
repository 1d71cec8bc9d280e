import Testing

@testable import TerminalRendering

@Suite struct NumberFormatTests {
  let numbers = NumberFormat()

  @Test func fixed() {
    #expect(numbers.fixed(0.012, places: 4) == "0.0120")
    #expect(numbers.fixed(-2.5, places: 0) == "−3")
    #expect(numbers.fixed(1.005, places: 2) == "1.01")
    #expect(numbers.fixed(9.999, places: 2) == "10.00")
    #expect(numbers.fixed(0, places: 1) == "0.0")
    #expect(numbers.fixed(-0.0001, places: 2) == "0.00")
    #expect(numbers.fixed(0.06, places: 1) == "0.1")
    #expect(numbers.fixed(0.04, places: 1) == "0.0")
    #expect(numbers.fixed(0.004, places: 1) == "0.0")
    #expect(numbers.fixed(123456789012345680, places: 1) == "123456789012345680.0")
    #expect(numbers.fixed(1e-300, places: 2) == "0.00")
  }

  @Test func scientific() {
    #expect(numbers.scientific(3.1e5) == "3.1e+05")
    #expect(numbers.scientific(0.001, digits: 3) == "1.00e−03")
    #expect(numbers.scientific(9.96e-11, digits: 2) == "1.0e−10")
    #expect(numbers.scientific(-1e300, digits: 1) == "−1e+300")
    #expect(numbers.scientific(0) == "0.0e+00")
  }

  @Test func significant() {
    #expect(numbers.significant(11.23) == "11.2")
    #expect(numbers.significant(0.01234) == "0.0123")
    #expect(numbers.significant(0.000123) == "1.23e−04")
    #expect(numbers.significant(310_000, digits: 2) == "3.1e+05")
    #expect(numbers.significant(2904) == "2904")
    #expect(numbers.significant(999.96) == "1000")
    #expect(numbers.significant(0) == "0.00")
  }

  @Test func groupedPartsAndPercentages() {
    #expect(numbers.grouped(15_090) == "15,090")
    #expect(numbers.grouped(-2904) == "−2,904")
    #expect(numbers.grouped(Int.min) == "−9,223,372,036,854,775,808")
    #expect(numbers.grouped(1234.56, places: 1) == "1,234.6")
    #expect(numbers.grouped(999.95, places: 1) == "1,000.0")
    #expect(numbers.part(0.9573) == ".957")
    #expect(numbers.part(1) == "1.000")
    #expect(numbers.part(-0.25, places: 2) == "−.25")
    #expect(numbers.percent(0.229) == "22.9 %")
  }

  @Test func valuesThatAreNotFiniteHaveNames() {
    for value in [Double.nan, .infinity, -.infinity] {
      let expected = value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞"
      #expect(numbers.fixed(value, places: 2) == expected)
      #expect(numbers.scientific(value) == expected)
      #expect(numbers.significant(value) == expected)
      #expect(numbers.grouped(value) == expected)
      #expect(numbers.percent(value) == expected)
    }
    #expect(NumberFormat(unicode: false).fixed(-.infinity, places: 1) == "-inf")
    #expect(NumberFormat(unicode: false).scientific(-0.02) == "-2.0e-02")
  }

  @Test func roundingAgreesWithTheValueToHalfAUnit() {
    var state: UInt64 = 1
    for _ in 0..<2000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = (Double(state >> 11) / 0x1p53 - 0.5) * 1e6
      let text = NumberFormat(unicode: false).fixed(value, places: 3)
      let back = Double(text) ?? .nan
      #expect(abs(back - value) <= 0.0005000001, "\(value) as \(text)")
    }
  }
}
