/// The columns of a table to use as features, labels, ids and names of OOD sets; nil to decide by name.
public struct TableUse: Sendable, Equatable {
  /// Column names, separated by commas. `*` in a name matches any text.
  public var features: String?
  public var labels: String?
  public var ids: String?
  /// A column that is not a feature even if it holds numbers. Ignored if the table has no such column.
  public var oodSets: String?

  public init(
    features: String? = nil, labels: String? = nil, ids: String? = nil, oodSets: String? = nil
  ) {
    self.features = features
    self.labels = labels
    self.ids = ids
    self.oodSets = oodSets
  }
}

/// A remark about a column that is unexpectedly used, or not used, as a feature.
public struct ColumnRemark: Sendable, Equatable {
  public enum Reason: Sendable, Equatable {
    // Not used as features:
    case rowNumbers
    case ids
    /// It contains labels, but the column with the given name is used.
    case furtherLabels(used: String)
    case empty
    /// It has no name in the header.
    case unnamed
    /// Some cells are numbers and others are not. `line` and `text` are those of the first non-numeric cell.
    case mixedText(line: Int?, text: String)
    // Used as features nevertheless:
    case countsLikeRowNumbers
    case namedLikeLabels
    /// It maps one-to-one to the labels; see ``Table/mirrors(_:column:)``.
    case mirrorsLabels
  }

  public let column: String
  public let reason: Reason
}

extension Table {
  /// The assignment of columns to uses.
  struct Choice {
    var features: [Int] = []
    var featuresName = "features"
    var labels: Int?
    var labelsName = "labels"
    var ids: Int?
    var idsName = "ids"
    /// Columns of lists of numbers, each of which can be the features.
    var matrices: [Int: NamedArray] = [:]
    var remarks: [ColumnRemark] = []
    /// The error that prevents a column from being used as a feature or as labels.
    var obstacle: FeatureFileError?
    /// Why the first unused column cannot be a feature; nil if some column is a feature.
    var reasonForNoFeatures: FeatureFileError?
  }

  /// - Throws: `noSuchArray` for an unknown column name, `notANumber` for text features.
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
    if let name = use.features, let index = column(named: name), let matrix = matrix(ofColumn: index) {
      choice.matrices[index] = matrix
    }
    let chosen: [Int]? =
      try choice.matrices.isEmpty
      ? use.features.flatMap { (names) throws(FeatureFileError) in try featureColumns(names) } : nil
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
    if choice.labels == nil, choice.ids == nil, use == TableUse(), let (ids, labels) = labelledList {
      (choice.ids, choice.labels) = (ids, labels)
      return choice
    }
    // The names of rows, as R and pandas write them.
    if choice.ids == nil, use.ids == nil, hasHeader, columns.count > 1, !columns[0].isNamed,
      columns[0].content == .text, columns[0].numberCount == 0, areDistinct(0)
    {
      choice.ids = 0
    }
    let oodSets = use.oodSets.flatMap { column(named: $0) }
    let others = columns.indices.filter { ![choice.labels, choice.ids, oodSets].contains($0) }
    if choice.matrices.isEmpty {
      for index in others { choice.matrices[index] = matrix(ofColumn: index) }
    }
    // Beside lists of features, numbers are something else.
    if choice.matrices.isEmpty {
      for index in others { consider(index, &choice) }
      if choice.features.isEmpty, rowCount > 0,
        let first = others.first(where: { columns[$0].content == .text })
      {
        choice.reasonForNoFeatures = notANumber(first)
      }
    }
    return choice
  }

  /// The columns of a list without a header, `path label` a line.
  private var labelledList: (ids: Int, labels: Int)? {
    guard !hasHeader, columns.count == 2, columns[0].content == .text, areDistinct(0) else { return nil }
    switch columns[1].content {
    case .integers: return (0, 1)
    case .text: return areDistinct(1) ? nil : (0, 1)
    case .numbers, .nothing: return nil
    }
  }

  private func areDistinct(_ column: Int) -> Bool {
    Set(texts[columns[column].place]).count == rowCount
  }

  private func index(_ name: String) throws(FeatureFileError) -> Int {
    guard let index = column(named: name) else {
      throw .noSuchArray(path: path, name: name, available: columns.map(\.name))
    }
    return index
  }

  /// The columns that a list of names and patterns selects; nil for `features`, which selects all of them unless a
  /// column has that name.
  private func featureColumns(_ names: String) throws(FeatureFileError) -> [Int]? {
    if let exact = column(named: names) { return try [numeric(exact)] }
    if names == "features" { return nil }
    var found: [Int] = []
    var isFound = Set<Int>()
    for name in names.split(separator: ",").map(\.trimmingSpaces) {
      let matches: [Int]
      if name.contains("*") {
        let pattern = NamePattern(name)
        // Patterns select numeric columns only.
        matches = columns.indices.filter { columns[$0].content != .text && pattern.matches(columns[$0].name) }
        guard !matches.isEmpty else {
          if let text = columns.indices.first(where: { pattern.matches(columns[$0].name) }) {
            throw notANumber(text)
          }
          _ = try index(name)
          continue
        }
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

  /// The error for the first cell that prevents a column from being numeric.
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
        // With a label column, y is probably a coordinate.
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

  /// With fewer rows, a column may count up by chance.
  private static let remarkableRowCount = 4

  /// Remarks on a text column with some numeric cells. If nearly all cells are numeric, it is an error.
  private func noteMixedText(_ index: Int, _ choice: inout Choice) {
    let column = columns[index]
    guard column.content == .text, column.firstTextRow != nil, index != choice.ids,
      column.numberCount + column.decimalCommaCount > 0
    else { return }
    if column.numberCount + column.decimalCommaCount == column.contentCount {
      // All cells are numbers, some with decimal commas.
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

  /// The arrays in column order, with `features` at the position of the first feature column.
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
      } else if let matrix = choice.matrices[index] {
        arrays.append(matrix)
      } else {
        arrays.append(array(ofColumn: index, named: columns[index].name))
      }
    }
    return arrays
  }
}

extension FeatureFile {
  /// This file with another use of its table's columns; unchanged if it is not a table or no column is named.
  ///
  /// The arrays of named columns have the given names.
  /// - Throws: `noSuchArray` for an unknown column name, `notANumber` for text features.
  public func using(_ use: TableUse) throws(FeatureFileError) -> FeatureFile {
    guard let table, use != TableUse() else { return self }
    return try FeatureFile(path: path, format: format, byteCount: byteCount, table: table, use: use)
  }
}

/// A name in which `*` matches any text.
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
