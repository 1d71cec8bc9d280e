import Testing

@testable import ExplorerModel

@Suite struct FilterExpressionTests {
  private static let columns = ["name", "n", "cond", "label", "source labels", "nearest", "note"]

  /// Three rows; the last has no note and a label that is only a number.
  private static let rows: [[FilterValue]] = [
    [
      FilterValue("Ant-1"), FilterValue(12), FilterValue(1e9), FilterValue(4, "four"), FilterValue("Greek"),
      FilterValue(4, "four"), FilterValue("9"),
    ],
    [
      FilterValue("bee"), FilterValue(250), FilterValue(30.5), FilterValue(4, "four"),
      FilterValue("old greek"), FilterValue(7, "seven"), FilterValue("x = y"),
    ],
    [
      FilterValue("cat"), FilterValue(Double.nan), FilterValue(Double.infinity), FilterValue(-1),
      FilterValue("thai"), FilterValue(4, "four"), FilterValue(String?.none),
    ],
  ]

  private func passing(_ text: String) throws -> [Int] {
    let filter = try FilterExpression(text, columns: Self.columns.enumerated().map { ($1, $0) })
    return Self.rows.indices.filter { row in
      filter.matches(name: Self.rows[row][0].text ?? "") { Self.rows[row][$0] }
    }
  }

  @Test(arguments: [
    // Without a comparison, the text is a part of the name.
    ("", [0, 1, 2]), ("a", [0, 2]), (" ANT ", [0]), ("a and b", []), ("(", []), ("not", []),
    ("cond > 1e8 and n < 200", [0]), ("cond>1e8", [0, 2]), ("cond > 1e8 and not n < 200", [2]),
    ("n >= 12 and n <= 250", [0, 1]), ("n != 12", [1, 2]), ("n = 12.0", [0]), ("n == 250", [1]),
    ("label = 4 and nearest != 4", [1]), ("label = FOUR", [0, 1]), ("label < 0", [2]),
    ("'source labels' ~ greek", [0, 1]), ("source ~ greek", [0, 1]), ("source !~ greek", [2]),
    ("source = greek", [0]),
    ("note = 9", [0]), ("note = \"x = y\"", [1]), ("note != 9", [1, 2]), ("note > a", [1]), ("note < 10", []),
    ("n=12 or n=250", [0, 1]), ("n = 12 or n = 250 and cond > 100", [0]),
    ("(n = 12 or n = 250) and cond > 100", [0]),
    ("ant or n = 250", [0, 1]), ("not (ant or n = 250)", [2]), ("NOT n = 12 AND cond < 100", [1]),
    ("name ~ -1", [0]), ("label!=4", [2]),
  ])
  func rowsPass(_ text: String, _ expected: [Int]) throws {
    #expect(try passing(text) == expected)
  }

  @Test(arguments: [
    ("cond >", "a value is missing after ‘cond >’"), ("cond > 3 and", "the condition is not complete"),
    ("what = 3", "no column is called ‘what’"), ("n = 3 4", "‘4’ is not expected there"),
    ("(n = 3", "a ‘)’ is missing"), ("n = 3)", "‘)’ is not expected there"),
    ("= 3", "‘=’ is not expected there"),
    ("n = 'a", "a closing ' is missing"), ("n < 3 and ) ", "‘)’ is not expected there"),
  ])
  func problemIsNamed(_ text: String, _ problem: String) {
    let error = #expect(throws: FilterExpression.Problem.self) { try passing(text) }
    #expect(error?.description.contains(problem) == true)
  }

  @Test func ambiguousBeginningIsNamed() {
    #expect(throws: FilterExpression.Problem(description: "‘ne’ can be any of near, nest")) {
      try FilterExpression("ne = 1", columns: [("near", 0), ("nest", 1)])
    }
    // Two names of one column do not compete.
    #expect(throws: Never.self) { try FilterExpression("co = 1", columns: [("cond", 0), ("condition", 0)]) }
  }

  /// Case does not matter in any script, and a part is found wherever it stands.
  @Test(arguments: [
    ("Straße", "STRASSE", false), ("ÉTÉ", "été", true), ("Ünder", "ünder", true), ("aab", "AAB", true),
    ("", "", true),
  ])
  func textIsEqualButForCase(_ value: String, _ typed: String, _ isEqual: Bool) throws {
    let filter = try FilterExpression("c = '\(typed)'", columns: [("c", 0)])
    #expect(filter.matches(name: "") { _ in FilterValue(value) } == isEqual)
    let part = try FilterExpression("c ~ '\(typed)'", columns: [("c", 0)])
    #expect(part.matches(name: "") { _ in FilterValue("xa" + value + "B") } == isEqual)
  }

  @Test func longInputEnds() {
    #expect(throws: FilterExpression.Problem.self) {
      try passing(String(repeating: "(", count: 4000) + "n = 1")
    }
    #expect(throws: FilterExpression.Problem.self) {
      try passing(String(repeating: "not ", count: 1300) + "n =")
    }
  }
}
