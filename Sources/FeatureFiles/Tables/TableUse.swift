/// Which columns of a table are used as what; nil where their names decide.
public struct TableUse: Sendable, Equatable {
  /// Columns by name, apart by commas; `*` in a name stands for any text.
  public var features: String?
  public var labels: String?
  public var ids: String?

  public init(features: String? = nil, labels: String? = nil, ids: String? = nil) {
    self.features = features
    self.labels = labels
    self.ids = ids
  }
}

/// Something about a column that is not used, or used, as one might expect.
public struct ColumnRemark: Sendable, Equatable {
  public enum Reason: Sendable, Equatable {
    // No features:
    case rowNumbers
    case ids
    /// It holds labels, and another column, of the name given, is used as such.
    case furtherLabels(used: String)
    case empty
    /// The header gives it no name.
    case unnamed
    /// Some cells are numbers, and others, the first of which is given, are not.
    case mixedText(line: Int?, text: String)
    // Features nonetheless:
    case countsLikeRowNumbers
    case namedLikeLabels
    /// It has one value for each label: see ``Table/mirrors(_:column:)``.
    case mirrorsLabels
  }

  public let column: String
  public let reason: Reason
}

extension Table {
  /// Columns and what they are used as.
  struct Choice {
    var features: [Int] = []
    var featuresName = "features"
    var labels: Int?
    var labelsName = "labels"
    var ids: Int?
    var idsName = "ids"
    var remarks: [ColumnRemark] = []
    /// Why a column that seems to be meant as a feature or as labels is neither.
    var obstacle: FeatureFileError?
  }

  /// - Throws: `noSuchArray` for a name that no column has, `notANumber` for features that are text.
  func choice(_ use: TableUse) throws(FeatureFileError) -> Choice {
    var choice = Choice()
    if let name = use.labels, name != "labels" || column(named: name) != nil {
      choice.labels = try index(name)
      choice.labelsName = name
    }
    if let name = use.ids, name != "ids" || column(named: name) != nil {
      choice.ids = try index(name)
      choice.idsName = name
    }
    let chosen = try use.features.flatMap { (names) throws(FeatureFileError) in try featureColumns(names) }
    func first(_ keys: [String], unless other: Int?) -> Int? {
      let taken = Set((chosen ?? []) + (other.map { [$0] } ?? []))
      var found: [String: Int] = [:]
      for (index, column) in columns.enumerated() where column.isNamed && !taken.contains(index) {
        let name = column.name.lowercased()
        if found[name] == nil { found[name] = index }
      }
      return keys.lazy.compactMap { found[$0] }.first
    }
    if use.labels == nil || choice.labels == nil {
      choice.labels = first(TableLayout.labelKeys, unless: choice.ids)
    }
    if use.ids == nil || choice.ids == nil { choice.ids = first(TableLayout.idKeys, unless: choice.labels) }
    if let chosen {
      choice.features = chosen
      choice.featuresName = use.features ?? choice.featuresName
      return choice
    }
    for index in columns.indices where index != choice.labels && index != choice.ids {
      consider(index, &choice)
    }
    return choice
  }

  private func index(_ name: String) throws(FeatureFileError) -> Int {
    guard let index = column(named: name) else {
      throw .noSuchArray(path: path, name: name, available: columns.map(\.name))
    }
    return index
  }

  /// The columns that a list of names and patterns stands for; nil for `features`, which is not the name of a column but that
  /// of all of them.
  private func featureColumns(_ names: String) throws(FeatureFileError) -> [Int]? {
    if let exact = column(named: names) { return try [numeric(exact)] }
    if names == "features" { return nil }
    var found: [Int] = []
    var isFound = Set<Int>()
    for name in names.split(separator: ",").map(\.trimmingSpaces) {
      let matches: [Int]
      if name.contains("*") {
        let pattern = NamePattern(name)
        // Text that a pattern happens to match is not meant.
        matches = columns.indices.filter { columns[$0].content != .text && pattern.matches(columns[$0].name) }
        guard !matches.isEmpty else { _ = try index(name); continue }
      } else {
        matches = [try numeric(index(name))]
      }
      for match in matches where isFound.insert(match).inserted { found.append(match) }
    }
    guard !found.isEmpty else {
      throw .noSuchArray(path: path, name: names, available: columns.map(\.name))
    }
    return found
  }

  private func numeric(_ index: Int) throws(FeatureFileError) -> Int {
    guard columns[index].content == .text else { return index }
    throw notANumber(index)
  }

  /// Where the first cell stands that keeps a column from being numbers.
  func notANumber(_ index: Int) -> FeatureFileError {
    let row = columns[index].firstTextRow ?? 0
    let name = columns[index].isNamed ? columns[index].name : ""
    return .notANumber(
      path: path, line: line(ofRow: row) ?? row + (hasHeader ? 2 : 1), column: index + 1, name: name,
      text: rowCount > 0 ? text(ofColumn: index, row: row) : "")
  }

  // MARK: Columns without a use of their own

  private func consider(_ index: Int, _ choice: inout Choice) {
    let column = columns[index]
    func leaveOut(_ reason: ColumnRemark.Reason) {
      choice.remarks.append(ColumnRemark(column: column.name, reason: reason))
    }
    func areDistinct() -> Bool { numbers.areDistinct(column.place, rowCount: rowCount) }
    switch column.content {
    case .text: return noteMixedText(index, &choice)
    case .nothing:
      if column.isNamed || !hasHeader { leaveOut(.empty) }
      return
    case .integers, .numbers: break
    }
    let isInteger = column.content == .integers
    if hasHeader, !column.isNamed {
      if !isInteger, rowCount > 0 { leaveOut(.unnamed) }
      return
    }
    if hasHeader, isInteger {
      if TableLayout.isNamedLikeRowNumbers(column.name),
        areDistinct() || numbers.areCounted(column.place, rowCount: rowCount, restarts: true)
      {
        return leaveOut(.rowNumbers)
      }
      if TableLayout.isNamedLikeLabels(column.name), let labels = choice.labels {
        // A y beside a label is rather a coordinate.
        guard column.name.lowercased() != "y" else {
          choice.features.append(index)
          return
        }
        return leaveOut(.furtherLabels(used: columns[labels].name))
      }
      if TableLayout.isNamedLikeIDs(column.name), areDistinct() { return leaveOut(.ids) }
    }
    choice.features.append(index)
    guard isInteger, rowCount >= Self.remarkableRowCount else { return }
    if numbers.areCounted(column.place, rowCount: rowCount, restarts: false) {
      leaveOut(.countsLikeRowNumbers)
    } else if hasHeader, TableLayout.isNamedLikeLabels(column.name) {
      leaveOut(.namedLikeLabels)
    }
  }

  /// Fewer rows count up by chance.
  private static let remarkableRowCount = 4

  /// A column of text some of whose cells are numbers: named, and an error where nearly all are.
  private func noteMixedText(_ index: Int, _ choice: inout Choice) {
    let column = columns[index]
    guard column.content == .text, column.firstTextRow != nil, index != choice.ids,
      column.numberCount + column.decimalCommaCount > 0
    else { return }
    if column.numberCount + column.decimalCommaCount == column.contentCount {
      // Numbers all of them, but for decimal commas.
      choice.obstacle = choice.obstacle ?? notANumber(index)
    } else if 4 * column.numberCount >= 3 * column.contentCount {
      choice.obstacle = choice.obstacle ?? notANumber(index)
    } else if index != choice.labels, let row = column.firstTextRow {
      choice.remarks.append(
        ColumnRemark(
          column: column.name,
          reason: .mixedText(line: line(ofRow: row), text: text(ofColumn: index, row: row))))
    }
  }

  // MARK: Arrays

  /// `features`, if there are any, where the first of them is; the other columns in their order.
  func arrays(_ choice: Choice) -> [NamedArray] {
    let features = Set(choice.features)
    var arrays: [NamedArray] = []
    var hasFeatures = false
    for index in columns.indices {
      if index == choice.labels {
        arrays.append(array(ofColumn: index, named: choice.labelsName))
      } else if index == choice.ids {
        arrays.append(textArray(ofColumn: index, named: choice.idsName))
      } else if features.contains(index) {
        if hasFeatures { continue }
        hasFeatures = true
        arrays.append(array(ofColumns: choice.features, named: choice.featuresName))
      } else {
        arrays.append(array(ofColumn: index, named: columns[index].name))
      }
    }
    return arrays
  }
}

extension FeatureFile {
  /// The same file, with columns of its table used so; itself where it is not a table, or nothing is named.
  ///
  /// The arrays made from named columns have these names.
  /// - Throws: `noSuchArray` for a name that no column has, `notANumber` for features that are text.
  public func using(_ use: TableUse) throws(FeatureFileError) -> FeatureFile {
    guard let table, use != TableUse() else { return self }
    return try FeatureFile(path: path, format: format, byteCount: byteCount, table: table, use: use)
  }
}

/// A name in which `*` stands for any text.
struct NamePattern {
  private let parts: [Substring]

  init(_ pattern: some StringProtocol) {
    parts = Substring(pattern).split(separator: "*", omittingEmptySubsequences: false)
  }

  /// O(length of the name · parts).
  func matches(_ name: String) -> Bool {
    guard let first = parts.first, let last = parts.last, name.hasPrefix(first), name.hasSuffix(last) else {
      return false
    }
    guard parts.count > 1 else { return name == first }
    guard name.count >= first.count + last.count else { return false }
    var rest = name.dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
