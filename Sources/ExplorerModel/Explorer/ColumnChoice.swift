import OODData

/// A table whose columns the user can choose.
public enum ColumnTable: String, CaseIterable, Sendable, Codable {
  case classes, samples
}

/// Which columns of a table are shown, and in which order, by their names.
public struct ColumnChoice: Sendable, Equatable, Codable {
  /// Columns in the chosen order. Others keep their places among them.
  var order: [String] = []
  var hidden: Set<String> = []
  /// Whether columns that are in neither list are hidden.
  var hidesOthers = false

  public init() {}

  /// Only these columns, in this order. Names that no column has mean nothing.
  public init(showing names: [String]) {
    var seen: Set<String> = []
    order = names.filter { seen.insert($0).inserted }
    hidesOthers = true
  }

  /// All columns in the chosen order, hidden ones included. O(n).
  func arranged(_ names: [String]) -> [String] {
    let known = Set(names)
    var chosen = order.filter(known.contains)[...]
    let moved = Set(chosen)
    return names.map { moved.contains($0) ? chosen.removeFirst() : $0 }
  }

  func isHidden(_ name: String) -> Bool {
    hidden.contains(name) || hidesOthers && !order.contains(name)
  }

  /// Shows or hides a column of a table with these columns.
  mutating func toggle(_ name: String, among names: [String]) {
    settle(names)
    if hidden.remove(name) == nil { hidden.insert(name) }
  }

  /// Moves a column of a table with these columns by a number of places.
  mutating func move(_ name: String, by offset: Int, among names: [String]) {
    settle(names)
    guard let place = order.firstIndex(of: name) else { return }
    order.swapAt(place, clamp(place + offset, 0, order.count - 1))
  }

  /// Names every column of a table, so that what is hidden and where is told for each.
  private mutating func settle(_ names: [String]) {
    let arranged = arranged(names)
    for name in arranged where isHidden(name) { hidden.insert(name) }
    // Columns that only other lists of samples have keep what was chosen for them.
    order = arranged + order.filter { !arranged.contains($0) }
  }
}

/// A name in the settings that is a column only if the files have it, with the problem if they have not.
private struct UnresolvedColumn: Sendable, Equatable {
  var name: String
  var problem: String
}

/// The choices of the columns of all tables.
public struct ColumnsState: Sendable, Equatable {
  /// What the user chose; a table without one has its default.
  var chosen: [ColumnTable: ColumnChoice] = [:]
  /// What the user's settings say.
  private(set) var defaults: [ColumnTable: ColumnChoice] = [:]
  /// Names in the settings that only the columns of files can have, each with the problem if they have not.
  private var unresolved: [UnresolvedColumn] = []

  /// Takes lists of shown columns by the names of tables, as settings give them. Names that no table can have are
  /// ignored. Other names can be columns of the files; ``problems(in:)`` tells which are not.
  ///
  /// - Parameter describe: The description of a problem with the list of a table.
  /// - Returns: The problems with names that are ignored.
  public mutating func setDefaults(
    _ lists: [String: [String]], describe: (_ table: String, _ problem: String) -> String = { $1 }
  ) -> [String] {
    (defaults, unresolved) = ([:], [])
    var problems: [String] = []
    for (name, columns) in lists.sorted(by: { $0.key < $1.key }) {
      guard let table = ColumnTable(rawValue: name) else { continue }
      var shown: [String] = []
      for column in columns {
        let usual = table.usualName(of: column)
        let problem = describe(name, table.problem(with: column))
        if table.names.contains(usual) {
          shown.append(usual)
        } else if table == .samples {
          shown.append(usual)
          unresolved.append(UnresolvedColumn(name: usual, problem: problem))
        } else {
          problems.append(problem)
        }
      }
      if !shown.isEmpty { defaults[table] = ColumnChoice(showing: shown) }
    }
    return problems
  }

  /// The problems with names of the settings that are not columns of these data either. Each is told once.
  mutating func problems(in data: DataSet) -> [String] {
    defer { unresolved = [] }
    let known = Set(Split.allCases.flatMap { data[$0]?.columns.keys.map(\.self) ?? [] })
    return unresolved.filter { !known.contains($0.name) }.map(\.problem)
  }

  public init() {}

  func choice(_ table: ColumnTable) -> ColumnChoice { chosen[table] ?? defaults[table] ?? ColumnChoice() }
}

extension ColumnTable {
  /// The columns of the table, whatever the files have.
  fileprivate var names: [String] {
    switch self {
    case .classes: ClassColumn.allCases.map(\.rawValue)
    case .samples: OutlierColumn.ofAllLists.map(\.name)
    }
  }

  fileprivate func problem(with name: String) -> String {
    let list = names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
    return switch self {
    case .classes: "‘\(name)’ is not a column of classes; the columns are \(list)"
    case .samples: "‘\(name)’ is not a column of samples; the columns are \(list), and those of the files"
    }
  }

  /// The name of a column that can also be called as filters call it.
  fileprivate func usualName(of name: String) -> String {
    switch self {
    case .classes: ClassesState.columnNames[name.lowercased()]?.rawValue ?? name
    case .samples: OutliersState.shortColumnNames.first { $0.value == name }?.key.name ?? name
    }
  }
}

/// The list of a table's columns, where they are shown, hidden and moved.
public struct ColumnList: Sendable, Equatable {
  public var table: ColumnTable
  /// The name of the selected column.
  public var selected: String
}

/// A change in the list of columns.
public enum ColumnEdit: Sendable, Equatable {
  case select(Motion)
  case selectRow(Int)
  /// Show or hide the selected column.
  case toggle
  case move(Int)
  /// Go back to the columns that the table has by default.
  case reset
}

extension ExplorerState {
  /// The columns of a table in their order, hidden ones included.
  public func columnNames(of table: ColumnTable) -> [String] {
    let names =
      switch table {
      case .classes: ClassColumn.allCases.map(\.rawValue)
      case .samples: outliers.columns.map(\.name)
      }
    return columns.choice(table).arranged(names)
  }

  /// Whether a column is hidden. The column that sorts a table shows all the same.
  public func isHidden(_ name: String, in table: ColumnTable) -> Bool {
    let choice = columns.choice(table)
    if table == .samples, !choice.hidden.contains(name),
      outliers.columns.contains(where: { $0.name == name && $0.belongsToItsList })
    {
      return false
    }
    return choice.isHidden(name)
  }

  /// The column that sorts a table.
  public func sortColumnName(of table: ColumnTable) -> String {
    table == .classes ? classes.sort.column.rawValue : outliers.sort.column.name
  }

  private func shownNames(of table: ColumnTable) -> [String] {
    let sort = sortColumnName(of: table)
    return columnNames(of: table).filter { $0 == sort || !isHidden($0, in: table) }
  }

  /// The columns that the class table shows.
  public var shownClassColumns: [ClassColumn] { shownNames(of: .classes).compactMap(ClassColumn.init) }

  /// The columns that the sample table shows.
  public var shownSampleColumns: [OutlierColumn] {
    let byName = Dictionary(outliers.columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return shownNames(of: .samples).compactMap { byName[$0] }
  }

  // MARK: Changes

  /// Opens the list of the columns of the shown table.
  mutating func chooseColumns() {
    guard let table = columnTable else { return }
    overlay = .columns(ColumnList(table: table, selected: sortColumnName(of: table)))
  }

  private var columnTable: ColumnTable? {
    switch screen {
    case .classes: .classes
    case .outliers: .samples
    case .scores, .tuning, .distances, .compare, .data: nil
    }
  }

  mutating func editColumns(_ edit: ColumnEdit) {
    guard case .columns(var list) = overlay else { return }
    let names = columnNames(of: list.table)
    guard !names.isEmpty else { return }
    let place = names.firstIndex(of: list.selected) ?? 0
    var choice = columns.choice(list.table)
    switch edit {
    case .select(let motion): list.selected = names[moved(from: place, by: motion, count: names.count)]
    case .selectRow(let row): list.selected = names[clamp(row, 0, names.count - 1)]
    case .toggle: choice.toggle(names[place], among: names)
    case .move(let offset): choice.move(names[place], by: offset, among: names)
    case .reset:
      columns.chosen[list.table] = nil
      choice = columns.choice(list.table)
    }
    if choice != columns.choice(list.table) { columns.chosen[list.table] = choice }
    overlay = .columns(list)
  }
}

extension OutlierColumn {
  /// Whether the column is what a particular list of samples is about, so that no choice made for others hides it.
  fileprivate var belongsToItsList: Bool {
    [.suggested, .labelMargin, .group, .split, .distance, .thresholdDistance].contains(self)
  }
}
