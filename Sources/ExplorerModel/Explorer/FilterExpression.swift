/// What a row has in a column, for filters.
struct FilterValue: Sendable, Equatable {
  /// `nil` if the value is not a number.
  var number: Double?
  /// `nil` if the value has no name. A label has both, a number and a name.
  var text: String?

  init(_ number: Double?) { self.number = number }

  init(_ text: String?, number: Double? = nil) {
    self.text = text
    self.number = number
  }

  init(_ number: Int?, _ text: String? = nil) {
    self.number = number.map(Double.init)
    self.text = text
  }
}

/// A condition on the rows of a table, as the user types it: `cond > 1e8 and n < 200`, `label = 4 and nearest != 4`,
/// `source_labels ~ greek`.
///
/// A text without a comparison is a part of the name. Comparisons are `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains)
/// and `!~`; `and`, `or`, `not` and parentheses combine them. Letter case does not matter. A row without a value in a
/// column passes no comparison with it except `!=` and `!~`.
public struct FilterExpression: Sendable {
  /// The text as typed.
  public let text: String
  private let condition: Condition

  fileprivate indirect enum Condition: Sendable {
    case nameContains(Operand)
    case comparison(column: Int, Comparison, operand: Operand)
    case not(Condition)
    case all([Condition])
    case any([Condition])
  }

  fileprivate enum Comparison: String, Sendable, CaseIterable {
    // The longest come first, so that `<=` is not read as `<`.
    case notEqual = "!=", notContains = "!~", atMost = "<=", atLeast = ">="
    case equal = "=", less = "<", greater = ">", contains = "~"
  }

  /// The right side of a comparison.
  fileprivate struct Operand: Sendable {
    /// In lower case.
    let text: String
    let number: Double?
    private let bytes: [UInt8]
    private let isASCII: Bool

    init(_ text: String) {
      self.text = text.lowercased()
      number = Double(text)
      bytes = Array(self.text.utf8)
      isASCII = bytes.allSatisfy { $0 < 0x80 }
    }

    /// Whether a text is the same but for case. Plain letters are compared as bytes, which is several times as fast.
    func equals(_ other: String) -> Bool {
      guard isASCII else { return other.lowercased() == text }
      return other.utf8.count == bytes.count && other.utf8.elementsEqual(bytes) { Self.folded($0) == $1 }
    }

    /// Whether a text contains this one, regardless of case.
    func isPart(of other: String) -> Bool {
      guard isASCII else { return other.lowercased().contains(text) }
      guard let first = bytes.first else { return true }
      var rest = other.utf8[...]
      while rest.count >= bytes.count, let place = rest.firstIndex(where: { Self.folded($0) == first }) {
        rest = rest[place...]
        if rest.count >= bytes.count,
          rest.prefix(bytes.count).elementsEqual(bytes, by: { Self.folded($0) == $1 })
        {
          return true
        }
        rest = rest.dropFirst()
      }
      return false
    }

    private static func folded(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }
  }

  /// Why a text is not a valid filter.
  public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
  }

  /// - Parameter columns: The names by which columns can be called, each with its place. A beginning of a name is
  ///   enough if it belongs to one column only.
  init(_ text: String, columns: [(name: String, place: Int)]) throws(Problem) {
    self.text = text
    guard text.contains(where: { "=<>~".contains($0) }) else {
      condition = .nameContains(Operand(text.trimmingSpaces))
      return
    }
    var parser = Parser(tokens: try Parser.tokens(of: text), columns: columns)
    condition = try parser.whole()
  }

  /// Whether a row passes.
  ///
  /// - Parameters:
  ///   - name: The name of the row.
  ///   - value: Gives the row's value in the column at a place.
  func matches(name: @autoclosure () -> String, _ value: (_ column: Int) -> FilterValue) -> Bool {
    Self.holds(condition, name, value)
  }

  /// Whether the text is a part of the name, without a comparison.
  public var isPartOfName: Bool { if case .nameContains = condition { true } else { false } }

  /// The places of the columns that the condition looks at.
  var columns: Set<Int> { Self.columns(of: condition) }

  private static func columns(of condition: Condition) -> Set<Int> {
    switch condition {
    case .nameContains: []
    case .comparison(let column, _, _): [column]
    case .not(let condition): columns(of: condition)
    case .all(let conditions), .any(let conditions):
      conditions.reduce(into: []) { $0.formUnion(columns(of: $1)) }
    }
  }

  private static func holds(_ condition: Condition, _ name: () -> String, _ value: (Int) -> FilterValue)
    -> Bool
  {
    switch condition {
    case .nameContains(let part): part.text.isEmpty || part.isPart(of: name())
    case .comparison(let column, let comparison, let operand): holds(comparison, value(column), operand)
    case .not(let condition): !holds(condition, name, value)
    case .all(let conditions): conditions.allSatisfy { holds($0, name, value) }
    case .any(let conditions): conditions.contains { holds($0, name, value) }
    }
  }

  private static func holds(_ comparison: Comparison, _ value: FilterValue, _ operand: Operand) -> Bool {
    switch comparison {
    case .equal: equals(value, operand)
    case .notEqual: !equals(value, operand)
    case .contains: contains(value, operand)
    case .notContains: !contains(value, operand)
    case .less:
      ordered(value, operand) {
        $0 < $1
      } text: {
        $0 < $1
      }
    case .atMost:
      ordered(value, operand) {
        $0 <= $1
      } text: {
        $0 <= $1
      }
    case .greater:
      ordered(value, operand) {
        $0 > $1
      } text: {
        $0 > $1
      }
    case .atLeast:
      ordered(value, operand) {
        $0 >= $1
      } text: {
        $0 >= $1
      }
    }
  }

  private static func equals(_ value: FilterValue, _ operand: Operand) -> Bool {
    if let number = value.number, let wanted = operand.number, number == wanted { return true }
    return value.text.map(operand.equals) ?? false
  }

  private static func contains(_ value: FilterValue, _ operand: Operand) -> Bool {
    if let text = value.text { return operand.isPart(of: text) }
    return value.number.map { "\($0)".contains(operand.text) } ?? false
  }

  /// Compares as numbers if both sides are, else as text.
  private static func ordered(
    _ value: FilterValue, _ operand: Operand, number: (Double, Double) -> Bool, text: (String, String) -> Bool
  ) -> Bool {
    if let left = value.number, let right = operand.number { return number(left, right) }
    return operand.number == nil && (value.text.map { text($0.lowercased(), operand.text) } ?? false)
  }
}

// MARK: Parsing

extension FilterExpression {
  fileprivate struct Token {
    enum Kind { case word, quoted, comparison, open, close }
    var kind: Kind
    var text: String

    func isWord(_ words: String...) -> Bool { kind == .word && words.contains(text.lowercased()) }
  }

  /// A parser by recursive descent over `or`, `and`, `not`, and comparisons.
  fileprivate struct Parser {
    private let tokens: [Token]
    private let columns: [(name: String, place: Int)]
    private var place = 0

    init(tokens: [Token], columns: [(name: String, place: Int)]) {
      self.tokens = tokens
      self.columns = columns
    }

    private var next: Token? { tokens.indices.contains(place) ? tokens[place] : nil }

    mutating func whole() throws(Problem) -> Condition {
      let condition = try alternatives()
      if let next { throw Problem(description: "‘\(next.text)’ is not expected there") }
      return condition
    }

    private mutating func alternatives() throws(Problem) -> Condition {
      var found = [try conjunction()]
      while next?.isWord("or") == true {
        place += 1
        found.append(try conjunction())
      }
      return found.count == 1 ? found[0] : .any(found)
    }

    private mutating func conjunction() throws(Problem) -> Condition {
      var found = [try factor()]
      while next?.isWord("and") == true {
        place += 1
        found.append(try factor())
      }
      return found.count == 1 ? found[0] : .all(found)
    }

    private mutating func factor() throws(Problem) -> Condition {
      guard let token = next else { throw Problem(description: "the condition is not complete") }
      place += 1
      if token.isWord("not") { return .not(try factor()) }
      switch token.kind {
      case .open:
        // Each level is one call, so a paste of parentheses is cut off before it fills the stack.
        guard tokens.prefix(place).count(where: { $0.kind == .open }) <= 64 else {
          throw Problem(description: "there are too many parentheses")
        }
        let inner = try alternatives()
        guard next?.kind == .close else { throw Problem(description: "a ‘)’ is missing") }
        place += 1
        return inner
      case .close, .comparison: throw Problem(description: "‘\(token.text)’ is not expected there")
      case .word, .quoted: return try comparison(of: token)
      }
    }

    private mutating func comparison(of token: Token) throws(Problem) -> Condition {
      guard let sign = next, sign.kind == .comparison, let comparison = Comparison(rawValue: sign.text) else {
        return .nameContains(Operand(token.text))
      }
      place += 1
      let column = try column(token.text)
      guard let operand = next, operand.kind == .word || operand.kind == .quoted else {
        throw Problem(description: "a value is missing after ‘\(token.text) \(sign.text)’")
      }
      place += 1
      return .comparison(column: column, comparison, operand: Operand(operand.text))
    }

    private func column(_ name: String) throws(Problem) -> Int {
      let name = name.lowercased()
      if let exact = columns.first(where: { $0.name.lowercased() == name }) { return exact.place }
      let beginning = columns.filter { $0.name.lowercased().hasPrefix(name) }
      let places = Set(beginning.map(\.place))
      if places.count == 1 { return beginning[0].place }
      let known = (places.isEmpty ? columns : beginning).map(\.name).joined(separator: ", ")
      throw Problem(
        description: places.isEmpty
          ? "no column is called ‘\(name)’; there are \(known)" : "‘\(name)’ can be any of \(known)")
    }

    static func tokens(of text: String) throws(Problem) -> [Token] {
      var tokens: [Token] = []
      var rest = text[...]
      while let first = rest.first {
        if first.isWhitespace {
          rest.removeFirst()
        } else if first == "(" || first == ")" {
          tokens.append(Token(kind: first == "(" ? .open : .close, text: String(first)))
          rest.removeFirst()
        } else if let sign = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) {
          tokens.append(Token(kind: .comparison, text: sign.rawValue))
          rest.removeFirst(sign.rawValue.count)
          // Programmers type two.
          if sign == .equal, rest.first == "=" { rest.removeFirst() }
        } else if first == "\"" || first == "'" {
          rest.removeFirst()
          guard let end = rest.firstIndex(of: first) else {
            throw Problem(description: "a closing \(first) is missing")
          }
          tokens.append(Token(kind: .quoted, text: String(rest[..<end])))
          rest = rest[rest.index(after: end)...]
        } else {
          let end = rest.firstIndex { $0.isWhitespace || "()=<>~\"".contains($0) } ?? rest.endIndex
          // The sign of ‘!=’ and ‘!~’ belongs to the comparison.
          let stop =
            end > rest.startIndex && end < rest.endIndex && "=~".contains(rest[end])
              && rest[rest.index(before: end)] == "!" ? rest.index(before: end) : end
          tokens.append(Token(kind: .word, text: String(rest[..<stop])))
          rest = rest[stop...]
        }
      }
      return tokens
    }
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}
