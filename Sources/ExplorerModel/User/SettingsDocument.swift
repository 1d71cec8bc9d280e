import TOMLKit

/// A settings file in TOML: its values, and the lines that they are on.
struct SettingsDocument {
  /// A value of the file, of the types that settings use.
  enum Value: Equatable, Sendable {
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([Value])
    case table([String: Value])
    /// A date or a time.
    case other
  }

  /// A line that is not valid TOML, from 1 on.
  struct Fault: Equatable {
    var line: Int
    var problem: String
  }

  private(set) var values: [String: Value] = [:]
  /// The faults, at most ``largestFaultCount``. Their lines are ignored; if there are more, all values are.
  private(set) var faults: [Fault] = []
  private var lines: [Substring]

  private static let largestFaultCount = 10
  /// The number of lines in which entries are located.
  private static let longestSearch = 2000

  init(_ text: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    while true {
      do {
        values = try Self.parse(lines[...])
        return
      } catch let error as TOMLParseError {
        let line = min(max(1, error.source.begin.line), lines.count)
        guard faults.count < Self.largestFaultCount, !lines[line - 1].isEmpty else {
          faults.append(Fault(line: line, problem: Self.plain(error)))
          return
        }
        faults.append(Fault(line: line, problem: Self.plain(error)))
        // The rest of the file still counts.
        lines[line - 1] = ""
      } catch {
        faults.append(Fault(line: 1, problem: "not valid TOML"))
        return
      }
    }
  }

  /// The line of an entry, from 1 on, given the names of its tables and its own; `nil` if it is not found.
  ///
  /// The parser reports no lines of values. An entry is on the first line that the beginning of the file needs to contain
  /// it: lines before it are valid without it.
  func line(of entry: [String]) -> Int? {
    guard lines.count <= Self.longestSearch else { return nil }
    var start = 1
    for count in 1...max(1, lines.count) {
      guard let values = try? Self.parse(lines.prefix(count)) else { continue }
      if Self.contains(entry[...], in: .table(values)) { return start }
      start = count + 1
    }
    return nil
  }

  private static func contains(_ entry: ArraySlice<String>, in value: Value) -> Bool {
    guard let name = entry.first else { return true }
    guard case .table(let values) = value, let next = values[name] else { return false }
    return contains(entry.dropFirst(), in: next)
  }

  /// The parser's message, without the place that it ends with.
  private static func plain(_ error: TOMLParseError) -> String {
    let text = error.description.replacing(/\s+(at|from) line .*$/, with: "").replacing("\n", with: " ")
    return text.replacing("Error while parsing ", with: "not valid TOML: ")
  }

  private static func parse(_ lines: ArraySlice<Substring>) throws -> [String: Value] {
    let root = try TOMLTable(string: lines.joined(separator: "\n"))
    // Nested tables point into the root.
    return withExtendedLifetime(root) { values(of: root) }
  }

  private static func values(of table: TOMLTable) -> [String: Value] {
    var values: [String: Value] = [:]
    for name in table.keys { values[name] = table[name].map(value) }
    return values
  }

  private static func value(_ value: any TOMLValueConvertible) -> Value {
    if let flag = value.bool { return .flag(flag) }
    if let number = value.int { return .number(Double(number)) }
    if let number = value.double { return .number(number) }
    if let text = value.string { return .text(text) }
    if let array = value.array { return .list(array.map { Self.value($0) }) }
    if let table = value.table { return .table(values(of: table)) }
    return .other
  }
}
